"""Check the folders: writable, on one disk, with room on it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.doctor.diagnosis import Diagnosis, failed, ok, warning
from pipeline.inbox.place import Place
from pipeline.rights import GROUP, OTHERS, is_shared
from pipeline.settings import Settings

_MB = 1_000_000
_MIN_FREE_BYTES = 100 * _MB  # a run's reports and ledger
_COMFORTABLE_BYTES = 1000 * _MB  # a year's


def check_folders(settings: Settings) -> Iterator[Diagnosis]:
    """Check that papermarks can write in each of its folders."""
    unusable = [
        (folder, why)
        for folder in _all_folders(settings)
        if (why := _why_unusable(folder)) is not None
    ]
    for folder, why in unusable:
        to_do = "Give the user who runs papermarks the right to write there, or set PAPERMARKS_HOME"
        yield failed("folders", f"{folder} cannot be used: {why}.", f"{to_do} to another folder.")
    if not unusable:
        yield ok("folders", f"All in {settings.home} can be written, or made.")


def check_one_disk(settings: Settings) -> Iterator[Diagnosis]:
    """Check that all folders lie on one disk, so that a file moves at one stroke."""
    disks = {folder: _nearest_existing(folder).stat().st_dev for folder in _all_folders(settings)}
    strays = [folder for folder, disk in disks.items() if disk != disks[settings.home]]
    for folder in strays:
        sentence = (
            f"{folder} lies on another disk than {settings.home}: no file can be moved at a stroke."
        )
        yield failed("moving files", sentence, "Put both on one disk or share.")
    if not strays:
        yield ok("moving files", "All folders lie on one disk.")


def check_readers(settings: Settings) -> Iterator[Diagnosis]:
    """Check that others on this machine cannot look into the folders: marks lie there."""
    if os.name != "posix":
        return  # Windows has rights of another kind
    linked = (folder for folder in _all_folders(settings)[1:] if folder.is_symlink())
    wide = [folder for folder in (settings.home, *linked) if _who_else(folder)]
    for folder in wide:
        to_do = f"chmod 700 '{folder}'; or, for a group of the office: chmod 2770 '{folder}'"
        sentence = f"{_who_else(folder)} can look into {folder}, where marks and keycodes lie."
        yield warning("readers", sentence, to_do)
    if not wide:
        shared = " and its group" if is_shared(settings.home) else ""
        yield ok("readers", f"{settings.home} is for its owner{shared} alone.")


def _who_else(folder: Path) -> str:
    """Who else may look into it; "" where nobody may, or it is not there yet."""
    if not folder.is_dir():
        return ""
    mode = folder.stat().st_mode
    if mode & OTHERS:
        return "Others on this machine"
    return "Its group" if mode & GROUP and not is_shared(folder) else ""


def check_free_space(settings: Settings) -> Iterator[Diagnosis]:
    """Check that the disk has room: a full one stops a run."""
    yield diagnose_free_space(
        shutil.disk_usage(_nearest_existing(settings.home)).free, settings.home
    )


def diagnose_free_space(free_bytes: int, home: Path) -> Diagnosis:
    """Say whether this many free bytes are enough."""
    sentence = f"{free_bytes // _MB:,} MB are free where {home} is."
    if free_bytes < _MIN_FREE_BYTES:
        return failed("disk space", sentence, "Make room there: a run needs some for its ledger.")
    if free_bytes < _COMFORTABLE_BYTES:
        return warning("disk space", sentence, "Make room there before it stops a run.")
    return ok("disk space", sentence)


def _all_folders(settings: Settings) -> list[Path]:
    """All folders of an office, home first; the others may be links to elsewhere."""
    return [
        settings.home,
        *(settings.home / place for place in Place),
        settings.home / "working",
        settings.reports,
    ]


def _why_unusable(folder: Path) -> str | None:
    """Why nothing can be written there; None where it can, or the folder can be made."""
    existing = _nearest_existing(folder)
    if not existing.is_dir():
        return f"{existing.name} is a file" if existing == folder else f"{existing} is a file"
    if existing != folder:
        return (
            None if os.access(existing, os.W_OK | os.X_OK) else f"it cannot be made in {existing}"
        )
    try:
        with tempfile.TemporaryFile(dir=existing):
            return None
    except OSError as error:
        return error.strerror or type(error).__name__


def _nearest_existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    absolute = folder.absolute()
    return next(path for path in (absolute, *absolute.parents) if path.exists())
