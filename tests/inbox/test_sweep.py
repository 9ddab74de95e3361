"""``papermarks sweep``: where each file ends, what is told, and many sweeps at once."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from flows.dropfolder.watcher import sweep
from pipeline.errors import ExitCode, SettingsError, Unauthorised, Unreachable
from pipeline.inbox import Inbox, Place
from pipeline.sandbox import Fault, FaultKind, Sandbox, serve_in_thread
from tests.forked import ended
from tests.inbox.drop_folder import (
    contents,
    digest,
    drop,
    environment,
    files,
    sandbox,
    settings,
    sheet,
    sweeper,
    swept,
)

_KEYS = [f"SWEEP{number:03d}" for number in range(60)]


@pytest.fixture
def surpass() -> Iterator[tuple[Sandbox, str]]:
    service = sandbox(_KEYS)
    with serve_in_thread(service) as url:
        yield service, url


def _sent_once(service: Sandbox, keycodes: list[str]) -> None:
    posts = Counter(post.keycode for post in service.journal.posts())
    assert posts == Counter(keycodes)


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A dropped file, and what becomes of it."""

    name: str
    content: bytes
    place: Place
    outcomes: Mapping[str, int] = field(default_factory=dict)
    exit_code: ExitCode  # of a sweep that has only this file


_DROPPED = (
    Dropped(
        name="biology/good.csv",
        content=sheet(*_KEYS[:3]),
        place=Place.DONE,
        outcomes={"accepted": 3},
        exit_code=ExitCode.DONE,
    ),
    Dropped(
        name="biology/the same again.csv",
        content=sheet(*_KEYS[:3]),
        place=Place.DONE,
        outcomes={"unchanged": 3},
        exit_code=ExitCode.DONE,
    ),
    Dropped(
        name="one wrong.csv",
        content=sheet(_KEYS[3]) + b"SWEEP004,six,1\n",
        place=Place.ATTENTION,
        outcomes={"accepted": 1, "invalid": 1},
        exit_code=ExitCode.NEEDS_A_PERSON,
    ),
    Dropped(
        name="no table.csv",
        content=b"\0\1\2",
        place=Place.REJECTED,
        exit_code=ExitCode.NOTHING_READABLE,
    ),
    Dropped(
        name="empty.csv", content=b"", place=Place.REJECTED, exit_code=ExitCode.NOTHING_READABLE
    ),
)


def test_each_file_ends_where_it_belongs(tmp_path: Path, surpass: tuple[Sandbox, str]) -> None:
    service, url = surpass
    for file in _DROPPED:
        drop(tmp_path, file.name, file.content)
    drop(tmp_path, "~$good.xlsx", b"a lock")
    results, lines = swept(tmp_path, url)
    assert {(result.file, result.place, *result.outcomes.items()) for result in results} == {
        (file.name, file.place, *file.outcomes.items()) for file in _DROPPED
    }
    left_files = files(tmp_path)
    assert {result.went_to for result in results} < left_files.keys()
    assert "inbox/~$good.xlsx" in left_files
    assert {path for path in left_files if path.startswith("attention/")} == {
        "attention/one wrong.csv/one wrong.csv",
        "attention/one wrong.csv/one wrong - to mend.xlsx",
        "attention/one wrong.csv/reconciliation.html",
    }
    assert b"one wrong.csv" in left_files["attention/one wrong.csv/reconciliation.html"]
    assert "rejected/empty.csv/reconciliation.html" in left_files
    assert not any("SWEEP" in line for line in lines), "a keycode"
    _sent_once(service, _KEYS[:4])


@pytest.mark.parametrize("file", _DROPPED, ids=lambda file: file.name)
def test_a_file_says_how_its_sweep_ends(
    tmp_path: Path, surpass: tuple[Sandbox, str], file: Dropped
) -> None:
    if "unchanged" in file.outcomes:
        drop(tmp_path, "before.csv", file.content)
        swept(tmp_path, surpass[1])
    drop(tmp_path, file.name, file.content)
    (result,), _ = swept(tmp_path, surpass[1])
    assert result.exit_code is file.exit_code


