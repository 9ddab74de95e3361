"""Taking a file and putting it away: by one, whole, and to its own place."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sys
import threading
import time
from pathlib import Path, PurePath

import pytest

from pipeline.errors import InputError
from pipeline.inbox import ClaimedFile, Inbox, Place
from pipeline.inbox.lock import acquire
from tests.inbox.drop_folder import drop, files

_NAME = PurePath("biology/june/marks.csv")
_REPORT = {"reconciliation.xlsx": b"a workbook", "reconciliation.json": b"{}"}


def _inbox(home: Path) -> Inbox:
    """One that has seen everything lie still."""
    inbox = Inbox(home, 1e-9)
    inbox.prepare()
    inbox.scan()
    inbox.scan()
    return inbox


def _claimed(home: Path, content: bytes = b"whole") -> ClaimedFile:
    drop(home, str(_NAME), content)
    claimed = _inbox(home).claim(_NAME)
    assert claimed is not None
    return claimed


def test_a_taken_file_is_in_working_and_nowhere_else(tmp_path: Path) -> None:
    claimed = _claimed(tmp_path)
    assert claimed.path.read_bytes() == b"whole"
    assert len(files(tmp_path)) == 1
    assert claimed.path.is_relative_to(tmp_path / "working")
    claimed.release()


@pytest.mark.parametrize(
    ("place", "paths"),
    [
        (Place.DONE, [f"done/{dt.datetime.now().astimezone():%Y-%m-%d}/biology/june/marks.csv"]),
        (Place.INBOX, ["inbox/biology/june/marks.csv"]),
        *(
            (place, [f"{place}/biology/june/marks.csv/{name}" for name in ("marks.csv", *_REPORT)])
            for place in (Place.ATTENTION, Place.REJECTED)
        ),
    ],
)
def test_it_ends_in_its_place_under_its_own_name(
    tmp_path: Path, place: Place, paths: list[str]
) -> None:
    filed = _claimed(tmp_path).file_away(place, _REPORT)
    assert sorted(files(tmp_path)) == sorted(paths)
    assert filed.path.read_bytes() == b"whole"
    assert list((tmp_path / "working").iterdir()) == []


@pytest.mark.parametrize("place", Place)
def test_a_second_of_the_same_name_stands_beside_the_first(tmp_path: Path, place: Place) -> None:
    first = _claimed(tmp_path, b"first")
    if place is Place.INBOX:
        drop(tmp_path, str(_NAME), b"second")
    else:
        first.file_away(place, _REPORT)
        first = _claimed(tmp_path, b"second")
    first.file_away(place, _REPORT)
    reports = set(_REPORT.values())
    assert sorted(content for content in files(tmp_path).values() if content not in reports) == [
        b"first",
        b"second",
    ]


def test_two_that_want_the_same_file(tmp_path: Path) -> None:
    drop(tmp_path, str(_NAME), b"whole")
    first, other = _inbox(tmp_path), _inbox(tmp_path)
    claimed = first.claim(_NAME)
    assert claimed is not None
    assert other.claim(_NAME) is None
    assert list(other.abandoned()) == []
    claimed.file_away(Place.DONE)
    assert len(files(tmp_path)) == 1


def test_what_is_written_after_it_was_taken_is_not_called_done(tmp_path: Path) -> None:
    claimed = _claimed(tmp_path, b"half")
    with claimed.path.open("ab") as late:
        late.write(b" and the rest")
    assert claimed.file_away(Place.DONE).place is Place.INBOX
    assert files(tmp_path) == {f"inbox/{_NAME}": b"half and the rest"}


def test_nor_where_its_time_was_set_back_afterwards(tmp_path: Path) -> None:
    claimed = _claimed(tmp_path, b"first")
    before = claimed.path.stat()
    claimed.path.write_bytes(b"other")
    os.utime(claimed.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    filed = claimed.file_away(Place.DONE, sha256=hashlib.sha256(b"first").hexdigest())
    assert filed.place is Place.INBOX


def test_a_mark_on_a_file_is_no_change_of_what_is_in_it(tmp_path: Path) -> None:
    claimed = _claimed(tmp_path, b"whole")
    claimed.path.chmod(0o600)
    filed = claimed.file_away(Place.DONE, sha256=hashlib.sha256(b"whole").hexdigest())
    assert filed.place is Place.DONE


def test_nor_what_somebody_still_has_open(tmp_path: Path) -> None:
    claimed = _claimed(tmp_path, b"half")
    with claimed.path.open("ab"):
        assert claimed.file_away(Place.ATTENTION, _REPORT).place is Place.INBOX
    assert files(tmp_path) == {f"inbox/{_NAME}": b"half"}


def test_what_a_dead_process_left_is_taken_up_with_its_name(tmp_path: Path) -> None:
    _claimed(tmp_path).release()
    (again,) = _inbox(tmp_path).abandoned()
    assert (again.name, again.crashes) == (_NAME, 0)
    again.file_away(Place.DONE)
    assert list((tmp_path / "working").iterdir()) == []


def test_a_link_to_a_dropped_file_is_no_half_done_move(tmp_path: Path) -> None:
    os.link(drop(tmp_path, str(_NAME), b"whole"), tmp_path / "the office's own copy.csv")
    claimed = _inbox(tmp_path).claim(_NAME)
    assert claimed is not None
    claimed.release()
    (again,) = _inbox(tmp_path).abandoned()
    again.file_away(Place.DONE)
    assert list(files(tmp_path).values()) == [b"whole"]


def test_an_inbox_that_is_away_keeps_the_file_in_working(tmp_path: Path) -> None:
    claimed = _claimed(tmp_path)
    (tmp_path / "inbox").rename(tmp_path / "away")
    with pytest.raises(FileNotFoundError):
        claimed.file_away(Place.INBOX)
    (tmp_path / "away").rename(tmp_path / "inbox")
    (again,) = _inbox(tmp_path).abandoned()
    again.file_away(Place.INBOX)
    assert files(tmp_path) == {f"inbox/{_NAME}": b"whole"}


def test_an_inbox_on_another_file_system_is_said(tmp_path: Path) -> None:
    shared = Path("/dev/shm")  # noqa: S108  # another file system that Linux always has
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other file system here")
    (tmp_path / "inbox").symlink_to(shared)
    inbox = Inbox(tmp_path, 1)
    inbox.prepare()
    assert "different file systems" in (inbox.problem() or "")


def test_a_system_without_such_locks_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with pytest.raises(InputError, match="on Windows, use WSL"):
        acquire(tmp_path)


def test_who_tidies_up_never_takes_the_lock_of_one_who_begins(tmp_path: Path) -> None:
    inbox = _inbox(tmp_path)
    over = threading.Event()

    def tidy() -> None:
        while not over.is_set():
            assert list(inbox.abandoned()) == []

    threads = [threading.Thread(target=tidy) for _ in range(2)]
    for thread in threads:
        thread.start()
    held = 0
    for number in range(500):
        folder = inbox.working / str(number)
        folder.mkdir()
        lock = acquire(folder)
        if lock is not None:
            (folder / "begun").mkdir(parents=True)
            time.sleep(0)
            held += (folder / ".lock").exists() and acquire(folder) is None
            lock.remove()
        else:
            held += 1
    over.set()
    for thread in threads:
        thread.join()
    assert held == 500
