"""The account of a run: everything that its report says, computed once.

Page, workbook, JSON, notifications and Prefect's artifacts are views of it. A view only shows: what
two of them say of a run is the same, because neither of them counts.

    account = build_account(reconciliation, entries, SurpassFacts(sessions, maxima))
    account.verdict      # "20 of 24 sent. 4 need you: 3 cells to mend in northfield.xlsx, …"
    account.to_do        # who has to do what, at which cells, the most important first
    account.controls     # counts, sums and hash totals of the run and its parts, stage by stage
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.account.controls import STAGES, Control, Controls, Sums, control_totals
from pipeline.account.pseudonyms import hide, hide_in_submissions, pseudonym_key
from pipeline.account.statistics import Bin, PaperStatistics, QuestionStatistics, statistics
from pipeline.account.submissions import parts_of, submissions_of
from pipeline.account.summary import RunSummary, without_persons
from pipeline.account.to_do import BALANCE, MAX_PLACES, STOPPED, Place, ToDo, to_do_list
from pipeline.account.verdict import verdict
from pipeline.findings import by_severity
from pipeline.model import Run
from pipeline.reconcile import Reconciliation
from pipeline.stated_totals import stated_totals
from schemas.frames import (
    AccountFinding,
    AccountSubmission,
    DataFrame,
    Finding,
    NumberedEntry,
    SessionReferences,
    WaitingSession,
    typed,
)
from schemas.rules import RULES, TRIPWIRES
from schemas.words import Outcome, Severity

__all__ = [
    "BALANCE",
    "HOW_TO_VOID",
    "MAX_PLACES",
    "STAGES",
    "STOPPED",
    "Account",
    "Bin",
    "Control",
    "Controls",
    "OutcomeLine",
    "PaperStatistics",
    "Place",
    "QuestionStatistics",
    "RunSummary",
    "Sums",
    "SurpassFacts",
    "ToDo",
    "build_account",
    "pseudonym_key",
]

HOW_TO_VOID = (
    "These candidates were absent, and nothing was sent for them. Void their sessions in Surpass, "
    "or by: papermarks absent {run}"
)


@dataclass(frozen=True)
class OutcomeLine:
    """All submissions that ended in one way."""

    outcome: Outcome
    submissions: int
    entries: int
    marks: int
    answers: int


@dataclass(frozen=True)
class Account:
    """What became of everything in a run, as every view shows it."""

    reconciliation: Reconciliation
    verdict: str
    to_do: tuple[ToDo, ...]
    outcomes: tuple[OutcomeLine, ...]  # none of them empty; they add up to the totals
    controls: Controls
    statistics: tuple[PaperStatistics, ...]
    submissions: DataFrame[AccountSubmission]
    findings: DataFrame[AccountFinding]
    to_mend: Mapping[str, str] = field(default_factory=dict)
    """The workbook beside the report in which each file is mended, by the file's name."""

    @property
    def run(self) -> Run:
        """The run that this is the account of."""
        return self.reconciliation.run

    @property
    def tripwires(self) -> DataFrame[AccountFinding]:
        """The findings about many entries together."""
        return self.findings[self.findings["rule"].isin(TRIPWIRES)]

    @property
    def to_void(self) -> DataFrame[AccountSubmission]:
        """The submissions of absent candidates, whose sessions are still to be voided."""
        return self.submissions[self.submissions["outcome"] == str(Outcome.ABSENT)]

    @cached_property
    def summary(self) -> RunSummary:
        """The run in counts and words that may be told outside its report."""
        reconciliation, totals = self.reconciliation, self.reconciliation.totals
        severities = by_severity(self.findings)
        profile = reconciliation.run.profile
        return RunSummary(
            run=reconciliation.run.id,
            rows=totals.rows_read,
            submissions=totals.submissions,
            outcomes={word: count for word, count in totals.by_outcome.items() if count},
            errors=severities.get(str(Severity.ERROR), 0),
            warnings=severities.get(str(Severity.WARNING), 0),
            unreadable=sum(not source.readable for source in reconciliation.sources),
            stopped=reconciliation.stopped_by is not None,
            balanced=reconciliation.balanced,
            profile=None if profile is None else profile.name,
            headline=self.verdict,
            files=tuple(source.file for source in reconciliation.sources),
            to_do=tuple(map(without_persons, self.to_do)),
            cells=tuple(part.cells for part in self.to_do),
        )


@dataclass(frozen=True)
class SurpassFacts:
    """What Surpass, and for maxima the paper definitions, say of a run's sessions."""

    sessions: DataFrame[SessionReferences] | None = None
    # Each paper's maxima by question, by the paper's name.
    maxima: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    # The sessions that still wait; None where Surpass was not asked.
    waiting: DataFrame[WaitingSession] | None = None


def build_account(
    reconciliation: Reconciliation,
    entries: DataFrame[NumberedEntry],
    facts: SurpassFacts | None = None,
    key: bytes | None = None,
    to_mend: Mapping[str, str] | None = None,
) -> Account:
    """The account of a run that ended.

    ``entries`` are those that were validated. With a ``key`` it has pseudonyms in place of keycodes
    and candidate references; its totals are those of the keycodes all the same. ``to_mend``
    names the workbooks that went back to their senders.
    """
    facts = facts or SurpassFacts()
    submissions = submissions_of(reconciliation.submissions, entries, facts.sessions)
    controls = control_totals(submissions, parts_of(entries), stated_totals(entries), facts.waiting)
    spread = statistics(submissions, entries, facts.maxima)
    if key is not None:
        reconciliation = hide(reconciliation, key)
        submissions = hide_in_submissions(submissions, key)
    findings = _findings(reconciliation.findings, submissions)
    to_do = to_do_list(reconciliation, findings)
    return Account(
        reconciliation=reconciliation,
        verdict=verdict(reconciliation, findings, to_do),
        to_do=to_do,
        outcomes=_outcomes(submissions),
        controls=controls,
        statistics=spread,
        submissions=submissions,
        findings=findings,
        to_mend=to_mend or {},
    )


def _findings(
    findings: DataFrame[Finding], submissions: DataFrame[AccountSubmission]
) -> DataFrame[AccountFinding]:
    column, row = findings["column"], findings["row"].astype("Int64")
    in_a_cell = column.notna() & (column != "") & row.notna()
    cells = column.astype(object).astype(str) + row.astype("string").astype(object)
    shown = findings.assign(
        who=findings["rule"].map(lambda code: str(RULES[code].who)),
        cell=cells.where(in_a_cell, ""),
        ended=findings["submission"].map(submissions["outcome"]),
    )
    return typed(shown, AccountFinding)


def _outcomes(submissions: DataFrame[AccountSubmission]) -> tuple[OutcomeLine, ...]:
    columns = ["entries", "marks_total", "answers"]
    grouped = submissions.groupby("outcome")
    sums = grouped[columns].sum().assign(count=grouped.size())
    return tuple(
        OutcomeLine(outcome, *map(int, sums.loc[str(outcome), ["count", *columns]]))
        for outcome in Outcome
        if str(outcome) in sums.index
    )
