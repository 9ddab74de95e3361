"""``DOUBLE_KEYED``: a session is sent once two keyings of it agree, and not before."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.dropfolder.watcher import FileResult, sweep
from pipeline.sandbox import Sandbox, serve_in_thread
from tests.inbox.drop_folder import drop, files, sandbox, settings, sheet
from tests.report.returning import edit

_KEYS = ["KEYED001", "KEYED002"]


@pytest.fixture
def surpass() -> Iterator[tuple[Sandbox, str]]:
    service = sandbox(_KEYS)
    with serve_in_thread(service) as url:
        yield service, url


def _swept(home: Path, url: str) -> list[FileResult]:
    return asyncio.run(sweep(settings(home, url, double_keyed=True), log=lambda _: None))


def _findings(home: Path, result: FileResult) -> list[dict[str, Any]]:
    report = home / "reports" / str(result.run) / "reconciliation.json"
    findings: list[dict[str, Any]] = json.loads(report.read_bytes())["findings"]
    return findings


def test_the_first_waits_until_the_second_agrees(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    service, url = surpass
    drop(tmp_path, "marks A.csv", sheet(*_KEYS))
    (result,) = _swept(tmp_path, url)
    assert result.outcomes == {"held": 2}
    assert {one["rule"] for one in _findings(tmp_path, result)} == {"second-keying-missing"}
    assert {path.name for path in (tmp_path / "attention/marks A.csv").iterdir()} == {
        "marks A.csv", "reconciliation.html"
    }  # fmt: skip
    drop(tmp_path, "marks A again.csv", sheet(*_KEYS) + b"\n")
    drop(tmp_path, "marks_A.csv", sheet(*_KEYS) + b"\n\n")
    assert {*map(str, [result.outcomes for result in _swept(tmp_path, url)])} == {"{'held': 2}"}
    assert service.journal.posts() == ()
    drop(tmp_path, "other name B.csv", sheet(*reversed(_KEYS)).replace(b",0", b",9"))
    (result,) = _swept(tmp_path, url)
    assert result.outcomes == {"held": 2}, "question 2 differs in both"
    assert service.journal.posts() == ()
    drop(tmp_path, "marks B.csv", sheet(*_KEYS) + b"\n\n\n")
    (result,) = _swept(tmp_path, url)
    assert result.outcomes == {"accepted": 2}
    assert len(service.journal.posts()) == 2
    left = files(tmp_path)
    assert {path.split("/")[0] for path in left} == {"done"}, left.keys()


def test_where_they_differ_the_cells_of_both_are_named_and_one_is_mended(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    service, url = surpass
    drop(tmp_path, "marks A.csv", sheet(*_KEYS))
    _swept(tmp_path, url)
    drop(tmp_path, "marks B.csv", sheet(*_KEYS).replace(b"KEYED002,3", b"KEYED002,4"))
    (result,) = _swept(tmp_path, url)
    assert result.outcomes == {"accepted": 1, "held": 1}
    (finding,) = _findings(tmp_path, result)
    assert (finding["rule"], finding["row"], finding["column"]) == ("second-keying-differs", 3, "B")
    assert "in keying A it is '3' (marks A.csv, B3)" in finding["message"]
    returned = tmp_path / "attention/marks B.csv/marks B - to mend.xlsx"
    drop(tmp_path, returned.name, edit(returned.read_bytes(), {"marks B!B3": 3}))
    (result,) = _swept(tmp_path, url)
    assert result.outcomes == {"accepted": 1, "unchanged": 1}
    assert len(service.journal.posts()) == 2
    assert {path.split("/")[0] for path in files(tmp_path)} == {"done"}


def test_the_first_mended_is_no_second_keying(tmp_path: Path, surpass: tuple[Sandbox, str]) -> None:
    service, url = surpass
    drop(tmp_path, "marks A.csv", sheet(_KEYS[0]) + b"KEYED002,six,1\n")
    _swept(tmp_path, url)
    returned = tmp_path / "attention/marks A.csv/marks A - to mend.xlsx"
    drop(tmp_path, returned.name, edit(returned.read_bytes(), {"marks A!B3": 3}))
    (result,) = _swept(tmp_path, url)
    assert result.outcomes == {"held": 2}
    assert service.journal.posts() == ()


def test_a_question_that_one_has_alone_is_a_difference(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    service, url = surpass
    drop(tmp_path, "marks A.csv", b"Keycode,Q1,Q2\nKEYED001,1,2\n")
    _swept(tmp_path, url)
    drop(tmp_path, "marks B.csv", b"Keycode,Q1\nKEYED001,1\n")
    (result,) = _swept(tmp_path, url)
    assert {one["rule"] for one in _findings(tmp_path, result)} >= {"second-keying-differs"}
    drop(tmp_path, "marks C.csv", b"Keycode,Q1,Q2\nKEYED001,1,2\n\n")
    (result,) = _swept(tmp_path, url)
    (finding,) = _findings(tmp_path, result)
    assert "must end in A or B" in finding["message"]
    assert service.journal.posts() == ()
