"""A file that was taken: nobody else works on it, until it is put away or its holder dies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from pipeline.errors import SourceUnreadable
from pipeline.inbox.lock import Lock
from pipeline.inbox.moving import make_folder, move_file, move_folder
from pipeline.inbox.names import NOTE, REPORTS
from pipeline.inbox.place import Place
from pipeline.inbox.writers import Writer, writer
from pipeline.read import identify

_NOTHING: Mapping[str, bytes] = {}


@dataclass(frozen=True)
class Put:
    """Where a file was put."""

    place: Place
    path: Path  # of the file itself


class Taken:
    """One file in ``working/<id>/<its path in the inbox>/``, in a folder of its own name."""

    def __init__(self, home: Path, name: PurePath, path: Path, lock: Lock) -> None:
        """Hold the file; ``name`` is its path in the inbox, ``path`` where it is now."""
        self.name = name
        self.path = path
        self.deaths = lock.deaths  # of those that held it before
        self.home = home
        self._lock = lock
        self._sha256 = _sha256(path)

    def put_away(self, place: Place, beside: Mapping[str, bytes] = _NOTHING) -> Put:
        """Move it to its place; where a person must look, with the files ``beside`` it, by name.

        A file that somebody wrote to after it was taken goes back, whatever its run said of what
        it was. OSError where it cannot be moved: then it stays in working/, to be taken up again.
        """
        try:
            if self._changed():
                place = Place.INBOX
            reported = place in (Place.ATTENTION, Place.REJECTED)
            path = self._with_reports(place, beside) if reported else self._alone(place)
        except BaseException:
            self.release()
            raise
        self._lock.remove()
        return Put(place, path)

    def release(self) -> None:
        """Leave it in working/ for whoever takes it up."""
        self._lock.release()

    def _alone(self, place: Place) -> Path:
        for name in (*REPORTS, NOTE):  # copies for a person, by a holder that died
            (self._own_folder / name).unlink(missing_ok=True)
        base = self.home / place
        if place is Place.DONE:
            base /= f"{dt.datetime.now().astimezone():%Y-%m-%d}"
            base.mkdir(parents=True, exist_ok=True)
        return move_file(self.path, make_folder(base, self.name.parent) / self.name.name)

    def _with_reports(self, place: Place, beside: Mapping[str, bytes]) -> Path:
        """The folder is made ready here and moved as one: no report without its file."""
        for name, content in beside.items():
            (self._own_folder / name).write_bytes(content)
        base = self.home / place
        base.mkdir(parents=True, exist_ok=True)
        target = make_folder(base, self.name.parent) / self.name.name
        return move_folder(self._own_folder, target) / self.name.name

    def _changed(self) -> bool:
        return writer(self.path) is Writer.SEEN or _sha256(self.path) != self._sha256

    @property
    def _own_folder(self) -> Path:
        return self.path.parent


def _sha256(path: Path) -> str:
    try:
        return identify(path).sha256
    except SourceUnreadable:
        return ""
