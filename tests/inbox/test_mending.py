"""Files that are wrong in twenty ways: mended in the returned workbook, dropped, and all is done.

``AAAAAAA1`` and ``AAAAAAA2`` stand for two sessions of questions 1 and 2, of at most 5 marks each.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flows.dropfolder.watcher import FileResult, sweep
from pipeline.errors import ExitCode
from pipeline.inbox import Place
from pipeline.sandbox import Sandbox, serve_in_thread
from tests.inbox.drop_folder import drop, files, sandbox, settings, sheet
from tests.read.source_files import workbook
from tests.report.html_page import Page
from tests.report.returning import Edits, edit


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A file that breaks a rule, what a person writes in the workbook, and what is sent then."""

    rule: str
    content: str | bytes
    edits: Edits
    sent: Mapping[str, list[int | None]] = field(default_factory=lambda: _BOTH)


_BOTH: Mapping[str, list[int | None]] = {"AAAAAAA1": [1, 2], "AAAAAAA2": [3, 4]}
_HEAD = "Keycode,Q1,Q2\n"
_FIRST = _HEAD + "AAAAAAA1,1,2\n"
_LONG = "Keycode,Question,Mark\nAAAAAAA1,1,1\nAAAAAAA1,2,2\nAAAAAAA2,1,3\n"
_ROWS = "Rows to mend"
_CASES = (
    Mended(rule="keycode-missing", content=_FIRST + ",3,4\n", edits={"f!A3": "AAAAAAA2"}),
    Mended(
        rule="keycode-malformed",
        content=_FIRST + "AAAAAA2,3,4\n",
        edits={f"{_ROWS}!A2": "AAAAAAA2"},
    ),
    Mended(
        rule="session-unknown", content=_FIRST + "AAAAAAAX,3,4\n", edits={f"{_ROWS}!A2": "AAAAAAA2"}
    ),
    Mended(rule="mark-blank", content=_FIRST + "AAAAAAA2,3,\n", edits={f"{_ROWS}!C2": 4}),
    Mended(rule="mark-not-whole", content=_FIRST + "AAAAAAA2,3,4.5\n", edits={"f!C3": 4}),
    Mended(rule="mark-negative", content=_FIRST + "AAAAAAA2,3,-4\n", edits={"f!C3": "4"}),
    Mended(rule="mark-date", content=_FIRST + "AAAAAAA2,3,04-May\n", edits={f"{_ROWS}!C2": "4"}),
    Mended(rule="mark-not-a-number", content=_FIRST + "AAAAAAA2,3,four\n", edits={"f!C3": 4}),
    Mended(rule="mark-over-maximum", content=_FIRST + "AAAAAAA2,3,44\n", edits={"f!C3": 4}),
    Mended(
        rule="decimals-mixed",
        content=_HEAD + 'AAAAAAA1,"1,5",2\nAAAAAAA2,2.5,4\n',
        edits={"f!B2": 1, f"{_ROWS}!B3": 3},
    ),
    Mended(
        rule="question-unknown",
        content="Keycode,Q1,Q9\nAAAAAAA1,1,2\nAAAAAAA2,3,4\n",
        edits={"f!C1": "Q2"},
    ),
    Mended(
        rule="questions-missing",
        content="Keycode,Q1\nAAAAAAA1,1\nAAAAAAA2,3\n",
        edits={"f!C1": "Q2", "f!C2": 2, "f!C3": 4},
    ),
    Mended(
        rule="question-twice",
        content=_FIRST + "AAAAAAA2,3,4\nAAAAAAA2,3,5\n",
        edits={"f!A4": None, "f!B4": None, "f!C4": None},
    ),
    Mended(
        rule="candidate-absent-with-marks",
        content=_FIRST + "AAAAAAA2,ABS,5\n",
        edits={"f!B3": 3, "f!C3": 4},
    ),
    Mended(rule="row-ragged", content=_FIRST + "AAAAAAA2,3\n", edits={f"{_ROWS}!C2": 4}),
    Mended(
        rule="row-swallowed",
        content='Keycode,Q1,Q2,Comment\nAAAAAAA1,1,2,"good\nAAAAAAA2,3,4,poor"\n',
        edits={"f!D2": "good", "f!A3": "AAAAAAA2", "f!B3": 3, "f!C3": 4},
    ),
    Mended(
        rule="layout-unknown",
        content="Code,Q1,Q2\nAAAAAAA1,1,2\nAAAAAAA2,3,4\n",
        edits={"f!A1": "Keycode"},
    ),
    Mended(
        rule="layout-ambiguous",
        content="Keycode,Keycode,Q1,Q2\nAAAAAAA1,X,1,2\nAAAAAAA2,X,3,4\n",
        edits={"f!B1": "Name"},
    ),
    Mended(
        rule="heading-not-understood",
        content="Keycode,Q1,Essay\nAAAAAAA1,1,2\nAAAAAAA2,3,4\n",
        edits={"f!C1": "Q2"},
    ),
    Mended(
        rule="no-candidates",
        content=_HEAD,
        edits={"f!A2": "AAAAAAA1", "f!B2": 1, "f!C2": 2},
        sent={"AAAAAAA1": [1, 2]},
    ),
    Mended(rule="question-missing", content=_LONG + "AAAAAAA2,,4\n", edits={f"{_ROWS}!B3": 2}),
    Mended(rule="question-not-understood", content=_LONG + "AAAAAAA2,2nd,4\n", edits={"f!B5": 2}),
    Mended(rule="id-first-row-only", content=_LONG + ",2,4\n", edits={"f!A5": "AAAAAAA2"}),
    Mended(
        rule="session-elsewhere",
        content=workbook(
            {
                "f": [["Keycode", "Q1", "Q2"], ["AAAAAAA1", 1, 2]],
                "More": [["Code", "Q1", "Q2"], ["AAAAAAA2", 3, 4], ["AAAAAAA1", 1, 2]],
            }
        ),
        edits={"More!A1": "Keycode", "More!A3": None, "More!B3": None, "More!C3": None},
    ),
)


