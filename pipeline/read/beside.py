"""The names of what lies beside a source file: its own, with an ending."""

from __future__ import annotations

import hashlib
import os

_MOST_BYTES = 255  # of a file's name, on every usual file system
_FOR_A_NUMBER = 10  # bytes that stay free, for the number of a second one
_DIGITS = 8


def fitting(name: str, ending: str) -> str:
    """The name with the ending behind it.

    One that would be too long is cut, and tells names apart that begin alike by some digits.
    """
    most = _MOST_BYTES - _FOR_A_NUMBER - len(ending.encode())
    encoded = os.fsencode(name)
    if len(encoded) <= most:
        return name + ending
    digits = hashlib.sha256(encoded).hexdigest()[:_DIGITS]
    return f"{encoded[: most - _DIGITS - 1].decode(errors='ignore')}~{digits}{ending}"
