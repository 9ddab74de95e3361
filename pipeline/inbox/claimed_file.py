"""A file that was claimed: nobody else works on it, until it is filed away or its holder dies."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from pipeline.errors import SourceUnreadable
from pipeline.inbox.lock import Lock
from pipeline.inbox.moving import make_folder, move_file, move_folder
from pipeline.inbox.names import NOTE, RECEIPT, REPORTS
from pipeline.inbox.place import Place
from pipeline.inbox.writers import Writer, find_writer
from pipeline.read import identify
from pipeline.read.beside import fitting
from pipeline.read.returned_record import returned_name
from pipeline.read.slip import ENDING as SLIP

_NO_REPORTS: Mapping[str, bytes] = {}


@dataclass(frozen=True)
class FiledAt:
    """Where a file was filed away."""

    place: Place
    path: Path  # of the file itself


class ClaimedFile:
    """One file in ``working/<id>/<its path in the inbox>/``, in a folder of its own name."""

    def __init__(self, *, home: Path, name: PurePath, path: Path, lock: Lock) -> None:
        """Hold the file; ``name`` is its path in the inbox, ``path`` where it is now."""
        self.name = name
        self.path = path
        self.crashes = lock.crashes  # of those that held it before
        self.home = home
        self._lock = lock
        self._stamp = _stamp(path)

    def file_away(
        self,
        place: Place,
        reports: Mapping[str, bytes] = _NO_REPORTS,
        *,
        sha256: str | None = None,
        receipt: str = "",
    ) -> FiledAt:
        """Move it to its place; where a person must look, with the ``reports`` beside it, by name.

        A file that somebody wrote to after it was claimed goes back, whatever its run said of what
        it was. ``sha256`` is of the bytes that the run read, if it read any. In done/ the
        ``receipt`` lies beside it. OSError where it
        cannot be moved: then it stays in working/, to be taken up again.
        """
        try:
            if self._changed(sha256):
                place = Place.INBOX
            reported = place in (Place.ATTENTION, Place.REJECTED)
            path = self._move_with_reports(place, reports) if reported else self._move_alone(place)
            if place is Place.DONE and receipt:
                path.with_name(fitting(path.name, RECEIPT)).write_text(receipt, "utf-8")
        except BaseException:
            self.release()
            raise
        self._lock.remove()
        return FiledAt(place, path)

    def release(self) -> None:
        """Leave it in working/ for whoever takes it up."""
        self._lock.release()

    def _move_alone(self, place: Place) -> Path:
        for name in (*REPORTS, NOTE, returned_name(self.path.name)):  # of a holder that died
            (self._folder / name).unlink(missing_ok=True)
        base = self.home / place
        if place is Place.DONE:
            base /= f"{dt.datetime.now().astimezone():%Y-%m-%d}"
            base.mkdir(parents=True, exist_ok=True)
        folder = make_folder(base, self.name.parent)
        slip = self._folder / f"{self.path.name}{SLIP}"
        for path in sorted(self._folder.iterdir()):  # what came with it
            if path not in (self.path, slip) and path.is_file():
                move_file(path, folder / path.name)
        moved = move_file(self.path, folder / self.name.name)
        if os.path.lexists(slip):  # not so where no file can have so long a name
            move_file(slip, folder / f"{moved.name}{SLIP}")
        return moved

    def _move_with_reports(self, place: Place, reports: Mapping[str, bytes]) -> Path:
        """The folder is made ready here and moved as one: no report without its file."""
        for name, content in reports.items():
            (self._folder / name).write_bytes(content)
        base = self.home / place
        base.mkdir(parents=True, exist_ok=True)
        target = make_folder(base, self.name.parent) / self.name.name
        return move_folder(self._folder, target) / self.name.name

    def _changed(self, sha256: str | None) -> bool:
        """Whether somebody wrote to it, or still may.

        It is read again only where the system says that something about it changed, which may be
        no more than a mark that a virus scanner left.
        """
        if find_writer(self.path) is Writer.SEEN:
            return True
        return _stamp(self.path) != self._stamp and _sha256(self.path) != sha256

    @property
    def _folder(self) -> Path:
        return self.path.parent


def _sha256(path: Path) -> str:
    try:
        return identify(path).sha256
    except SourceUnreadable:
        return ""


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes when somebody writes to a file, even where its time is set back afterwards."""
    status = path.lstat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev
