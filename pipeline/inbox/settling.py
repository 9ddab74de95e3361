"""When a dropped file is whole: it has not changed for a while, and nobody writes in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from pipeline.inbox.names import is_ignored, is_slip
from pipeline.inbox.writers import Writer, find_writer

UNCERTAIN_FACTOR = 10
"""How many times longer a file must lie still that is empty, or of which it cannot be known whether
somebody has it open: many programs make the name first, and a share may be slow."""

_DEEPEST = 30  # folders within folders; a path that is longer than a system takes stops here too

Stamp = tuple[int, int, int, int]  # size in bytes, time of change in ns, inode, device


@dataclass(frozen=True)
class InboxScan:
    """What lies in the drop folder at one moment. Paths are relative to it."""

    settled: tuple[PurePath, ...] = ()  # the oldest first
    moving: tuple[PurePath, ...] = ()  # not settled yet
    ignored: Mapping[PurePath, str] = field(default_factory=dict)  # never claimed, and why
    due_s: float | None = None  # seconds until one of the moving may have settled


class Settling:
    """Remembers how long each file has been as it is."""

    def __init__(self, folder: Path, settle_s: float, clock: Callable[[], float]) -> None:
        """``settle_s``: for how long a file must lie unchanged, counted from its first scan."""
        self._folder = folder
        self._settle_s = settle_s
        self._clock = clock
        self._since: dict[PurePath, tuple[Stamp, float]] = {}

    def scan(self) -> InboxScan:
        """Scan once. OSError where the folder itself cannot be listed."""
        ignored: dict[PurePath, str] = {}
        before, now = self._since, self._clock()
        self._since = {}
        for path, stamp in _files(self._folder, PurePath(), ignored):
            known = before.get(path)
            self._since[path] = known if known and known[0] == stamp else (stamp, now)
        waits = {path: self._wait(path, now) for path in self._since}
        moving = {path: wait for path, wait in waits.items() if wait > 0}
        return InboxScan(
            settled=tuple(sorted(self._since.keys() - moving.keys(), key=self._age)),
            moving=tuple(sorted(moving)),
            ignored=ignored,
            due_s=min(moving.values(), default=None),
        )

    def stamp(self, path: PurePath) -> Stamp:
        """What the file looked like when it was last looked at."""
        return self._since[path][0]

    def _age(self, path: PurePath) -> tuple[int, PurePath]:
        return self._since[path][0][1], path

    def _wait(self, path: PurePath, now: float) -> float:
        """Seconds until it may have settled; 0 where it has."""
        (size, *_), since = stamp, _ = self._since[path]
        remaining_s = since + self._settle_s - now
        if size:
            if remaining_s > 0:
                return remaining_s
            found = _find_writer(self._folder / path)
            if found is Writer.NONE:
                return 0.0
            if found is Writer.SEEN:  # it must lie still once more when it is let go
                self._since[path] = (stamp, now)
                return self._settle_s
        return max(remaining_s + self._settle_s * (UNCERTAIN_FACTOR - 1), 0.0)


def stamp_of(path: Path) -> Stamp:
    """What can be seen of a file from outside. OSError where it is gone."""
    status = path.lstat()
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev


def _find_writer(path: Path) -> Writer:
    try:
        return find_writer(path)
    except OSError:  # gone meanwhile: then it cannot be claimed either
        return Writer.UNKNOWN


def _files(
    folder: Path, below: PurePath, ignored: dict[PurePath, str], depth: int = 0
) -> Iterator[tuple[PurePath, Stamp]]:
    with os.scandir(folder / below) as entries:
        listed = [PurePath(below, entry.name) for entry in entries]
    for path in listed:
        try:
            mode = (folder / path).lstat().st_mode
            if is_slip(path.name):
                ignored[path] = "it is the slip of a file, and waits for that"
            elif is_ignored(path.name):
                ignored[path] = "its name is one of a temporary file, or of a report of ours"
            elif not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                ignored[path] = "it is a link, or no ordinary file"
            elif stat.S_ISREG(mode):
                yield path, stamp_of(folder / path)
            elif depth >= _DEEPEST:
                ignored[path] = f"it lies more than {_DEEPEST} folders deep"
            else:
                yield from _files(folder, path, ignored, depth + 1)
        except FileNotFoundError:
            continue  # gone while we looked
        except OSError as error:
            ignored[path] = error.strerror or type(error).__name__
