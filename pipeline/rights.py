"""Who may read what papermarks writes: its owner, and a group where the office has set one.

The office sets it as it is usual for a shared folder, on the home folder: ``chgrp office
~/papermarks; chmod 2770 ~/papermarks``. Folders that are made in it then are of that group too.
Windows has rights of another kind: there a user's folder is that user's.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

OTHERS = stat.S_IRWXO
GROUP = stat.S_IRWXG


def restrict(home: Path) -> None:
    """From now on nothing that this process or its children make is for anybody else."""
    os.umask(OTHERS if is_shared(home) else OTHERS | GROUP)


def is_shared(folder: Path) -> bool:
    """Whether what is made in the folder is for its group; as of the nearest folder that is there.

    A group that could read nothing in there is none.
    """
    there = next((path for path in (folder, *folder.parents) if path.is_dir()), None)
    if os.name != "posix" or there is None:
        return False
    mode = there.stat().st_mode
    return bool(mode & stat.S_ISGID and mode & stat.S_IXGRP)


def file_mode(folder: Path) -> int:
    """The rights of a file in the folder that was made under another name first."""
    return 0o660 if is_shared(folder) else 0o600