@pytest.fixture
def surpass() -> Iterator[tuple[Sandbox, str]]:
    keycodes = [_keycode(number, key) for number in range(len(_CASES)) for key in _BOTH]
    service = sandbox([*keycodes, *(f"SWEEP00{number}" for number in range(9))])
    with serve_in_thread(service) as url:
        yield service, url


def _keycode(number: int, standing_for: str) -> str:
    return f"MEND{number:03d}{standing_for[-1]}"


def _of(number: int, text: str) -> str:
    return text.replace("AAAAAAA", f"MEND{number:03d}").replace("AAAAAA2", f"MEND{number:02d}2")


def _swept(home: Path, url: str, **more: object) -> list[FileResult]:
    return asyncio.run(sweep(settings(home, url, **more), log=lambda _: None))


def _content(number: int, case: Mended) -> bytes:
    if isinstance(case.content, str):
        return _of(number, case.content).encode()
    return edit(case.content, {"f!A2": _keycode(number, "1"), "More!A2": _keycode(number, "2"),
                               "More!A3": _keycode(number, "1")})  # fmt: skip


@pytest.mark.parametrize(
    "cases",
    [
        pytest.param(_CASES[::6], id="some of them"),
        pytest.param(_CASES, id="all of them", marks=pytest.mark.long),
    ],
)
def test_each_finding_is_mended_where_it_stands_and_attention_empties_itself(
    tmp_path: Path, surpass: tuple[Sandbox, str], cases: Sequence[Mended]
) -> None:
    service, url = surpass
    for number, case in enumerate(cases):
        ending = "csv" if isinstance(case.content, str) else "xlsx"
        drop(tmp_path, f"{case.rule}/f.{ending}", _content(number, case))
    results = _swept(tmp_path, url)
    assert {result.place for result in results} <= {Place.ATTENTION, Place.REJECTED}
    runs = {result.file.partition("/")[0]: str(result.run) for result in results}
    for number, case in enumerate(cases):
        (folder,) = [*tmp_path.glob(f"*/{case.rule}/f.*/")]
        reports = tmp_path / "reports" / runs[case.rule]
        report = json.loads((reports / "reconciliation.json").read_bytes())
        assert case.rule in {finding["rule"] for finding in report["findings"]}, case.rule
        returned = folder / "f - to mend.xlsx"
        page = Page((folder / "reconciliation.html").read_bytes())
        assert f": mend {returned.name}" in page.text, case.rule
        assert "Settled since" not in page.text
        edits = {
            cell: _of(number, text) if isinstance(text, str) else text
            for cell, text in case.edits.items()
        }
        drop(tmp_path, f"{case.rule}/{returned.name}", edit(returned.read_bytes(), edits))
    again = _swept(tmp_path, url)
    assert {(result.file, result.exit_code) for result in again} == {
        (f"{case.rule}/f - to mend.xlsx", ExitCode.DONE) for case in cases
    }
    for number, case in enumerate(cases):
        for key, marks in case.sent.items():
            (applied,) = service.by_keycode(_keycode(number, key)).applied
            assert [*applied.content.values()] == marks, case.rule
    posts = Counter(post.keycode for post in service.journal.posts())
    assert set(posts.values()) == {1}
    left = files(tmp_path)
    assert {path.split("/")[0] for path in left} == {"done"}, left.keys()
    pages = [content for path, content in left.items() if path.endswith("reconciliation.html")]
    assert len(pages) == len(cases)
    for content in pages:
        bands = [
            part for part in Page(content).all("div") if "band" in str(part.attributes["class"])
        ]
        assert [band.text.startswith("Settled since: nothing") for band in bands] == [True, False]
    receipts = [content for path, content in left.items() if path.endswith(".receipt.txt")]
    assert len(receipts) == 2 * len(cases)
    assert not any(b"MEND" in content for content in receipts), "a keycode"


