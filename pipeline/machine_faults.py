"""What is wrong with this machine, and what to do, for the errors that the operating system gives.

explain(OSError(errno.ENOSPC, "…", "reports/x"))   # "The disk is full (reports/x). Make room …"
"""

from __future__ import annotations

import errno
import os

_FULL = "The disk is full", "Make room on it, then start again"
_READ_ONLY = (
    "Nothing can be written to this disk: it is read-only",
    "Ask who looks after this machine; a disk with errors often turns so by itself",
)
_NO_RIGHT = (
    "This user has not the right to use it",
    "Give the user who runs papermarks the right to read and write there",
)
_NO_HANDLES = (
    "Too many files are open on this machine",
    "End programs that are not needed, or let it have more open files (ulimit -n, LimitNOFILE)",
)
_NO_MEMORY = "This machine has no memory left", "End programs that are not needed, then start again"
_NO_THREADS = (
    "This machine starts no more programs and threads",
    "End programs that are not needed, or let it have more of them (ulimit -u, TasksMax) or more "
    "memory",
)
_BROKEN = (
    "The disk does not read or write",
    "Ask who looks after this machine: the disk or the share may be broken",
)
_AWAY = "The share is away", "Look whether the network and the share are there, then start again"

_BY_NUMBER = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: ("This user may keep no more on this disk (quota)", _FULL[1]),
    errno.EFBIG: ("A file may not grow any more (a limit on its size)", _FULL[1]),
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EMFILE: _NO_HANDLES,
    errno.ENFILE: _NO_HANDLES,
    errno.ENOMEM: _NO_MEMORY,
    errno.EAGAIN: _NO_THREADS,
    errno.EIO: _BROKEN,
    errno.ESTALE: _AWAY,
    errno.ENOTCONN: _AWAY,
    errno.EHOSTDOWN: _AWAY,
}
_PASSING = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN}


def system_error(error: BaseException) -> OSError | None:
    """What the operating system said: itself, or what Python makes an error of its own of."""
    if isinstance(error, OSError):
        return error
    if isinstance(error, MemoryError):
        return OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        return OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return None


def explain(error: OSError) -> str:
    """What is wrong, where, and what to do, in two sentences without the last full stop."""
    where = f" ({os.fsdecode(error.filename)})" if error.filename is not None else ""
    known = _BY_NUMBER.get(error.errno or 0)
    if known is None:
        return f"{error.strerror or type(error).__name__}{where}"
    what, to_do = known
    return f"{what}{where}. {to_do}"


def is_known(error: OSError) -> bool:
    """Whether it is a fault of the machine that a person can mend, and no defect of ours."""
    return error.errno in _BY_NUMBER


def is_of_the_machine(error: OSError) -> bool:
    """Whether it says nothing of the file that was asked for: another one would fare the same."""
    return error.errno in _PASSING
