"""When a file counts as whole. The clock is ours; the files and their writers are real."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

import pytest

from pipeline.inbox import UNCERTAIN_FACTOR, Inbox
from pipeline.inbox.writers import Writer, find_writer

SETTLE_S = 2.0


class _Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class _Office:
    def __init__(self, home: Path) -> None:
        self.clock = _Clock()
        self.inbox = Inbox(home, SETTLE_S, self.clock)
        self.inbox.prepare()
        self.file = self.inbox.folder / "marks.csv"

    def settled_after(self, seconds: float) -> list[str]:
        self.clock.now += seconds
        return [str(path) for path in self.inbox.scan().settled]


@pytest.fixture
def office(tmp_path: Path) -> _Office:
    return _Office(tmp_path)


def test_a_file_that_lies_still_has_settled(office: _Office) -> None:
    office.file.write_text("whole")
    assert office.settled_after(0) == []
    assert office.settled_after(SETTLE_S - 0.1) == []
    assert office.inbox.scan().due_s == pytest.approx(0.1)
    assert office.settled_after(0.1) == ["marks.csv"]


def test_growing_begins_anew(office: _Office) -> None:
    for part in range(5):
        with office.file.open("a") as file:
            file.write(f"part {part}")
        assert office.settled_after(SETTLE_S - 0.1) == []
    assert office.settled_after(SETTLE_S) == ["marks.csv"]


def test_so_does_another_file_of_the_same_name_size_and_time(office: _Office) -> None:
    office.file.write_text("one")
    office.settled_after(0)
    other = office.inbox.folder / "other.part"
    other.write_text("two")
    os.utime(other, ns=(0, office.file.stat().st_mtime_ns))
    other.replace(office.file)
    assert office.settled_after(SETTLE_S) == []
    assert office.settled_after(SETTLE_S) == ["marks.csv"]


def test_a_file_that_somebody_has_open_to_write_is_waited_for(office: _Office) -> None:
    with office.file.open("w") as file:
        file.write("half")
        file.flush()
        office.settled_after(0)
        assert office.settled_after(100 * SETTLE_S) == []
    assert office.settled_after(SETTLE_S - 0.1) == []
    assert office.settled_after(0.1) == ["marks.csv"]


def test_one_that_somebody_reads_is_not(office: _Office) -> None:
    office.file.write_text("whole")
    with office.file.open():
        office.settled_after(0)
        assert office.settled_after(SETTLE_S) == ["marks.csv"]


def test_an_empty_file_may_be_a_name_made_first(office: _Office) -> None:
    office.file.touch()
    office.settled_after(0)
    assert office.settled_after(SETTLE_S * UNCERTAIN_FACTOR - 0.1) == []
    assert office.settled_after(0.1) == ["marks.csv"]


def test_the_oldest_comes_first(office: _Office) -> None:
    for age, name in enumerate(["new.csv", "older/x.csv", "oldest.csv"]):
        path = office.inbox.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
        os.utime(path, (0, 1000 - age))
    office.settled_after(0)
    assert office.settled_after(SETTLE_S) == ["oldest.csv", "older/x.csv", "new.csv"]


def test_what_is_left_where_it_is_has_a_reason(office: _Office) -> None:
    office.file.with_name("marks.csv.part").write_text("half")
    (office.inbox.folder / ".hidden").mkdir()
    (office.inbox.folder / ".hidden" / "marks.csv").write_text("hidden")
    office.file.with_name("link.csv").symlink_to(office.file)
    os.mkfifo(office.file.with_name("pipe"))
    office.settled_after(0)
    assert office.settled_after(SETTLE_S * UNCERTAIN_FACTOR) == []
    ignored = office.inbox.scan().ignored
    assert {str(path): why.split()[0] for path, why in ignored.items()} == {
        "marks.csv.part": "its",
        ".hidden": "its",
        "link.csv": "it",
        "pipe": "it",
    }


def test_what_changed_since_the_look_is_not_taken(office: _Office) -> None:
    office.file.write_text("one")
    office.settled_after(0)
    assert office.settled_after(SETTLE_S) == ["marks.csv"]
    office.file.write_text("another")
    assert office.inbox.claim(PurePath("marks.csv")) is None
    assert office.file.read_text() == "another"
    assert list(office.inbox.working.iterdir()) == []


def test_whether_somebody_writes_is_seen_on_this_system(tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    with path.open("w"):
        assert find_writer(path) is Writer.SEEN
    assert find_writer(path) is Writer.NONE
    with pytest.raises(FileNotFoundError):
        find_writer(tmp_path / "none.csv")
