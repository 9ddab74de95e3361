"""The drop folder: what lies in it, and the claim of one process on one file."""

from __future__ import annotations

import datetime as dt
import errno
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath

from pipeline.inbox.claimed_file import ClaimedFile
from pipeline.inbox.lock import Lock, acquire
from pipeline.inbox.moving import finish_move, move_file
from pipeline.inbox.names import is_report
from pipeline.inbox.place import Place
from pipeline.inbox.settling import InboxScan, Settling, stamp_of
from pipeline.inbox.together import Together, together
from pipeline.inbox.writers import Writer, find_writer


class Inbox:
    """``home/inbox``, seen by one process; any number of them share it."""

    def __init__(
        self, home: Path, settle: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``settle``: seconds for which a file must lie unchanged before it is claimed."""
        self._home = home
        self.folder = home / Place.INBOX
        self.working = home / "working"
        self._settling = Settling(self.folder, settle, clock)
        self._together: dict[PurePath, Together] = {}

    def prepare(self) -> None:
        """Make the folders that are missing, so that a person sees where to drop and to look."""
        for folder in (self.working, *(self._home / place for place in Place)):
            folder.mkdir(parents=True, exist_ok=True)

    def problem(self) -> str | None:
        """What keeps files from being taken, in a sentence; None where nothing does."""
        if not self.folder.is_dir():
            return f"there is no folder {self.folder}"
        if self.folder.stat().st_dev != self.working.stat().st_dev:
            return (
                f"{self.folder} and {self.working} are on different file systems, so no file can "
                "be moved whole from one to the other; put PAPERMARKS_HOME where the inbox is"
            )
        for folder in (self.folder, self.working):
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                return f"{folder} may not be written to by the user that papermarks runs as"
        return None

    def scan(self) -> InboxScan:
        """What has settled, and what has not yet. OSError where the folder is away.

        What goes along with another file is not told of; all of them settle together.
        """
        scan = self._settling.scan()
        files = (*scan.settled, *scan.moving)
        self._together = together(self.folder, self._home / "reports", files, scan.ignored)
        unsettled = {path.parent for path in scan.moving}
        kept = {
            path: why
            for path, why in scan.ignored.items()
            if not any(path in each.made or path in each.along for each in self._together.values())
        }
        return replace(
            scan,
            settled=tuple(path for path in scan.settled if self._may_be_taken(path, unsettled)),
            moving=(*scan.moving, *(p for p in scan.settled if self._must_wait(p, unsettled))),
            ignored=kept,
        )

    def _may_be_taken(self, path: PurePath, unsettled: set[PurePath]) -> bool:
        return path in self._together and not self._must_wait(path, unsettled)

    def _must_wait(self, path: PurePath, unsettled: set[PurePath]) -> bool:
        """Whether it comes with files that are not all there yet."""
        together = self._together.get(path)
        comes_alone = together is None or not (together.along or together.made)
        return not comes_alone and path.parent in unsettled

    def claim(self, path: PurePath) -> ClaimedFile | None:
        """Claim what the last scan found settled; None where it is gone, or has changed since.

        OSError where it cannot be moved at all: another file system, or no right to.
        """
        if not self._is_as_it_was(path, self.folder / path):
            return None
        folder = self.working / f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        folder.mkdir()
        lock = acquire(folder)
        if lock is None:
            return None
        group = self._together.get(path, Together(path, path))
        name = group.name
        held = folder / name / path.name
        try:
            held.parent.mkdir(parents=True)
            (self.folder / path).rename(held)
        except OSError as error:
            lock.remove()
            if error.errno == errno.ENOENT:
                return None
            raise
        claimed = ClaimedFile(home=self._home, name=name, path=held, lock=lock)
        if self._is_as_it_was(path, held):  # what we moved may have been put there just now
            self._take_along(group, held.parent)
            return claimed
        claimed.file_away(Place.INBOX)
        return None

    def _take_along(self, group: Together, folder: Path) -> None:
        """What comes with a file goes where it goes; copies of ours are not kept."""
        for path in group.along:
            with suppress(OSError):  # gone meanwhile
                (self.folder / path).rename(folder / path.name)
        for path in group.made:
            with suppress(OSError):
                (self.folder / path).unlink()
        if group.path.parent != group.name.parent:
            with suppress(OSError):  # something is left in it
                (self.folder / group.path.parent).rmdir()

    def abandoned(self) -> Iterator[ClaimedFile]:
        """Claim what processes that died left in working/, and tidy what they left of it."""
        for folder in sorted(path for path in self.working.iterdir() if path.is_dir()):
            lock = acquire(folder)
            if lock is not None and (claimed := self._claim_in(folder, lock)) is not None:
                yield claimed

    def _claim_in(self, folder: Path, lock: Lock) -> ClaimedFile | None:
        """What is in a folder whose holder died; None where nothing is left to do."""
        try:
            path = _file_in(folder)
            if path is not None and not finish_move(path, self.folder, self._home / Place.DONE):
                name = path.parent.relative_to(folder)
                return ClaimedFile(home=self._home, name=name, path=path, lock=lock)
        except BaseException:
            lock.release()
            raise
        for left in _files_in(folder):  # it came with a file that is filed away already
            move_file(left, self.folder / left.name)
        lock.remove()
        return None

    def _is_as_it_was(self, path: PurePath, now: Path) -> bool:
        try:
            same = stamp_of(now) == self._settling.stamp(path)
            return same and find_writer(now) is not Writer.SEEN
        except FileNotFoundError:
            return False


def _files_in(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return [path for path in files if not is_report(path.name)]


def _file_in(folder: Path) -> Path | None:
    """The claimed file: the one in a folder of its own name."""
    alike = (path for path in folder.rglob("*") if path.name == path.parent.name)
    return next((path for path in alike if not path.is_dir()), None)
