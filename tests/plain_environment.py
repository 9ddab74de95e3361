"""The environment of a command that a test starts: none of ours, none of the user's."""

from __future__ import annotations

import os

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
