"""Reconcile: the account that every row, entry, submission and mark went somewhere.

The two sides of each line of the balance are counted apart, from what different stages handed on,
so that a stage that loses something is found out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.errors import PapermarksError
from pipeline.model import Ending, Interpreted, PaperSource, Run, Submission, Validated
from schemas.columns import concat_columns, first_of, groups
from schemas.frames import (
    DataFrame,
    Finding,
    NumberedEntry,
    ReconciledSubmission,
    SetAside,
    typed,
)
from schemas.words import SETTLED, Outcome, Severity


@dataclass(frozen=True)
class Balance:
    """One line of the balance: two figures that must be the same."""

    sentence: str
    left: int
    right: int

    @property
    def holds(self) -> bool:
        """Whether the two figures are the same."""
        return self.left == self.right


@dataclass(frozen=True)
class Source:
    """The account of one source file."""

    file: str
    sha256: str
    owner: str  # the account that the file belongs to, where the system tells it
    layout: str | None
    read_as: str  # how it was read: encoding, what divides it, …
    readable: bool
    rows_read: int
    rows_used: int
    rows_set_aside: int
    entries: int
    submissions: int


@dataclass(frozen=True)
class Totals:
    """The control totals of a run."""

    rows_read: int
    rows_used: int
    rows_set_aside: int
    entries: int
    submissions: int
    by_outcome: dict[str, int]
    marks_total: int
    marks_by_outcome: dict[str, int]


@dataclass(frozen=True)
class Reconciliation:
    """What became of everything in a run."""

    run: Run
    sources: tuple[Source, ...]
    set_aside: DataFrame[SetAside]
    findings: DataFrame[Finding]
    submissions: DataFrame[ReconciledSubmission]
    totals: Totals
    balance: tuple[Balance, ...]
    papers: tuple[PaperSource, ...] = ()
    stopped_by: PapermarksError | None = None  # why sending stopped before its end

    @property
    def balanced(self) -> bool:
        """Whether everything is accounted for."""
        return all(line.holds for line in self.balance)

    @property
    def readable(self) -> bool:
        """Whether there was anything to read in any of the source files."""
        return any(source.readable for source in self.sources)

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do, for a person or for another run."""
        ended = self.submissions["outcome"].isin([str(outcome) for outcome in SETTLED])
        return bool(ended.all()) and not (self.findings["severity"] == Severity.ERROR).any()


def reconcile(
    run: Run,
    validated: Validated,
    findings: DataFrame[Finding],
    endings: Sequence[Ending],
    sent: Sequence[Submission],
    papers: tuple[PaperSource, ...] = (),
    stopped_by: PapermarksError | None = None,
) -> Reconciliation:
    """Account for everything in a run, and see whether the account balances."""
    ended = pd.DataFrame(
        [
            (e.submission, str(e.outcome), e.reason, e.batch, e.attempts, e.proof and str(e.proof))
            for e in endings
        ],
        columns=["submission", "outcome", "reason", "batch", "attempts", "proof"],
    ).astype({"batch": "Int64", "attempts": "int64", "submission": "int64"})
    submissions = typed(
        validated.submissions.join(ended.set_index("submission")), ReconciledSubmission
    )
    sources = tuple(_account_of_source(source, validated.entries) for source in validated.sources)
    set_aside = pd.concat([source.set_aside for source in validated.sources], ignore_index=True)
    totals = _totals(sources, submissions)
    return Reconciliation(
        run=run,
        sources=sources,
        set_aside=set_aside,
        findings=findings.sort_values(["file", "sheet", "row"], kind="stable"),
        submissions=submissions,
        totals=totals,
        balance=(
            *_balance_of_rows(validated, totals),
            *_balance_of_submissions(validated, ended, totals),
            _balance_of_what_was_sent(submissions, sent),
        ),
        papers=papers,
        stopped_by=stopped_by,
    )


