"""Who runs papermarks, and where: the account and the machine, as records name them."""

from __future__ import annotations

import getpass
import os
import platform


def user_name() -> str:
    """The account of this process; its number where it has no name, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def host_name() -> str:
    """The name of this machine."""
    return platform.node() or "unknown"
