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
    UNKNOWN = "cannot be known"  # another user's file, a network share, another system


def writer(path: Path) -> Writer:
    """Look, without a trace. OSError where the file is gone or may not be opened at all."""
    if sys.platform == "linux":
        return _by_lease(path)
    if sys.platform == "win32":
        return _by_opening_alone(path)
    return Writer.UNKNOWN


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


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _SHARING_VIOLATION = 32
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateFileW.restype = wintypes.HANDLE
    _kernel.CreateFileW.argtypes = (
        wintypes.LPCWSTR,
        wintypes.DWORD,
        wintypes.DWORD,
        wintypes.LPVOID,
        wintypes.DWORD,
        wintypes.DWORD,
        wintypes.HANDLE,
    )
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)

    def _by_opening_alone(path: Path) -> Writer:
        """To open a file for nobody else fails while anybody has it open."""
        read, alone, existing, plain = 0x80000000, 0, 3, 0x80
        handle = _kernel.CreateFileW(str(path), read, alone, None, existing, plain, None)
        if handle != wintypes.HANDLE(-1).value:
            _kernel.CloseHandle(handle)
            return Writer.NONE
        if ctypes.get_last_error() == _SHARING_VIOLATION:
            return Writer.SEEN
        return Writer.UNKNOWN
