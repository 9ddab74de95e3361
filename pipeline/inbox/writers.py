"""Whether somebody still has a file open to write in it, where the system can tell."""

from __future__ import annotations

import errno
import os
import signal
import sys
from enum import Enum
from pathlib import Path


class Writer(Enum):
    """What the system tells."""

    NONE = "nobody writes"
    SEEN = "somebody has it open"
    UNKNOWN = "cannot be known"  # another user's file, a network share, another system than Linux


def find_writer(path: Path) -> Writer:
    """Look, without a trace. OSError where the file is gone or may not be opened at all."""
    return _by_lease(path) if sys.platform == "linux" else Writer.UNKNOWN


if sys.platform == "linux":
    import fcntl

    def _by_lease(path: Path) -> Writer:
        """A read lease is granted only where nobody has the file open for writing."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except PermissionError:
            return Writer.UNKNOWN
        try:
            # Whoever opens the file at this very moment breaks the lease, which is told by a
            # signal: by one that does nothing, since the usual one would end this process.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return Writer.SEEN if error.errno == errno.EAGAIN else Writer.UNKNOWN
        finally:
            os.close(descriptor)
        return Writer.NONE