def test_a_folder_with_its_mended_workbook_is_one_file(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    _, url = surpass
    drop(tmp_path, "june/bad.csv", sheet("SWEEP001") + b"SWEEP002,six,1\n")
    _swept(tmp_path, url)
    folder = tmp_path / "attention/june/bad.csv"
    assert {path.name for path in folder.iterdir()} == {
        "bad.csv", "bad - to mend.xlsx", "reconciliation.html"
    }  # fmt: skip
    returned = folder / "bad - to mend.xlsx"
    returned.write_bytes(edit(returned.read_bytes(), {"bad!B3": "seven"}))
    shutil.move(folder, tmp_path / "inbox/bad.csv")
    (result,) = _swept(tmp_path, url)
    assert (result.file, result.place) == ("bad - to mend.xlsx", Place.ATTENTION)
    folder = tmp_path / "attention/bad - to mend.xlsx"
    assert {path.name for path in folder.iterdir()} == {
        "bad.csv", "bad - to mend.xlsx", "bad - to mend 2.xlsx", "reconciliation.html"
    }  # fmt: skip
    returned = folder / "bad - to mend 2.xlsx"
    returned.write_bytes(edit(returned.read_bytes(), {"Rows to mend!B2": 5}))
    shutil.move(folder, tmp_path / "inbox")
    (result,) = _swept(tmp_path, url)
    assert (result.file, result.outcomes) == (
        "bad - to mend 2.xlsx", {"accepted": 1, "unchanged": 1}
    )  # fmt: skip
    left = files(tmp_path)
    assert {path.split("/")[0] for path in left} == {"done"}, left.keys()
    assert not (tmp_path / "inbox/bad - to mend.xlsx").exists()


def test_a_folder_in_which_nothing_was_mended_is_the_file_again(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    drop(tmp_path, "bad.csv", sheet("SWEEP001") + b"SWEEP002,six,1\n")
    _swept(tmp_path, surpass[1])
    before = files(tmp_path).keys()
    for _ in range(2):
        shutil.move(tmp_path / "attention/bad.csv", tmp_path / "inbox")
        (result,) = _swept(tmp_path, surpass[1])
        assert result.file == "bad.csv"
        assert files(tmp_path).keys() == before


def test_a_returned_workbook_takes_its_parent_along_in_the_ledger(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    drop(tmp_path, "bad.csv", sheet("SWEEP001", mark="six"))
    (first,) = _swept(tmp_path, surpass[1])
    returned = tmp_path / "attention/bad.csv/bad - to mend.xlsx"
    drop(tmp_path, "other name.xlsx", edit(returned.read_bytes(), {"bad!B2": 5}))
    (second,) = _swept(tmp_path, surpass[1])
    document = json.loads(
        (tmp_path / "reports" / str(second.run) / "reconciliation.json").read_bytes()
    )
    assert document["run"]["parent"] == first.run
    assert not (tmp_path / "attention/bad.csv").exists()


def test_a_folder_stays_while_anything_in_it_is_not_settled(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    bad = sheet("SWEEP001", "SWEEP002") + b"SWEEP003,six,1\n"
    rows: dict[str, list[list[object]]] = {
        "f": [["Keycode", "Q1", "Q2"], ["SWEEP004", 1, 2]],
        "More": [["Code", "Q1", "Q2"], ["SWEEP006", 1, 2]],
    }
    drop(tmp_path, "two sheets.xlsx", workbook(rows))
    drop(tmp_path, "bad.csv", bad + b"SWEEP005,six,1\n")
    _swept(tmp_path, surpass[1])
    drop(tmp_path, "later.csv", sheet("SWEEP003"))
    _swept(tmp_path, surpass[1])
    assert (tmp_path / "attention/bad.csv").exists(), "SWEEP005 is not settled"
    drop(tmp_path, "latest.csv", sheet("SWEEP005"))
    _swept(tmp_path, surpass[1])
    assert not (tmp_path / "attention/bad.csv").exists()
    assert (tmp_path / "attention/two sheets.xlsx").exists(), "nobody knows whose More is"


def test_a_slip_travels_with_its_file(tmp_path: Path, surpass: tuple[Sandbox, str]) -> None:
    service, url = surpass
    drop(tmp_path, "good.csv.slip.toml", b"candidates = 1")
    drop(tmp_path, "good.csv", sheet("SWEEP001"))
    drop(tmp_path, "bad.csv.slip.toml", b"candidates = 2")
    drop(tmp_path, "bad.csv", sheet("SWEEP002"))
    drop(tmp_path, "alone.csv.slip.toml", b"candidates = 2")
    results = {result.file: result.outcomes for result in _swept(tmp_path, url)}
    assert results == {"good.csv": {"accepted": 1}, "bad.csv": {"held": 1}}
    left = files(tmp_path)
    assert {path[:5] for path in left if path.endswith("good.csv.slip.toml")} == {"done/"}
    assert left["inbox/alone.csv.slip.toml"] == b"candidates = 2"
    folder = tmp_path / "attention/bad.csv"
    assert {path.name for path in folder.iterdir()} == {
        "bad.csv", "bad.csv.slip.toml", "bad - to mend.xlsx", "reconciliation.html"
    }  # fmt: skip
    (folder / "bad.csv.slip.toml").write_bytes(b"candidates = 1")
    shutil.move(folder, tmp_path / "inbox")
    (result,) = _swept(tmp_path, url)
    assert (result.file, result.outcomes) == ("bad.csv", {"accepted": 1})
    assert len(service.journal.posts("SWEEP002")) == 1
