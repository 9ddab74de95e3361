"""Empty attention/ by itself: a folder goes to done/ once later files have settled its sessions."""

from __future__ import annotations

import datetime as dt
from pathlib import Path, PurePath

from flows.log import Log
from pipeline.errors import LedgerError, SourceUnreadable
from pipeline.inbox.attention import (
    Waiting,
    below_place,
    errors_are_of_sessions,
    move_to_done,
    waiting,
)
from pipeline.inbox.names import printable
from pipeline.inbox.receipt import receipt
from pipeline.ledger import Ledger, open_ledger
from pipeline.read import identify
from pipeline.report.settled_since import say_settled
from pipeline.settings import Settings

_NOTE = "It waited in attention/. Later files settled all that was left of it."
_Stamp = tuple[int, int, int]


class SettledFolders:
    """Looks at what waits in attention/, and moves what is settled."""

    def __init__(self, settings: Settings, log: Log) -> None:
        """Nothing is looked at before it is asked for."""
        self._settings = settings
        self._log = log
        self._digests: dict[Path, tuple[_Stamp, str]] = {}
        self._all_of_sessions: dict[str, bool] = {}  # by run, which is over

    def move(self) -> list[Path]:
        """Move what is settled, and say so. What cannot be moved now is tried the next time."""
        try:
            found = [(each, self._sha256(each.file)) for each in waiting(self._settings.home)]
            if not found:
                return []
            with open_ledger(self._settings) as ledger:
                return [
                    path
                    for each, sha256 in found
                    if sha256 and (path := self._settle(ledger, each, sha256)) is not None
                ]
        except (LedgerError, OSError) as error:
            self._log(f"attention/ was not looked through: {type(error).__name__}")
            return []

    def _settle(self, ledger: Ledger, each: Waiting, sha256: str) -> Path | None:
        run = ledger.settled_file(sha256, self._errors_are_of_sessions)
        if run is None:
            return None
        outcomes = ledger.outcomes_of(run)
        text = receipt(printable(self._below(each.file)), sha256, run, outcomes, note=_NOTE)
        try:
            say_settled(each.folder, dt.datetime.now(dt.UTC))
            moved = move_to_done(self._settings.home, each, text)
        except OSError:  # somebody has it open, or another process was quicker
            return None
        home = self._settings.home
        self._log(
            f"{printable(self._below(each.folder))}: settled since → {moved.relative_to(home)}"
        )
        return moved

    def _below(self, path: Path) -> PurePath:
        return below_place(self._settings.home, path)

    def _errors_are_of_sessions(self, run: str) -> bool:
        if run not in self._all_of_sessions:
            reports = self._settings.reports
            self._all_of_sessions[run] = errors_are_of_sessions(reports, run)
        return self._all_of_sessions[run]

    def _sha256(self, file: Path) -> str:
        try:
            status = file.stat()
            stamp = status.st_size, status.st_mtime_ns, status.st_ino
            known = self._digests.get(file)
            if known is None or known[0] != stamp:
                self._digests[file] = known = stamp, identify(file).sha256
        except (OSError, SourceUnreadable):
            return ""
        return known[1]
