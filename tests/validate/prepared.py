"""Source files, prepared without Surpass: what was found, and where each session ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.account import Account, build_account
from pipeline.findings import endings
from pipeline.interpret import ReadingOptions, shipped
from pipeline.interpret.prepare import prepare
from pipeline.model import Ending, Interpreted, Run, Submission, Validated
from pipeline.reconcile import Reconciliation, reconcile
from pipeline.submissions import build_submissions
from pipeline.validate.entries import DEFAULT_OPTIONS
from pipeline.validate.session_lookup import not_looked_up
from pipeline.validate.validated import validated as validate_all
from schemas.frames import (
    AccountFinding,
    AccountSubmission,
    Entry,
    NumberedEntry,
    ReconciledSubmission,
    SetAside,
    SubmissionRow,
)
from schemas.frames import Finding as FindingRow
from schemas.layout import Layout
from schemas.validation_options import ValidationOptions
from schemas.words import Outcome
from tests.read.source_files import dropped

Finding = tuple[str, int | None, str | None, str | None]  # rule, row, column, keycode


@dataclass(frozen=True)
class Prepared:
    """What came of the files."""

    validated: Validated
    endings: tuple[Ending, ...]  # of every submission; ready where nothing stops it
    ready: tuple[Submission, ...]  # as they would be sent

    @property
    def findings(self) -> list[Finding]:
        """Rule, row, column and keycode of each, in the order in which they were made."""
        reading = self.validated.findings[["rule", "row", "column", "keycode"]].astype(object)
        return [
            (rule, row, column, keycode)
            for rule, row, column, keycode in reading.where(reading.notna(), None).itertuples(
                index=False, name=None
            )
        ]

    def of_rule(self, rule: str) -> list[Finding]:
        """The findings of one rule."""
        return [finding for finding in self.findings if finding[0] == rule]

    @property
    def errors(self) -> list[Finding]:
        """The findings that are errors."""
        severe = self.validated.findings["severity"] == "error"
        return [each for each, is_error in zip(self.findings, severe, strict=True) if is_error]

    @property
    def messages(self) -> list[str]:
        """What a person reads, what to do included."""
        reading = self.validated.findings
        return [*reading["message"], *reading["to_do"]]

    @property
    def becomes(self) -> list[tuple[str, str]]:
        """Keycode and outcome of each submission, in the files' order."""
        keycodes = self.validated.submissions["keycode"]
        ordered = sorted(self.endings, key=lambda ending: ending.submission)
        return [(keycodes[ending.submission], str(ending.outcome)) for ending in ordered]

    @property
    def sent(self) -> dict[str, dict[str, int | str | None]]:
        """What each session that is ready would carry, by question."""
        return {one.keycode: dict(one.marks or one.answers) for one in self.ready}

    def set_aside(self) -> list[tuple[int, str]]:
        """Row and reason of each row that was set aside."""
        return [
            (int(row), str(reason))
            for source in self.validated.sources
            for row, reason in zip(source.set_aside["row"], source.set_aside["reason"], strict=True)
        ]

    def reconciled(self) -> Reconciliation:
        """The reconciliation of a run that only checks."""
        run = Run("20250602-093000-0000", dt.datetime(2025, 6, 2, 9, 30, tzinfo=dt.UTC))
        found = reconcile(run, self.validated, self.validated.findings, self.endings, self.ready)
        ReconciledSubmission.validate(found.submissions)
        return found

    def account(self, reconciled: Reconciliation | None = None) -> Account:
        """The account of such a run, or of this reconciliation of it."""
        account = build_account(reconciled or self.reconciled(), self.validated.entries)
        AccountSubmission.validate(account.submissions)
        AccountFinding.validate(account.findings)
        return account


def interpreted(paths: Sequence[Path]) -> tuple[Interpreted, ...]:
    """The files in this order, read by the layouts that we ship."""
    return prepare(paths, shipped(), ReadingOptions(), lambda: None)


def validated_together(read: Sequence[Interpreted]) -> Validated:
    """Files that were read, validated in one run without Surpass."""
    return validate_all(not_looked_up(read, "Surpass was not asked"))


def validated(
    paths: Sequence[Path],
    blanks: ReadingOptions | None = None,
    layouts: Sequence[Layout] | None = None,
    options: ValidationOptions = DEFAULT_OPTIONS,
) -> Validated:
    """The files in this order, read and validated without Surpass."""
    known = shipped() if layouts is None else layouts
    read = prepare(paths, known, blanks or ReadingOptions(), lambda: None)
    found = not_looked_up(read, "Surpass was not asked")
    came = validate_all(found, options)
    _hold_to_their_models(came)
    return came


def _hold_to_their_models(came: Validated) -> None:
    """SchemaError where a frame that one stage hands to the next is not what it is said to be."""
    for source in came.sources:
        Entry.validate(source.entries)
        SetAside.validate(source.set_aside)
        FindingRow.validate(source.findings)
    NumberedEntry.validate(came.entries)
    FindingRow.validate(came.findings)
    SubmissionRow.validate(came.submissions)


def prepared_paths(
    paths: Sequence[Path],
    blanks: ReadingOptions | None = None,
    options: ValidationOptions = DEFAULT_OPTIONS,
) -> Prepared:
    """The files, prepared in this order."""
    return settled(validated(paths, blanks, options=options))


def prepared(
    folder: Path, *contents: str | bytes, blanks: ReadingOptions | None = None
) -> Prepared:
    """Files with these contents, named 1.csv, 2.csv, … whatever they are."""
    paths = [dropped(folder, each, f"{at}.csv") for at, each in enumerate(contents, start=1)]
    return prepared_paths(paths, blanks)


def settled(read: Validated) -> Prepared:
    """Where each submission ends that was validated, without Surpass."""
    stopped = endings(read.findings)
    numbers = {ending.submission for ending in stopped}
    ready = build_submissions(
        read.entries, [n for n in read.submissions.index if n not in numbers], "empty"
    )
    rest = [Ending(one.number, Outcome.READY, Outcome.READY.meaning) for one in ready]
    return Prepared(read, (*stopped, *rest), tuple(ready))
