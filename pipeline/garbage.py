"""How often Python looks for circular garbage."""

from __future__ import annotations

import gc

_NEW, _YOUNG, _MIDDLE = 20_000, 20, 50  # Python's own: 700, 10, 10


def collect_rarely() -> None:
    """A run makes many objects that stay until its report, and next to no circles.

    Looked at as often as Python does by itself, they cost a tenth of what it takes to send them.
    """
    gc.set_threshold(_NEW, _YOUNG, _MIDDLE)


def collect_no_more() -> None:
    """At the end of a process: the system takes the memory back as it is.

    Python would look through all of it for circles once more: a fifth of a second after a short
    command, longer after a large file.
    """
    gc.freeze()