@pytest.mark.parametrize("bound", ["read_errors", "read_sessions"])
def test_a_file_of_which_too_much_is_wrong_or_too_much_at_all_is_rejected_and_harms_no_other(
    tmp_path: Path, surpass: tuple[Sandbox, str], bound: str
) -> None:
    drop(tmp_path, "a wrong one.csv", sheet(*_KEYS[:3], mark=-1) + sheet(_KEYS[3])[14:])
    drop(tmp_path, "good.csv", sheet(*_KEYS[4:6]))
    results, _ = swept(tmp_path, surpass[1], **{bound: 2})
    assert {(result.file, result.place, result.exit_code) for result in results} == {
        ("a wrong one.csv", Place.REJECTED, ExitCode.NOTHING_READABLE),
        ("good.csv", Place.DONE, ExitCode.DONE),
    }
    assert {path for path in files(tmp_path) if path.startswith("rejected/")} == {
        "rejected/a wrong one.csv/a wrong one.csv",
        "rejected/a wrong one.csv/reconciliation.html",
    }
    _sent_once(surpass[0], _KEYS[4:6])


def test_a_dropped_file_is_read_once(tmp_path: Path, surpass: tuple[Sandbox, str]) -> None:
    """To know it by its bytes, to interpret it, and to see that nobody wrote to it meanwhile."""
    opened: list[object] = []
    name = "read once.csv"
    drop(tmp_path, name, sheet(_KEYS[0]))

    def record(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and arguments[1] is not None and str(arguments[0]).endswith(name):
            opened.append(arguments[1])  # the mode; that of a look whether somebody writes is None

    sys.addaudithook(record)
    (result,), _ = swept(tmp_path, surpass[1])
    assert result.place is Place.DONE
    assert len(opened) == 1


def test_a_report_names_the_file_by_its_path_in_the_inbox(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    drop(tmp_path, "centre 7/june/bad.csv", sheet(_KEYS[0], mark="six"))
    (result,), _ = swept(tmp_path, surpass[1])
    assert (tmp_path / "attention/centre 7/june/bad.csv/bad.csv").exists()
    folder = tmp_path / "reports" / str(result.run)
    report = json.loads((folder / "reconciliation.json").read_text())
    assert {finding["file"] for finding in report["findings"]} == {"centre 7/june/bad.csv"}


def test_a_folder_of_attention_is_mended_and_dropped_again(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    drop(tmp_path, "bad.csv", sheet(_KEYS[0], mark="six"))
    swept(tmp_path, surpass[1])
    (tmp_path / "attention/bad.csv/bad.csv").write_bytes(sheet(_KEYS[0]))
    shutil.move(tmp_path / "attention/bad.csv", tmp_path / "inbox")
    results, _ = swept(tmp_path, surpass[1])
    assert [(result.file, result.outcomes) for result in results] == [("bad.csv", {"accepted": 1})]


def test_leftovers_come_first_also_those_with_nothing_left_to_do(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    drop(tmp_path, "left.csv", sheet(_KEYS[0]))
    drop(tmp_path, "copy.csv", sheet(_KEYS[0]))
    inbox = Inbox(tmp_path, 1e-9)
    inbox.prepare()
    inbox.scan()
    for path in inbox.scan().settled:
        if path.name == "left.csv":
            claimed = inbox.claim(path)
            assert claimed is not None
            claimed.release()
    results, _ = swept(tmp_path, surpass[1])
    assert [(result.file, result.outcomes) for result in results] == [
        ("left.csv", {"accepted": 1}),
        ("copy.csv", {"unchanged": 1}),
    ]
    assert list(inbox.working.iterdir()) == []


def test_where_surpass_is_away_files_wait_in_the_inbox(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    service, url = surpass
    for number in range(5):
        drop(tmp_path, f"{number}.csv", sheet(_KEYS[number]))
    before = files(tmp_path)
    results, lines = swept(tmp_path, "http://127.0.0.1:9")
    assert [type(result.error) for result in results] == [Unreachable] * 2
    assert files(tmp_path) == before
    assert any("Left in the inbox for the next time: 3" in line for line in lines), lines
    results, _ = swept(tmp_path, url)
    assert len(results) == 5
    _sent_once(service, _KEYS[:5])


def test_credentials_refused_are_tried_once(tmp_path: Path, surpass: tuple[Sandbox, str]) -> None:
    service, url = surpass
    for number in range(5):
        drop(tmp_path, f"{number}.csv", sheet(_KEYS[number]))
    results, _ = swept(tmp_path, url, surpass_password="wrong")
    assert [type(result.error) for result in results] == [Unauthorised]
    assert sum(entry.status == 401 for entry in service.journal.entries) == 1


def test_too_many_refusals_need_a_person(tmp_path: Path, surpass: tuple[Sandbox, str]) -> None:
    service, url = surpass
    service.faults.set(Fault(FaultKind.ERROR_IN_200, method="POST"))
    drop(tmp_path, "refused.csv", sheet(*_KEYS[:30]))
    (result,), _ = swept(tmp_path, url)
    assert result.place is Place.ATTENTION


def test_settings_that_are_missing_are_told_before_anything_is_taken(tmp_path: Path) -> None:
    unset = settings(tmp_path, "http://127.0.0.1:9").model_copy(update={"surpass_url": None})
    drop(tmp_path, "marks.csv", sheet(_KEYS[0]))
    with pytest.raises(SettingsError, match="surpass_url"):
        asyncio.run(sweep(unset))
    assert list(files(tmp_path)) == ["inbox/marks.csv"]


def test_a_file_that_kills_every_process_is_put_aside(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    folder = tmp_path / "working" / "20260101-000000-0000"
    (folder / "deadly.csv").mkdir(parents=True)
    (folder / "deadly.csv" / "deadly.csv").write_bytes(sheet(_KEYS[0]))
    (folder / ".lock").write_bytes(b"." * 20)
    (result,), _ = swept(tmp_path, surpass[1])
    assert result.place is Place.ATTENTION
    assert b"ended 20 times" in files(tmp_path)["attention/deadly.csv/papermarks.txt"]


def test_three_sweeps_at_once_share_the_files(tmp_path: Path, surpass: tuple[Sandbox, str]) -> None:
    service, url = surpass
    for number, keycode in enumerate(_KEYS[:12]):
        drop(tmp_path, f"{number}.csv", sheet(keycode))
    logs = [tmp_path / f"{number}.log" for number in range(3)]
    sweeps = [sweeper(environment(tmp_path, url), log) for log in logs]
    assert [ended(process) for process in sweeps] == [0] * 3, [log.read_text() for log in logs]
    documents: list[dict[str, Any]] = [
        result for log in logs for result in json.loads(log.read_text())
    ]
    assert sorted(result["file"] for result in documents) == sorted(f"{n}.csv" for n in range(12))
    assert all(result["outcomes"] == {"accepted": 1} for result in documents)
    assert contents(tmp_path, "done") == Counter(digest(sheet(key)) for key in _KEYS[:12])
    _sent_once(service, _KEYS[:12])
    assert list((tmp_path / "working").iterdir()) == []


@pytest.mark.parametrize(
    ("settings_given", "code"),
    [({}, 3), ({"PAPERMARKS_SURPASS_URL": "http://127.0.0.1:9"}, 4)],
    ids=["the worst of all files", "Surpass is away"],
)
def test_the_command_ends_with_the_worst_exit_code(
    tmp_path: Path, surpass: tuple[Sandbox, str], settings_given: dict[str, str], code: int
) -> None:
    drop(tmp_path, "good.csv", sheet(_KEYS[0]))
    drop(tmp_path, "bad.csv", sheet(_KEYS[1], mark="six"))
    drop(tmp_path, "none.csv", b"\0")
    variables = environment(tmp_path, surpass[1]) | settings_given
    assert ended(sweeper(variables, tmp_path / "log")) == code


def test_what_the_next_run_settles_needs_no_person(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    service, url = surpass
    lost = [Fault(FaultKind.UNAVAILABLE, keycode=_KEYS[0], times=3, retry_after=0)]
    service.faults.set(*lost)  # as often as a call is tried
    drop(tmp_path, "marks.csv", sheet(*_KEYS[1:9], _KEYS[0]))
    (result,), _ = swept(tmp_path, url)
    assert (result.place, result.outcomes) == (Place.DONE, {"accepted": 1, "unchanged": 8})
    _sent_once(service, _KEYS[:9])
