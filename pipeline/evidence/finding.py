"""What verifying found: one sentence on one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Whether the thing is as it was."""

    ALTERED = "altered"  # it is not what was recorded, or it is gone
    NOTE = "note"  # nothing is wrong, and a reader should know it


@dataclass(frozen=True)
class Finding:
    """One thing that is not plainly well."""

    verdict: Verdict
    what: str  # "record 12", "run …", "archive/…", "reports/…"
    sentence: str


@dataclass(frozen=True)
class Verification:
    """What was looked at, and what was found."""

    records: int
    runs: int
    archived: int  # files
    reports: int
    head: str  # the SHA-256 of the last record
    findings: tuple[Finding, ...]

    @property
    def altered(self) -> bool:
        """Whether anything is not as it was recorded."""
        return any(finding.verdict is Verdict.ALTERED for finding in self.findings)


def altered(what: str, sentence: str) -> Finding:
    """It is not as it was recorded."""
    return Finding(Verdict.ALTERED, what, sentence)


def note(what: str, sentence: str) -> Finding:
    """It is as it may be, and the sentence says why."""
    return Finding(Verdict.NOTE, what, sentence)
