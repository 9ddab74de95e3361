"""Group commit: who waits is released when their own write is on the disk, and no sooner."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager

import pytest

from pipeline.errors import ClaimLost, LedgerError
from pipeline.ledger.group_commit import MAX_GROUP, GroupCommit

Commit = Callable[[Sequence[str]], Sequence[Exception | None]]


class Disk:
    """Where groups of words are written, when the test lets it."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.at_work = threading.Semaphore(0)
        self._let = threading.Semaphore(0)
        self.fails: Exception | None = None
        self.refuses: dict[str, Exception] = {}

    def commit(self, group: Sequence[str]) -> list[Exception | None]:
        self.at_work.release()
        self._let.acquire()
        if self.fails is not None:
            raise self.fails
        self.groups.append(list(group))
        return [self.refuses.get(word) for word in group]

    def go_on(self, groups: int = 1) -> None:
        self._let.release(groups)


@contextmanager
def writing(disk: Disk) -> Iterator[GroupCommit[str]]:
    writer = GroupCommit(disk.commit)
    writer.start()
    try:
        yield writer
    finally:
        disk.go_on(1000)
        writer.close()


def while_the_first_is_written(
    disk: Disk, writer: GroupCommit[str], *words: str
) -> tuple[Future[None], list[Future[None]]]:
    """Submit one write, and these while it is being committed."""
    first = writer.submit("first")
    disk.at_work.acquire()
    return first, [writer.submit(word) for word in words]


def test_what_waits_meanwhile_is_the_next_group_and_nobody_is_released_early() -> None:
    disk = Disk()
    with writing(disk) as writer:
        first, others = while_the_first_is_written(disk, writer, "a", "b", "c")
        assert not first.done()
        disk.go_on()
        first.result(60)
        disk.at_work.acquire()
        assert not any(other.done() for other in others), "their commit has not returned"
        disk.go_on()
        for other in others:
            other.result(60)
    assert disk.groups == [["first"], ["a", "b", "c"]]


def test_one_that_may_not_be_written_fails_alone() -> None:
    disk = Disk()
    disk.refuses["b"] = ClaimLost("another run took over")
    with writing(disk) as writer:
        _, (a, b, c) = while_the_first_is_written(disk, writer, "a", "b", "c")
        disk.go_on(2)
        assert a.result(60) is c.result(60) is None
        with pytest.raises(ClaimLost):
            b.result(60)


@pytest.mark.parametrize("error", [LedgerError("the disk is full"), ValueError("our fault")])
def test_an_error_reaches_all_of_its_group_and_nobody_else(error: Exception) -> None:
    disk = Disk()
    with writing(disk) as writer:
        first, others = while_the_first_is_written(disk, writer, "a", "b")
        disk.go_on()
        first.result(60)
        disk.at_work.acquire()
        disk.fails = error
        disk.go_on()
        for other in others:
            with pytest.raises(type(error), match=str(error)):
                other.result(60)
        disk.fails = None
        later = writer.submit("later")
        disk.go_on()
        later.result(60)
    assert disk.groups == [["first"], ["later"]]


def test_what_is_given_up_before_its_turn_is_not_written() -> None:
    disk = Disk()
    with writing(disk) as writer:
        _, (a, b) = while_the_first_is_written(disk, writer, "a", "b")
        assert a.cancel()
        disk.go_on(2)
        b.result(60)
        with pytest.raises(CancelledError):
            a.result(60)
    assert disk.groups == [["first"], ["b"]]


def test_in_an_event_loop_too_each_is_released_with_its_group_or_given_up() -> None:
    disk = Disk()
    disk.refuses["b"] = ClaimLost("another run took over")

    async def wait(writer: GroupCommit[str]) -> None:
        first = writer.submit_here("first")
        await asyncio.to_thread(disk.at_work.acquire)
        a, b, given_up, late = map(writer.submit_here, ("a", "b", "given up", "late"))
        given_up.cancel()
        disk.go_on()
        await first
        await asyncio.to_thread(disk.at_work.acquire)
        assert not any(future.done() for future in (a, b, late)), "their commit has not returned"
        late.cancel()  # too late: it is being written
        disk.go_on()
        await a
        with pytest.raises(ClaimLost):
            await b

    with writing(disk) as writer:
        asyncio.run(wait(writer))
    assert disk.groups == [["first"], ["a", "b", "late"]]


def test_a_loop_that_has_ended_hinders_nobody() -> None:
    disk = Disk()

    async def go_away(writer: GroupCommit[str]) -> None:
        writer.submit_here("first")
        await asyncio.to_thread(disk.at_work.acquire)

    with writing(disk) as writer:
        asyncio.run(go_away(writer))
        other = writer.submit("other")
        disk.go_on(2)
        other.result(60)
    assert disk.groups == [["first"], ["other"]]


def test_at_the_end_what_waits_is_written_and_no_more_is_taken() -> None:
    disk = Disk()
    with writing(disk) as writer:
        _, others = while_the_first_is_written(disk, writer, "a", "b")
    assert all(other.done() for other in others)
    assert disk.groups == [["first"], ["a", "b"]]
    with pytest.raises(LedgerError, match="closed"):
        writer.submit("too late")


def test_a_group_is_no_larger_than_a_statement_takes() -> None:
    disk = Disk()
    with writing(disk) as writer:
        _, others = while_the_first_is_written(disk, writer, *map(str, range(MAX_GROUP + 1)))
        disk.go_on(3)
        others[-1].result(60)
    assert [len(group) for group in disk.groups] == [1, MAX_GROUP, 1]
