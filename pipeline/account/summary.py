"""A run in a few words and counts, for notifications and for Prefect: nothing personal."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.account.to_do import ToDo
from pipeline.with_noun import with_noun
from schemas.words import SETTLED


@dataclass(frozen=True)
class RunSummary:
    """What may be told of a run outside its report: no keycode, no candidate, no mark."""

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
    headline: str = ""  # the account's verdict
    files: tuple[str, ...] = ()
    to_do: tuple[ToDo, ...] = ()  # places and messages taken out: both can be personal
    cells: tuple[tuple[str, ...], ...] = ()  # of each thing to do

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
    def summary(self) -> str:
        """All counts of the run, in two sentences."""
        counts = ", ".join(f"{count} {word}" for word, count in self.outcomes.items()) or "nothing"
        balance = "balances" if self.balanced else "DOES NOT BALANCE"
        submissions = with_noun(self.submissions, "submission")
        return f"{submissions} from {with_noun(self.rows, 'row')}: {counts}. It {balance}."


def without_persons(to_do: ToDo) -> ToDo:
    """The same without what cells hold: a message can quote a keycode, a name or a mark."""
    return replace(to_do, message="", to_do="", places=())
