"""Kill a process before each single change that it makes to the disk, and take up what it left."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path, PurePath

import pytest

from pipeline.inbox import Inbox, Place
from tests.forked import FORKS
from tests.inbox.drop_folder import drop, files

_NAME = PurePath("biology/marks.csv")
_REPORT = {"reconciliation.xlsx": b"a workbook", "reconciliation.json": b"{}"}
_CHANGES = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}


def _work(home: Path, place: Place, changes: int) -> None:
    """Take the file and put it away, but die before this change."""
    inbox = Inbox(home, 1e-9)
    inbox.prepare()
    inbox.scan()
    inbox.scan()
    left = changes

    def die(event: str, args: tuple[object, ...]) -> None:
        nonlocal left
        writes = event == "open" and isinstance(args[2], int) and args[2] & os.O_CREAT
        if (writes or event in _CHANGES) and str(home) in str(args[0]):
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(die)
    claimed = inbox.claim(_NAME)
    assert claimed is not None
    claimed.file_away(place, _REPORT)


# A file is put into rejected/ as into attention/, and into done/ as back into the inbox.
_ALIKE = {Place.REJECTED, Place.DONE}


@pytest.mark.parametrize(
    "place",
    [pytest.param(place, marks=pytest.mark.long if place in _ALIKE else ()) for place in Place],
)
def test_no_crash_loses_or_doubles_the_file(tmp_path: Path, place: Place) -> None:
    died = 0
    while True:
        home = tmp_path / str(died)
        drop(home, str(_NAME), b"whole")
        process = FORKS.Process(target=_work, args=(home, place, died))
        process.start()
        process.join()
        code = process.exitcode
        process.close()
        _finish(home, place)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        died += 1
    assert died > 5, "too few changes were seen to be tested"


def _finish(home: Path, place: Place) -> None:
    """What the next process does; then the file is once in its place, and nothing else is left."""
    inbox = Inbox(home, 1e-9)
    inbox.prepare()
    for claimed in inbox.abandoned():
        claimed.file_away(place, _REPORT)
    inbox.scan()
    for path in inbox.scan().settled:
        if again := inbox.claim(path):
            again.file_away(place, _REPORT)
    assert list(inbox.working.iterdir()) == []
    left_files = files(home)
    reports = {path for path, content in left_files.items() if content in _REPORT.values()}
    (dropped,) = left_files.keys() - reports
    assert left_files[dropped] == b"whole"
    assert dropped.split("/")[0] == place
    assert PurePath(dropped).name == "marks.csv"
    reported = place in (Place.ATTENTION, Place.REJECTED)
    assert len(reports) == (2 if reported else 0)
    assert all(PurePath(path).parent == PurePath(dropped).parent for path in reports)
