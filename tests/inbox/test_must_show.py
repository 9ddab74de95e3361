"""Files dropped at random moments in random pieces, the watcher killed again and again.

Each content is processed once, every file is in its place, and nothing is left in working/.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from pipeline.sandbox import Sandbox, serve_in_thread
from tests.forked import ended, kill
from tests.inbox.drop_folder import (
    MAX_WAIT_S,
    contents,
    digest,
    environment,
    files,
    sandbox,
    until,
    watcher,
)
from tests.inbox.dropping import Droppers


def _shown(tmp_path: Path, wanted: int, kills: int, people: int, together: int = 1) -> None:
    """So many watchers at once; each kill hits one of them, and another takes its place."""
    seed = random.randrange(10**6)
    rng = random.Random(seed)
    home, log = tmp_path / "home", tmp_path / "log"
    (home / "inbox").mkdir(parents=True)
    keycodes = [f"DROP{number:04d}" for number in range(6 * wanted)]
    service = sandbox(keycodes)
    share = len(keycodes) // people
    droppers = [
        Droppers(
            home / "inbox" / f"{at}", keycodes[at * share :][:share], random.Random(rng.random())
        )
        for at in range(people)
    ]
    threads = [
        threading.Thread(target=person.drop, args=(wanted // people,)) for person in droppers
    ]
    began = time.monotonic()
    with serve_in_thread(service) as url:
        variables = environment(home, url)
        for thread in threads:
            thread.start()
        watchers = [watcher(variables, log) for _ in range(together)]
        for number in range(kills):
            _wait_for_work(service, kills, number, wanted, rng, log)
            time.sleep(rng.uniform(0, 0.05))
            kill(watchers.pop(0))
            watchers.append(watcher(variables, log))
        for thread in threads:
            thread.join()
        until(lambda: not any(_waiting(home)), log, MAX_WAIT_S + 5 * wanted)
        assert [ended(process, by_signal=True) for process in watchers] == [0] * together
    last = [content for person in droppers for content in person.last]
    gone = [content for person in droppers for content in person.gone]
    took = time.monotonic() - began
    deaths = _account(home, service, last, gone)
    print(f"seed {seed}: {len(last)} files, {kills} kills, {took:.0f} s; {deaths}")


def _wait_for_work(
    service: Sandbox, kills: int, number: int, wanted: int, rng: random.Random, log: Path
) -> None:
    """Until a random amount more was sent: a kill falls into any part of the work."""
    awaited = number * wanted * 3 // (2 * (kills + 1))  # of some three sessions in two files
    until(lambda: len(service.journal.posts()) > awaited, log, MAX_WAIT_S + 5 * wanted)
    more = len(service.journal.entries) + rng.randrange(12)
    until(lambda: len(service.journal.entries) > more, log)


def _waiting(home: Path) -> list[Path]:
    """What is not in its place yet."""
    inbox = [path for path in (home / "inbox").rglob("*") if path.is_file()]
    return [*inbox, *(home / "working").iterdir()]


def _account(home: Path, service: Sandbox, last: list[bytes], gone: list[bytes]) -> str:
    assert list((home / "working").iterdir()) == []
    left_files = files(home)
    assert {path.split("/")[0] for path in left_files} == {"done"}, left_files.keys()
    in_done = contents(home, "done")
    expected = Counter(map(digest, last))
    taken_before = [content for content in gone if digest(content) in in_done]
    assert in_done == expected + Counter(map(digest, taken_before))
    for content in [*last, *taken_before]:
        for row in content.decode().splitlines()[1:]:
            keycode, *marks = row.split(",")
            session = service.by_keycode(keycode)
            assert len(session.applied) == 1, (keycode, session.applied)
            assert [str(mark) for mark in session.applied[0].content.values()] == marks
            assert len(service.journal.posts(keycode)) == 1, service.journal.posts(keycode)
    sent = {post.keycode for post in service.journal.posts()}
    return (
        f"{len(sent)} sessions sent once, {len(taken_before)} of {len(gone)} replaced taken before"
    )


def test_24_files_and_2_kills(tmp_path: Path) -> None:
    _shown(tmp_path, 24, kills=2, people=4)


@pytest.mark.long
def test_500_files_and_5_kills(tmp_path: Path) -> None:
    _shown(tmp_path, 500, kills=5, people=5)


@pytest.mark.long
def test_three_watchers_share_500_files_and_9_kills(tmp_path: Path) -> None:
    _shown(tmp_path, 500, kills=9, people=5, together=3)
