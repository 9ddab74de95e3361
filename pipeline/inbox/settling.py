"""When a dropped file is whole: it has not changed for a while, and nobody writes in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from pipeline.inbox.names import ignored
from pipeline.inbox.writers import Writer, writer

DOUBT = 10
"""How many times longer a file must lie still that is empty, or of which it cannot be known whether
somebody has it open: many programs make the name first, and a share may be slow."""

Stamp = tuple[int, int, int, int]  # size in bytes, time of change in ns, inode, device


@dataclass(frozen=True)
class Look:
    """What lies in the drop folder at one moment. Paths are relative to it."""

    settled: tuple[PurePath, ...] = ()  # the oldest first
    moving: tuple[PurePath, ...] = ()  # not settled yet
    left: Mapping[PurePath, str] = field(default_factory=dict)  # never taken, and why
    due: float | None = None  # seconds until one of the moving may have settled


class Settling:
    """Remembers how long each file has been as it is."""

    def __init__(self, folder: Path, span: float, clock: Callable[[], float]) -> None:
        """``span`` in seconds; a file counts as new when it is seen for the first time."""
        self._folder = folder
        self._span = span
        self._clock = clock
        self._since: dict[PurePath, tuple[Stamp, float]] = {}

    def look(self) -> Look:
        """Look once. OSError where the folder itself cannot be listed."""
        left: dict[PurePath, str] = {}
        before, now = self._since, self._clock()
        self._since = {}
        for path, stamp in _files(self._folder, PurePath(), left):
            known = before.get(path)
            self._since[path] = known if known and known[0] == stamp else (stamp, now)
        waits = {path: self._wait(path, now) for path in self._since}
        moving = {path: wait for path, wait in waits.items() if wait > 0}
        return Look(
            settled=tuple(sorted(self._since.keys() - moving.keys(), key=self._age)),
            moving=tuple(sorted(moving)),
            left=left,
            due=min(moving.values(), default=None),
        )

    def stamp(self, path: PurePath) -> Stamp:
        """What the file looked like when it was last looked at."""
        return self._since[path][0]

    def _age(self, path: PurePath) -> tuple[int, PurePath]:
        return self._since[path][0][1], path

    def _wait(self, path: PurePath, now: float) -> float:
        """Seconds until it may have settled; 0 where it has."""
        (size, *_), since = stamp, _ = self._since[path]
        left = since + self._span - now
        if size:
            if left > 0:
                return left
            found = _writer(self._folder / path)
            if found is Writer.NONE:
                return 0.0
            if found is Writer.SEEN:  # it must lie still once more when it is let go
                self._since[path] = (stamp, now)
                return self._span
        return max(left + self._span * (DOUBT - 1), 0.0)


def stamp_of(path: Path) -> Stamp:
    """What can be seen of a file from outside. OSError where it is gone."""
    seen = path.lstat()  # not from the folder's listing: on Windows that is late
    return seen.st_size, seen.st_mtime_ns, seen.st_ino, seen.st_dev


def _writer(path: Path) -> Writer:
    try:
        return writer(path)
    except OSError:  # gone meanwhile: then it cannot be taken either
        return Writer.UNKNOWN


def _files(
    folder: Path, below: PurePath, left: dict[PurePath, str]
) -> Iterator[tuple[PurePath, Stamp]]:
    with os.scandir(folder / below) as entries:
        listed = [PurePath(below, entry.name) for entry in entries]
    for path in listed:
        try:
            mode = (folder / path).lstat().st_mode
            if ignored(path.name):
                left[path] = "its name is one of a temporary file, or of a report of ours"
            elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                left[path] = "it is a link, or no ordinary file"
            elif stat.S_ISREG(mode):
                yield path, stamp_of(folder / path)
            else:
                yield from _files(folder, path, left)
        except FileNotFoundError:
            continue  # gone while we looked
        except OSError as error:
            left[path] = error.strerror or type(error).__name__
