"""``papermarks watch``: a process that takes files as they settle, and is told to stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from pipeline.sandbox import Fault, FaultKind, Sandbox, serve_in_thread
from tests.forked import ended
from tests.inbox.drop_folder import (
    contents,
    digest,
    drop,
    environment,
    files,
    sandbox,
    sheet,
    until,
    watcher,
)

_KEYS = [f"WATCH{number:03d}" for number in range(60)]


class _Office:
    """A watcher that is at work."""

    def __init__(self, home: Path, url: str, **more: object) -> None:
        self.home = home
        self.log = home.parent / "log"
        self.process: BaseProcess = watcher(environment(home, url, **more), self.log)
        self.tells("Watching")

    def tells(self, text: str) -> None:
        until(lambda: self.log.exists() and text in self.log.read_text(), self.log)

    def has(self, place: str, *contents_wanted: bytes) -> None:
        wanted = Counter(map(digest, contents_wanted))
        until(lambda: contents(self.home, place) == wanted, self.log)


@contextmanager
def _watched(home: Path, url: str, **more: object) -> Iterator[_Office]:
    office = _Office(home, url, **more)
    try:
        yield office
    finally:
        code = ended(office.process, by_signal=True)
    assert code == 0, office.log.read_text()
    assert list((home / "working").iterdir()) == []


@pytest.fixture
def surpass() -> Iterator[tuple[Sandbox, str]]:
    service = sandbox(_KEYS)
    with serve_in_thread(service) as url:
        yield service, url


def _posts(service: Sandbox) -> Counter[str | None]:
    return Counter(post.keycode for post in service.journal.posts())


def test_by_notification_alone_files_are_taken_as_they_settle(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    service, url = surpass
    with _watched(tmp_path / "home", url, poll=3600) as office:
        drop(office.home, "one.csv", sheet(_KEYS[0]))
        office.has("done", sheet(_KEYS[0]))
        drop(office.home, "a new folder/two.csv", sheet(_KEYS[1]))
        office.has("done", sheet(_KEYS[0]), sheet(_KEYS[1]))
    assert _posts(service) == Counter(_KEYS[:2])


def test_an_inbox_that_vanishes_and_returns_is_said_once_each_way(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    service, url = surpass
    with _watched(tmp_path / "home", url, poll=0.1) as office:
        for number in range(2):
            (office.home / "inbox").rename(tmp_path / "away")
            until(lambda: office.log.read_text().count("is away") == number + 1)  # noqa: B023
            (tmp_path / "away" / f"{number}.csv").write_bytes(sheet(_KEYS[number]))
            (tmp_path / "away").rename(office.home / "inbox")
            office.has("done", *map(sheet, _KEYS[: number + 1]))
        drop(office.home, "after it.csv", sheet(_KEYS[2]))
        office.has("done", *map(sheet, _KEYS[:3]))
        log = office.log.read_text()
    assert (log.count("is away"), log.count("is back")) == (2, 2)
    assert _posts(service) == Counter(_KEYS[:3])


def test_a_new_folder_of_that_name_is_watched_in_place_of_the_old_one(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    with _watched(tmp_path / "home", surpass[1], poll=0.5) as office:
        (office.home / "inbox").rename(tmp_path / "old")
        (office.home / "inbox").mkdir()
        drop(office.home, "one.csv", sheet(_KEYS[0]))
        office.has("done", sheet(_KEYS[0]))


def test_a_file_is_not_taken_while_its_writer_has_it_open(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    whole = sheet(*_KEYS[:2])
    with _watched(tmp_path / "home", surpass[1], poll=0.1) as office:
        with (office.home / "inbox" / "slow.csv").open("wb") as slow:
            slow.write(whole[:20])
            slow.flush()
            for number in range(2, 5):  # others are done meanwhile, one after the other
                drop(office.home, f"{number}.csv", sheet(_KEYS[number]))
                office.has("done", *map(sheet, _KEYS[2 : number + 1]))
            assert (office.home / "inbox" / "slow.csv").exists()
            slow.write(whole[20:])
        office.has("done", whole, *map(sheet, _KEYS[2:5]))
    assert _posts(surpass[0]) == Counter(_KEYS[:5])


def test_surpass_away_is_waited_for_with_growing_patience(tmp_path: Path) -> None:
    service = sandbox(_KEYS)
    with serve_in_thread(service) as url:
        port = int(url.rpartition(":")[2])
    with _watched(tmp_path / "home", url, poll=0.2) as office:
        drop(office.home, "one.csv", sheet(_KEYS[0]))
        drop(office.home, "two.csv", sheet(_KEYS[1]))
        office.tells("for 1 second; then")  # 0.8, after 0.2 and 0.4
        assert len(files(office.home)) == 2
        tries = office.log.read_text().count("no connection")
        assert tries <= 8, office.log.read_text()
        with serve_in_thread(service, port=port):
            office.has("done", sheet(_KEYS[0]), sheet(_KEYS[1]))
    assert _posts(service) == Counter(_KEYS[:2])


def test_told_to_stop_it_ends_the_run_in_good_order_and_the_rest_stays(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    service, url = surpass
    service.faults.set(Fault(FaultKind.LATENCY, method="POST", seconds=0.3))
    names = [f"{number}.csv" for number in range(4)]
    with _watched(tmp_path / "home", url, concurrency=1) as office:
        for number, name in enumerate(names):
            drop(office.home, name, sheet(*_KEYS[10 * number : 10 * number + 10]))
        until(lambda: len(service.journal.posts()) >= 2)
    left_files = files(office.home)
    assert sorted(left_files) == [f"inbox/{name}" for name in names]
    assert all(entry.status != "open" for entry in service.journal.entries)
    service.faults.clear()
    with _watched(tmp_path / "home", url):
        office.has("done", *(sheet(*_KEYS[10 * n : 10 * n + 10]) for n in range(4)))
    assert _posts(service) == Counter(_KEYS[:40])
