"""A run's account in a few words, for notifications: counts, nothing personal."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.reconcile import Reconciliation
from schemas.words import SETTLED, Severity


@dataclass(frozen=True)
class Account:
    """What became of a run, in counts."""

    run: str
    rows: int
    submissions: int
    outcomes: dict[str, int]  # submissions by outcome, none of them 0
    errors: int  # findings
    warnings: int
    unreadable: int  # files
    stopped: bool  # sending, before its end
    balanced: bool
    profile: str | None = None  # which Surpass it was for, where the office has several

    @property
    def sender(self) -> str:
        """The sender's name, with which every notification begins."""
        return "papermarks" if self.profile is None else f"papermarks [{self.profile.upper()}]"

    @property
    def unsettled(self) -> int:
        """How many submissions still need something done."""
        return self.submissions - sum(self.outcomes.get(str(word), 0) for word in SETTLED)

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody should open the report."""
        problem = self.unsettled or self.errors or self.unreadable or self.stopped
        return bool(problem) or not self.balanced

    @property
    def headline(self) -> str:
        """The most important thing about the run, in one line."""
        if not self.balanced:
            return "the account does not add up: do not rely on this run, and report it"
        errors = with_noun(self.errors, "error")
        if not self.submissions:
            return "nothing to send" + (f", and {errors}" if self.errors else "")
        stopped = "sending was stopped: " if self.stopped else ""
        if self.unsettled:
            return f"{stopped}{self.unsettled} of {self.submissions} submissions need a person"
        settled = f"{self.submissions} of {self.submissions} submissions are settled"
        return f"{stopped}{settled}" + (f"; {errors} in files" if self.errors else "")

    @property
    def summary(self) -> str:
        """All counts of the run, in two sentences."""
        counts = ", ".join(f"{count} {word}" for word, count in self.outcomes.items()) or "nothing"
        balance = "balances" if self.balanced else "DOES NOT BALANCE"
        return f"{self.submissions} submissions from {self.rows} rows: {counts}. It {balance}."


def with_noun(number: int, word: str) -> str:
    """The number with its word, in the plural where it is due."""
    return f"{number} {word}{'s' * (number != 1)}"


def account_of(reconciliation: Reconciliation) -> Account:
    """The account of a run that ended."""
    totals = reconciliation.totals
    findings = reconciliation.findings["severity"].value_counts()
    return Account(
        run=reconciliation.run.id,
        rows=totals.rows_read,
        submissions=totals.submissions,
        outcomes={word: count for word, count in totals.by_outcome.items() if count},
        errors=int(findings.get(str(Severity.ERROR), 0)),
        warnings=int(findings.get(str(Severity.WARNING), 0)),
        unreadable=sum(not source.readable for source in reconciliation.sources),
        stopped=reconciliation.stopped_by is not None,
        balanced=reconciliation.balanced,
        profile=None if reconciliation.run.profile is None else reconciliation.run.profile.name,
    )
