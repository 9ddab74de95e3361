"""Folders: there or can be made, writable, on one disk, with room on it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.doctor.diagnosis import Diagnosis, ill, odd, well
from pipeline.inbox.place import Place
from pipeline.settings import Settings

_MB = 1_000_000
_LEAST, _ENOUGH = 100 * _MB, 1000 * _MB  # bytes: a run's reports and ledger; a year's


def folders(ours: Settings) -> Iterator[Diagnosis]:
    """Whether papermarks can write in each of its folders."""
    wrong = [(folder, why) for folder in _all(ours) if (why := _unusable(folder)) is not None]
    for folder, why in wrong:
        to_do = "Give the user who runs papermarks the right to write there, or set PAPERMARKS_HOME"
        yield ill("folders", f"{folder} cannot be used: {why}.", f"{to_do} to another folder.")
    if not wrong:
        yield well("folders", f"All in {ours.home} can be written, or made.")


def one_disk(ours: Settings) -> Iterator[Diagnosis]:
    """Whether a file can be moved from folder to folder at one stroke."""
    disks = {folder: _there(folder).stat().st_dev for folder in _all(ours)}
    strays = [folder for folder, disk in disks.items() if disk != disks[ours.home]]
    for folder in strays:
        told = f"{folder} lies on another disk than {ours.home}: no file can be moved at a stroke."
        yield ill("moving files", told, "Put both on one disk or share.")
    if not strays:
        yield well("moving files", "All folders lie on one disk.")


def space(ours: Settings) -> Iterator[Diagnosis]:
    """Whether there is room: a full disk stops a run."""
    yield room(shutil.disk_usage(_there(ours.home)).free, ours.home)


def room(free: int, home: Path) -> Diagnosis:
    """Whether so many bytes are enough."""
    told = f"{free // _MB:,} MB are free where {home} is."
    if free < _LEAST:
        return ill("disk space", told, "Make room there: a run needs some for its ledger.")
    if free < _ENOUGH:
        return odd("disk space", told, "Make room there before it stops a run.")
    return well("disk space", told)


def _all(ours: Settings) -> list[Path]:
    """Home first; the others may be links to elsewhere."""
    return [ours.home, *(ours.home / place for place in Place), ours.home / "working", ours.reports]


def _unusable(folder: Path) -> str | None:
    """Why nothing can be written there; None where it can, or the folder can be made."""
    there = _there(folder)
    if not there.is_dir():
        return f"{there.name} is a file" if there == folder else f"{there} is a file"
    if there != folder:
        return None if os.access(there, os.W_OK | os.X_OK) else f"it cannot be made in {there}"
    try:
        with tempfile.TemporaryFile(dir=there):
            return None
    except OSError as error:
        return error.strerror or type(error).__name__


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    absolute = folder.absolute()
    return next(each for each in (absolute, *absolute.parents) if each.exists())
