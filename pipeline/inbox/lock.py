"""A lock on a folder that its owner's death sets free, whatever it dies of.

The operating system holds it, so that another process, also on another machine of a share, sees
whether what lies in the folder is being worked on or was left behind.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from pipeline.errors import InputError

_NAME = ".lock"


class Lock:
    """A folder's lock, held until it is released."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        """Use `acquire`."""
        self._folder = folder
        self._descriptor = descriptor
        self._held = True
        os.write(descriptor, b".")
        self.crashes = os.fstat(descriptor).st_size - 1  # owners that did not release it

    def release(self) -> None:
        """Let go, once; what is left in the folder is there for whoever comes."""
        if self._held:
            os.ftruncate(self._descriptor, 0)
            self._close()

    def remove(self) -> None:
        """Let go, and remove the folder if nothing is left in it."""
        for below, _, _ in os.walk(self._folder, topdown=False):
            with suppress(OSError):  # not empty, or gone
                if Path(below) == self._folder:
                    (self._folder / _NAME).unlink()
                Path(below).rmdir()
        if self._held:
            self._close()  # last: who opened the lock meanwhile must find that it is gone

    def _close(self) -> None:
        self._held = False
        os.close(self._descriptor)


def acquire(folder: Path) -> Lock | None:
    """The folder's lock; None where another process has it, or the folder is gone."""
    try:
        descriptor = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return None
    if _try_lock(descriptor) and _is_still_there(descriptor, folder / _NAME):
        return Lock(folder, descriptor)
    os.close(descriptor)
    return None


def _try_lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError as error:  # as on Windows; what needs no lock works there
        raise InputError("the drop folder works on Linux and macOS; on Windows, use WSL") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_still_there(descriptor: int, path: Path) -> bool:
    """Not so where its last owner removed it between our opening and our locking."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False
