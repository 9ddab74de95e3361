"""How a stage is executed: here and now, or by the flows as a task of Prefect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pipeline.deliver.post import Delivery
from pipeline.model import Batch, Ending

_T = TypeVar("_T")
Step = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Executes a stage, which has a name."""
BatchSender = Callable[[Batch, Delivery], Awaitable[tuple[Ending, ...]]]
"""Sends a batch by another process."""


async def execute_here(_name: str, work: Callable[[], Awaitable[_T]]) -> _T:
    """Execute a stage here and now."""
    return await work()
