"""Who holds a claim: this process, and how another one sees that it is dead."""

from __future__ import annotations

import os
import platform
import secrets
from pathlib import Path

_PROC = Path("/proc")


def token() -> str:
    """A name for this process that no other ever has."""
    return f"{platform.node()}-{os.getpid()}-{secrets.token_hex(8)}"[-80:]


def place() -> str:
    """Machine, process and the process's start, where the system tells them; else empty.

    The boot and the namespace belong to it: without them, two containers would mistake each other's
    processes for their own.
    """
    return _place(os.getpid())


def surely_dead(claimed_at: str) -> bool:
    """Whether the process at that place is known to have ended; False where that cannot be known.

    Then its lease decides. A claim is never taken from a process that may be alive.
    """
    here = place()
    if not claimed_at or not here:
        return False
    *where, process, _start = claimed_at.split("|")
    if where != here.split("|")[:-2]:
        return False
    return _place(int(process)) != claimed_at


def _place(process: int) -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        space = str((_PROC / "self/ns/pid").readlink())
        # The command's name may hold spaces and brackets: fields count from behind it.
        fields = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return "" if process == os.getpid() else "gone"
    if fields[0] in "ZX":
        return "gone"
    return "|".join((platform.node(), boot, space, str(process), fields[19]))
