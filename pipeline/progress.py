"""How a run tells what it is doing, to whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Told of each stage as it begins."""

    def stage(self, name: str, total: int | None) -> Callable[[], None]:
        """A stage begins, of so many steps if known; call the result after each step."""
        ...


class _Quiet:
    """Tells nobody."""

    def stage(self, name: str, total: int | None) -> Callable[[], None]:
        """Take note of nothing."""
        return lambda: None


QUIET: Progress = _Quiet()
