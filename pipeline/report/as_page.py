"""The account as a page to look at, print and keep: one file without scripts that fetches nothing.

What a page lists is capped, so that it opens at once; the workbook and the JSON have it all, and
the page says how many more there are. Its templates are in ``templates/``. Every text that goes
into it goes through environment.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.account import HOW_TO_VOID, Account, Control
from pipeline.first_few import first_few
from pipeline.report.environment import environment
from pipeline.report.values import in_ranges, records
from schemas.frames import AccountSubmission, DataFrame
from schemas.words import SETTLED

MAX_TO_DO = 60
MAX_TO_MEND = 20  # workbooks that are named
MAX_PLACES = 12  # of one thing to do
MAX_ROWS = 300  # of each other table
MAX_PAPERS = 30  # with charts
_MAX_NAMES = 3
_TEMPLATE = "reconciliation.html.j2"


@dataclass(frozen=True)
class Listed:
    """What a page shows of a longer list."""

    shown: Sequence[Any]
    more: int  # that are left out


@dataclass(frozen=True)
class Columns:
    """Which columns the tables of control totals have: those of which anything is known."""

    expected: bool
    marks: bool
    declared: bool
    answers: bool

    @classmethod
    def of(cls, run: Control) -> Columns:
        """Those of a run."""
        return cls(
            expected=run.expected is not None,
            marks=bool(run.read.marks) or not run.read.answers,
            declared=run.declared_marks is not None,
            answers=bool(run.read.answers),
        )


def build_page(account: Account) -> bytes:
    """The page as UTF-8."""
    text = (
        environment()
        .get_template(_TEMPLATE)
        .render(
            account=account,
            reconciliation=account.reconciliation,
            run=account.run,
            totals=account.reconciliation.totals,
            state=_state(account),
            files=_files(account),
            to_do=_capped([part for part in account.to_do if part.stops], MAX_TO_DO),
            to_mend=_capped([*account.to_mend.items()], MAX_TO_MEND),
            to_look_at=_capped([part for part in account.to_do if not part.stops], MAX_TO_DO),
            scopes=_scopes(account),
            has=Columns.of(account.controls.run),
            statistics=_capped(account.statistics, MAX_PAPERS),
            tripwires=_rows(account.tripwires),
            to_void=_rows(account.to_void.rename_axis("number").reset_index()),
            how_to_void=HOW_TO_VOID.format(run=account.run.id),
            left=_rows(_unsettled(account.submissions)),
            set_aside=_rows(in_ranges(account.reconciliation.set_aside)),
            max_places=MAX_PLACES,
        )
    )
    return text.encode(errors="replace")


def _state(account: Account) -> str:
    """How the band with the verdict looks."""
    if not account.reconciliation.balanced or account.reconciliation.stopped_by is not None:
        return "bad"
    if not account.summary.needs_a_person:
        return "good"
    return "bad" if not account.reconciliation.totals.submissions else "warn"


def _files(account: Account) -> str:
    """The names of the run's files, for the index."""
    return first_few([source.file for source in account.reconciliation.sources], _MAX_NAMES)


def _capped(parts: Sequence[Any], most: int) -> Listed:
    return Listed(parts[:most], max(len(parts) - most, 0))


def _rows(frame: pd.DataFrame) -> Listed:
    return Listed(records(frame.head(MAX_ROWS)), max(len(frame) - MAX_ROWS, 0))


def _unsettled(submissions: DataFrame[AccountSubmission]) -> pd.DataFrame:
    settled = submissions["outcome"].isin([str(word) for word in SETTLED])
    return submissions[~settled].rename_axis("number").reset_index()


def _scopes(account: Account) -> list[tuple[str, str, Listed]]:
    """The tables of control totals that tell more than the run's own: title, heading, rows."""
    controls = account.controls
    named: list[tuple[str, str, tuple[Control, ...]]] = [
        ("By paper", "Paper", controls.papers),
        ("By centre", "Centre", controls.centres),
        ("By file", "File", controls.sources),
        ("By batch", "Batch", controls.batches),
    ]
    return [(title, heading, _capped(parts, MAX_ROWS)) for title, heading, parts in named if parts]
