"""Do things at the same time, and leave nothing running behind."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

_T = TypeVar("_T")


async def concurrently(work: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
    """All results, in order. Where one raises, the others are ended before it is raised here.

    ``asyncio.gather`` would let them go on: they would send while the client and the ledger close.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
