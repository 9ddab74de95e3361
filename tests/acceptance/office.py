"""An office that hands in one file, again and again, until nothing is left to do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.acceptance.command import Ran, papermarks
from tests.acceptance.model import Content
from tests.acceptance.sheets import Marks, content, write_sheet

QUIET_PERIOD_S = 0.5
LATE_S = 0.2  # what comes late comes well within the quiet period
_QUICK = {
    "PAPERMARKS_QUIET_PERIOD": str(QUIET_PERIOD_S),
    "PAPERMARKS_RETRY_WAIT": "0.05",
    "PAPERMARKS_STOP_AFTER": "1000",  # the faults are many, and meant
}
TAKEN = {"accepted", "unchanged"}
_SETTLED = {*TAKEN, "unconfirmed", "not_open", "held"}


def marks_at(at: int) -> Marks:
    """No two neighbours alike, and more than zeros in each half: what was stored can be told."""
    return (1 + at % 5, 1 + at % 10, None if at % 3 == 0 else 4, 1 + at % 3, at % 7)


def content_at(at: int) -> Content:
    """What Surpass stores of the marks in that row."""
    return content(marks_at(at))


def write_marks(path: Path, codes: Iterable[str]) -> Path:
    """A sheet with marks for these sessions."""
    return write_sheet(path, {keycode: marks_at(at) for at, keycode in enumerate(codes)})


class Office:
    """Hands in one file, again and again, until nothing is left to do."""

    def __init__(self, home: Path, url: str, sheet: Path) -> None:
        self._home, self._url, self._sheet = home, url, sheet
        self._newest: dict[str, dict[str, object]] = {}
        self._run = ""

    def hand_in(self) -> Ran:
        ran = self._command("ingest", str(self._sheet))
        assert ran.code in {0, 1}, ran.err
        assert ran.report["balanced"] is True
        self._newest, self._run = ran.submissions, ran.folder.name
        return ran

    def hand_in_until_settled(self) -> None:
        for _ in range(6):
            if set(self.hand_in().outcomes.values()) <= _SETTLED:
                return
            time.sleep(QUIET_PERIOD_S)
        pytest.fail(f"not settled after six runs: {self._newest}")

    def confirm(self) -> None:
        """Let what the last run left unconfirmed be read again."""
        ran = self._command("confirm", self._run)
        assert ran.code in {0, 1}, ran.err

    def resolve(self, keycode: str, verdict: str) -> None:
        ran = self._command("resolve", keycode, verdict, "--reason", "looked at it in Surpass")
        assert ran.code == 0, ran.err

    def outcome(self, keycode: str) -> str:
        return str(self._newest[keycode]["outcome"])

    def submission(self, keycode: str) -> Mapping[str, object]:
        return self._newest[keycode]

    def _command(self, *args: str) -> Ran:
        return papermarks(self._home, self._url, *args, **_QUICK)
