"""Move files and folders on one file system, and never over another."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path, PurePath

from pipeline.inbox.names import numbered

_NAME_TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EISDIR}
_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def move_file(source: Path, target: Path) -> Path:
    """To that path, or with a number where there is something already. The path it got."""
    return _move_to_free_name(_rename_without_overwriting, source, target)


def move_folder(source: Path, target: Path) -> Path:
    """The same for a folder that is not empty: renaming never replaces one of those."""
    return _move_to_free_name(os.rename, source, target)


def make_folder(base: Path, below: PurePath) -> Path:
    """A folder below the base, which must be there; numbered where a file has its name."""
    folder = base
    for part in below.parts:
        folder = next(name for name in numbered(folder / part) if _make_folder(name))
    return folder


def finish_move(source: Path, *others: Path) -> bool:
    """Whether the file was under way when its mover died: then it stands in two places, and this
    one ends. ``others`` are the folders in which the other one is looked for.
    """
    if source.stat().st_nlink < 2 or not any(map(_is_in(source), others)):
        return False
    source.unlink()
    return True


def _move_to_free_name(move: Callable[[Path, Path], None], source: Path, target: Path) -> Path:
    for free in numbered(target):
        try:
            move(source, free)
        except OSError as error:
            if error.errno not in _NAME_TAKEN:
                raise
        else:
            return free
    raise AssertionError("there is always another number")


def _rename_without_overwriting(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "exists", str(target)) from error
        source.rename(target)
    else:
        source.unlink()


def _make_folder(path: Path) -> bool:
    """Whether it is a folder now; not so where a file has its name."""
    try:
        path.mkdir(exist_ok=True)
    except FileExistsError:
        return False
    return True


def _is_in(source: Path) -> Callable[[Path], bool]:
    wanted = source.stat()

    def is_in(folder: Path) -> bool:
        return any(
            os.path.samestat(path.lstat(), wanted) for path in folder.rglob("*") if path.is_file()
        )

    return is_in
