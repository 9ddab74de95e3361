"""What is done at the same time ends together: nothing goes on behind an error."""

from __future__ import annotations

import asyncio

import pytest

from pipeline.concurrently import concurrently


def test_results_come_in_order() -> None:
    async def after(turns: int, result: str) -> str:
        for _ in range(turns):
            await asyncio.sleep(0)
        return result

    work = [after(3, "a"), after(1, "b"), after(0, "c")]
    assert asyncio.run(concurrently(work)) == ["a", "b", "c"]


def test_nothing_goes_on_behind_an_error() -> None:
    went_on, ended = [], []

    async def fail() -> None:
        raise LookupError("this one")

    async def go_on() -> None:
        try:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            went_on.append(True)
        finally:
            ended.append(True)

    async def run() -> list[None]:
        try:
            return await concurrently([go_on(), fail(), go_on()])
        finally:
            assert len(ended) == 2, "both were ended before the error came here"
            await asyncio.sleep(0.01)

    with pytest.raises(LookupError, match="this one"):
        asyncio.run(run())
    assert not went_on
