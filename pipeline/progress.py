"""Progress: how a run reports each stage to whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Something that is notified of each stage as it begins."""

    def stage(self, name: str, total: int | None) -> Callable[[], None]:
        """Begin a stage of ``total`` steps, None if unknown; call the result after each step."""
        ...


class _Quiet:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None) -> Callable[[], None]:
        """Begin a stage that is not shown."""
        return lambda: None


QUIET: Progress = _Quiet()
