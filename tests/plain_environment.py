"""The environment of a command that a test starts: none of ours, none of the user's."""

from __future__ import annotations

import os
from collections.abc import Mapping

_KEPT = ("PATH", "LANG")


def plain_environment(**more: str) -> dict[str, str]:
    """Where programs and their language are found, with ``more`` beside.

    What coverage hands to new processes stays too, so that what they execute is counted.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or name.startswith("COVERAGE_")
    }
    return kept | more


def uncounted(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process of which coverage counts nothing.

    For one that executes none of our code; and for one that is interrupted: where Ctrl-C comes
    while coverage has its lock, the lock is never given back, and the process waits for ever.
    """
    return {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}