def _account_of_source(source: Interpreted, entries: DataFrame[NumberedEntry]) -> Source:
    of_file = entries.loc[
        (entries["file"] == source.source.name).to_numpy(), ["sheet", "row", "submission"]
    ]
    rows_used = groups([of_file["sheet"], of_file["row"]])
    return Source(
        file=source.source.name,
        sha256=source.source.sha256,
        owner=source.source.owner,
        layout=", ".join(source.layouts) or None,
        read_as=source.read_as,
        readable=source.readable,
        rows_read=source.rows_read,
        rows_used=len(first_of(rows_used)),
        rows_set_aside=len(source.set_aside),
        entries=len(of_file),
        submissions=of_file["submission"].nunique(),
    )


def _totals(sources: Sequence[Source], submissions: DataFrame[ReconciledSubmission]) -> Totals:
    by_outcome = submissions.groupby("outcome").agg(
        count=("keycode", "size"), marks=("marks_total", "sum")
    )
    all_outcomes = by_outcome.reindex([str(outcome) for outcome in Outcome], fill_value=0)
    return Totals(
        rows_read=sum(source.rows_read for source in sources),
        rows_used=sum(source.rows_used for source in sources),
        rows_set_aside=sum(source.rows_set_aside for source in sources),
        entries=sum(source.entries for source in sources),
        submissions=len(submissions),
        by_outcome={str(name): int(count) for name, count in all_outcomes["count"].items()},
        marks_total=int(submissions["marks_total"].sum()),
        marks_by_outcome={str(name): int(marks) for name, marks in all_outcomes["marks"].items()},
    )


def _balance_of_rows(validated: Validated, totals: Totals) -> tuple[Balance, ...]:
    row_key = ["file", "sheet", "row"]
    accounted = concat_columns(
        [
            validated.entries[row_key],
            *(source.set_aside[row_key] for source in validated.sources),
        ]
    )
    read = [source for source in validated.sources if source.cells_read is not None]
    entries = sum(len(source.entries) for source in read)
    elsewhere = sum(count for source in read for count in source.cells_by_role.values())
    return (
        Balance(
            "cells on candidates' rows = entries + cells of every other role",
            sum(source.cells_read or 0 for source in read),
            entries + elsewhere,
        ),
        Balance(
            "rows read = rows used + rows set aside",
            totals.rows_read,
            totals.rows_used + totals.rows_set_aside,
        ),
        Balance(
            "every row is accounted for once",
            totals.rows_read,
            len(first_of(groups([accounted[name] for name in row_key]))),
        ),
    )


def _balance_of_submissions(
    validated: Validated, ended: pd.DataFrame, totals: Totals
) -> tuple[Balance, ...]:
    read = sum(len(source.entries) for source in validated.sources)
    marks = int(validated.entries["mark"].sum())
    return (
        Balance(
            "entries read = entries of all submissions",
            read,
            int(validated.submissions["entries"].sum()),
        ),
        Balance(
            "submissions = the sum of the outcomes",
            len(validated.submissions),
            sum(totals.by_outcome.values()),
        ),
        Balance(
            "every submission ended once",
            len(ended),
            len(set(ended["submission"]) & set(validated.submissions.index)),
        ),
        Balance(
            "marks read = marks of all outcomes",
            marks,
            sum(totals.marks_by_outcome.values()),
        ),
    )


def _balance_of_what_was_sent(
    submissions: DataFrame[ReconciledSubmission], sent: Sequence[Submission]
) -> Balance:
    """Counted from what was handed to the client, not from the entries."""
    posted = submissions[submissions["attempts"].fillna(0) > 0]
    carried = {
        submission.number: sum(mark or 0 for _, mark in submission.marks) for submission in sent
    }
    return Balance(
        "marks sent = marks in the files for what was sent",
        sum(carried.get(int(number), 0) for number in posted.index),
        int(posted["marks_total"].sum()),
    )
