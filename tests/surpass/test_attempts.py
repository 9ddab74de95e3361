"""A POST is announced before it leaves; one that never left has changed nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pipeline.errors import (
    SurpassError,
    Unreachable,
)
from pipeline.surpass import Surpass
from tests.serving import DONE, access, asked, reply, saying
from tests.surpass.answers import CODE, TAKEN
from tests.surpass.changes import CHANGES, POSTS


@pytest.mark.parametrize("tries", [1, 4])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_never_left_needs_no_reading(change: str, tries: int) -> None:
    """And it is no doubt: whoever is not reached has taken nothing."""
    with saying() as server:
        gone = access(server.url, max_attempts=tries)
    with pytest.raises(Unreachable) as caught:
        asked(gone, CHANGES[change][1])
    assert caught.value.not_taken


@pytest.mark.parametrize("change", POSTS)
def test_a_post_that_never_left_is_tried_again(change: str) -> None:
    """Where the connection is there at the next try, it is taken; nothing was read for it."""
    tries = 0

    @asynccontextmanager
    async def away_at_first() -> AsyncIterator[None]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Unreachable("no turn yet")
        yield

    async def call() -> None:
        async with Surpass(access(server.url), pace=away_at_first) as surpass:
            await CHANGES[change][1](surpass)

    with saying(TAKEN) as server:
        asyncio.run(call())
        assert server.methods == ["POST"]
    assert tries == 2


def test_a_post_is_announced_when_its_turn_has_come() -> None:
    """Or a run that is killed after a long wait would seem to have sent it long ago."""
    story: list[str] = []

    @asynccontextmanager
    async def happens(what: str) -> AsyncIterator[None]:
        story.append(f"{what}, {len(server.requests)} asked")
        yield

    async def call() -> None:
        async with Surpass(access(server.url), pace=lambda: happens("turn")) as surpass:
            await surpass.assign_item_marks(CODE, [("1", 1)], DONE, lambda: happens("announced"))

    with saying(TAKEN) as server:
        asyncio.run(call())
    assert story == ["turn, 0 asked", "announced, 0 asked"]


def test_each_post_is_announced_before_it_leaves_and_told_its_end() -> None:
    story: list[str] = []

    @asynccontextmanager
    async def attempt() -> AsyncIterator[None]:
        number = 1 + sum("begins" in line for line in story)
        story.append(f"{number} begins, {len(server.requests)} asked")
        try:
            yield
        except SurpassError as error:
            story.append(f"{number} {type(error).__name__}")
            raise
        story.append(f"{number} answered, {len(server.requests)} asked")

    with saying(reply("", 429), reply("", 503, Retry_After="0"), TAKEN) as server:
        asked(
            access(server.url),
            lambda surpass: surpass.assign_item_marks(CODE, [("1", 3)], DONE, attempt),
        )
    assert story == [
        "1 begins, 0 asked",
        "1 Throttled",
        "2 begins, 1 asked",
        "2 Unavailable",
        "3 begins, 2 asked",
        "3 answered, 3 asked",
    ]


def test_where_it_cannot_be_announced_nothing_leaves() -> None:
    @asynccontextmanager
    async def attempt() -> AsyncIterator[None]:
        raise OSError("the disk is full")
        yield

    with saying(TAKEN) as server:
        with pytest.raises(OSError, match="full"):
            asked(
                access(server.url),
                lambda surpass: surpass.assign_item_responses(CODE, [("1", "A")], attempt=attempt),
            )
        assert server.requests == []
