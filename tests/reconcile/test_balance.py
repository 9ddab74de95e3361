"""Each line of the balance finds its own kind of loss: one thing lost or doubled, just that one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd
import pytest

from pipeline.model import Ending, Interpreted, Run, Submission, Validated
from pipeline.reconcile import Reconciliation, reconcile
from schemas.frames import NumberedEntry, typed
from schemas.words import Outcome
from tests.validate.prepared import prepared

_CELLS = "cells on candidates' rows = entries + cells of every other role"
_ROWS = "rows read = rows used + rows set aside"
_PLACES = "every row is accounted for once"
_ENTRIES = "entries read = entries of all submissions"
_OUTCOMES = "submissions = the sum of the outcomes"
_ONCE = "every submission ended once"
_MARKS = "marks read = marks of all outcomes"
_SENT = "marks sent = marks in the files for what was sent"
_LINES = {_CELLS, _ROWS, _PLACES, _ENTRIES, _OUTCOMES, _ONCE, _MARKS, _SENT}


@dataclass(frozen=True)
class _Account:
    """All that goes into a reconciliation of three sessions in two files, two of them sent."""

    validated: Validated
    endings: tuple[Ending, ...]
    sent: tuple[Submission, ...]

    def broken(self) -> set[str]:
        """The sentences of the balance that do not hold."""
        return {line.sentence for line in self.reconciled().balance if not line.holds}

    def reconciled(self) -> Reconciliation:
        run = Run("20250602-093000-0000", dt.datetime(2025, 6, 2, tzinfo=dt.UTC))
        return reconcile(run, self.validated, self.validated.findings, self.endings, self.sent)

    def with_source(self, change: Callable[[Interpreted], Interpreted]) -> _Account:
        first, *others = self.validated.sources
        return replace(self, validated=replace(self.validated, sources=(change(first), *others)))


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> _Account:
    came = prepared(
        tmp_path_factory.mktemp("balance"),
        "Title\nKeycode,Q1,Q2\nKEYCODE1,1,2\nKEYCODE2,3,x\n\nTotal,4,2\n",
        "Keycode,Question,Mark\nKEYCODE3,1,5\nKEYCODE3,2,NA\n",
    )
    sent = [
        Ending(submission.number, Outcome.ACCEPTED, "taken", batch=1, attempts=1)
        for submission in came.ready
    ]
    stopped = [ending for ending in came.endings if ending.outcome is not Outcome.READY]
    return _Account(came.validated, (*stopped, *sent), came.ready)


def test_nothing_lost_nothing_broken(account: _Account) -> None:
    reconciled = account.reconciled()
    assert (account.broken(), reconciled.balanced) == (set(), True)
    assert {line.sentence for line in reconciled.balance} == _LINES
    totals = reconciled.totals
    assert (totals.rows_read, totals.rows_used, totals.rows_set_aside) == (9, 4, 5)
    assert (totals.entries, totals.submissions, totals.marks_total) == (6, 3, 11)
    assert {name: n for name, n in totals.by_outcome.items() if n} == {"accepted": 2, "invalid": 1}
    assert {name: n for name, n in totals.marks_by_outcome.items() if n} == {
        "accepted": 8,
        "invalid": 3,
    }


def _entries(account: _Account, entries: pd.DataFrame) -> _Account:
    return replace(
        account, validated=replace(account.validated, entries=typed(entries, NumberedEntry))
    )


def _row_lost(account: _Account) -> _Account:
    return account.with_source(lambda source: replace(source, rows_read=source.rows_read + 1))


def _row_set_aside_lost(account: _Account) -> _Account:
    return account.with_source(lambda source: replace(source, set_aside=source.set_aside[1:]))


def _row_set_aside_and_used(account: _Account) -> _Account:
    def used_too(source: Interpreted) -> Interpreted:
        again = source.set_aside.iloc[[0]].assign(row=3)
        return replace(source, set_aside=pd.concat([again, source.set_aside[1:]]))

    return account.with_source(used_too)


def _entry_lost_between_reading_and_validating(account: _Account) -> _Account:
    entries = account.validated.entries
    return _entries(account, entries[entries["keycode"] != "KEYCODE1"])


def _entry_read_twice(account: _Account) -> _Account:
    def doubled(source: Interpreted) -> Interpreted:
        return replace(source, entries=pd.concat([source.entries, source.entries[:1]]))

    return account.with_source(doubled)


def _column_left_out(account: _Account) -> _Account:
    """As if a column of the sheet had been given no role."""
    return account.with_source(
        lambda source: replace(source, cells_read=(source.cells_read or 0) + 2)
    )


def _submission_lost(account: _Account) -> _Account:
    kept = account.validated.submissions.drop(index=1)
    endings = tuple(ending for ending in account.endings if ending.submission != 1)
    validated = replace(account.validated, submissions=kept)
    return replace(account, validated=validated, endings=endings, sent=account.sent[1:])


def _ending_lost(account: _Account) -> _Account:
    return replace(account, endings=account.endings[:-1])


def _ended_twice(account: _Account) -> _Account:
    return replace(account, endings=(*account.endings, account.endings[0]))


def _one_ended_twice_and_another_never(account: _Account) -> _Account:
    return replace(account, endings=(account.endings[0], *account.endings[:-1]))


def _ending_of_nobody(account: _Account) -> _Account:
    return replace(account, endings=(*account.endings, Ending(99, Outcome.HELD, "?")))


def _mark_changed_after_it_was_summed(account: _Account) -> _Account:
    entries = account.validated.entries
    return _entries(account, entries.assign(mark=entries["mark"].replace(5, 6)))


def _mark_changed_on_its_way(account: _Account) -> _Account:
    first, *others = account.sent
    return replace(account, sent=(replace(first, marks=(("1", 1), ("2", 3))), *others))


def _sent_but_not_handed_over(account: _Account) -> _Account:
    return replace(account, sent=account.sent[1:])


_TABLE: list[tuple[Callable[[_Account], _Account], set[str]]] = [
    (_row_lost, {_ROWS, _PLACES}),
    (_row_set_aside_lost, {_ROWS, _PLACES}),
    (_row_set_aside_and_used, {_PLACES}),
    (_entry_lost_between_reading_and_validating, {_ROWS, _PLACES, _MARKS}),
    (_entry_read_twice, {_ENTRIES, _CELLS}),
    (_column_left_out, {_CELLS}),
    (_submission_lost, {_ENTRIES, _MARKS}),
    (_ending_lost, {_OUTCOMES, _MARKS}),
    (_ended_twice, {_OUTCOMES, _ONCE, _MARKS}),
    (_one_ended_twice_and_another_never, {_ONCE, _MARKS}),
    (_ending_of_nobody, {_ONCE}),
    (_mark_changed_after_it_was_summed, {_MARKS}),
    (_mark_changed_on_its_way, {_SENT}),
    (_sent_but_not_handed_over, {_SENT}),
]


@pytest.mark.parametrize(
    ("change", "broken"),
    _TABLE,
    ids=lambda balance: balance.__name__.strip("_") if callable(balance) else "",
)
def test_what_is_lost_or_doubled_breaks_its_own_line(
    account: _Account, change: Callable[[_Account], _Account], broken: set[str]
) -> None:
    changed = change(account)
    assert changed.broken() == broken
    assert not changed.reconciled().balanced


def test_each_line_is_broken_by_something() -> None:
    assert set().union(*(broken for _, broken in _TABLE)) == _LINES
