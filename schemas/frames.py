"""The frames that stages hand on, with their columns: what ``DataFrame[Entry]`` means.

The texts of entries are categories (see ``schemas.columns``), those of the other frames Python
strings. A column of texts says so by ``Series[Any]``, since looking at the type of each of a
million cells is slow. The tests validate these models where stages meet.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import DataFrame, Series

__all__ = [
    "ACCOUNT_SUBMISSIONS",
    "ASIDE",
    "BESIDE",
    "ENTRIES",
    "ENTRY_TEXTS",
    "FINDINGS",
    "OUTSTANDING",
    "OUTSTANDING_COUNTS",
    "SUBMISSIONS",
    "UNUSED",
    "AccountFinding",
    "AccountSubmission",
    "DataFrame",
    "DoneCount",
    "Entry",
    "FilePart",
    "Finding",
    "KnownQuestion",
    "NumberedEntry",
    "OutstandingCount",
    "OutstandingSession",
    "Places",
    "ReconciledSubmission",
    "SessionReferences",
    "SetAside",
    "StatedTotal",
    "SubmissionRow",
    "UnusedKeycode",
    "WaitingSession",
    "at_id",
    "typed",
]

BESIDE = "\x1f"  # between the texts of several columns

_Model = TypeVar("_Model", bound=pa.DataFrameModel)
_Frame = TypeVar("_Frame", bound=pd.DataFrame)

Places = pd.DataFrame
"""Rows that say where something was found: they have some of file, sheet, row, column, keycode,
question, text and submission, and columns of their own for a rule's words."""


class SetAside(pa.DataFrameModel):
    """A row that carries no candidate, and why."""

    file: Series[Any]
    sheet: Series[Any]  # "" in a text file
    row: Series[Any]  # from 1, as a person sees it in Excel
    reason: Series[Any]


class UnusedKeycode(pa.DataFrameModel):
    """A keycode, or what may be a reference, in a sheet of which nothing was used."""

    file: Series[Any]
    sheet: Series[Any]
    row: Series[Any]
    column: Series[Any]
    keycode: Series[Any]


class Finding(pa.DataFrameModel):
    """One thing wrong or odd in the input."""

    rule: Series[Any]  # a code of schemas.rules
    severity: Series[Any] = pa.Field(isin=["error", "warning"])
    file: Series[Any] = pa.Field(nullable=True)
    sheet: Series[Any] = pa.Field(nullable=True)
    row: Series[Any] = pa.Field(nullable=True)
    column: Series[Any] = pa.Field(nullable=True)
    keycode: Series[Any] = pa.Field(nullable=True)
    question: Series[Any] = pa.Field(nullable=True)
    message: Series[Any]
    to_do: Series[Any]
    submission: Series[Any] = pa.Field(nullable=True)  # the number of the one it is found in
    outcome: Series[Any] = pa.Field(nullable=True)  # what it makes of that submission
    unlisted: Series[Any] = pa.Field(nullable=True)
    """The rows of all the cells that it stands for, where these are not listed one by one; else
    null."""


class Entry(pa.DataFrameModel):
    """One question's mark or answer for one session, with the cell that it came from.

    What the row says of ``candidate`` (reference), ``test``, ``centre``, ``version`` (of the paper)
    and ``total`` is "" where it says nothing.
    """

    file: Series[Any]
    sheet: Series[Any]
    row: Series[Any]  # as in Excel: 7
    column: Series[Any]  # C
    id_column: Series[Any]  # where it says whose it is
    id_text: Series[Any]  # and what stands there, as written
    keycode: Series[Any]  # "" where it is to be looked up by the candidate
    question: Series[Any]
    text: Series[Any]  # the cell as written
    meaning: Series[Any]  # one of schemas.words.Meaning
    value: Series[Any] = pa.Field(nullable=True)  # null where the meaning is not ``value``
    kind: Series[Any] = pa.Field(isin=["marks", "responses"])
    candidate: Series[Any]
    test: Series[Any]
    centre: Series[Any]
    version: Series[Any]
    total: Series[Any]
    renumbered: Series[Any] = pa.Field(isin=[True, False])
    """Whether ``question`` is numbered as the paper is, no longer by position in the version."""
    other_reference: Series[Any]
    """What other columns say of whose it is, one after the other, divided by ``BESIDE``; before
    them the keycode where it may be a reference itself. "" where there is no such column."""


class NumberedEntry(Entry):
    """An entry that belongs to a submission."""

    submission: Series[Any]
    mark: Series[Any] = pa.Field(nullable=True)  # the whole mark; null where there is none


class SubmissionRow(pa.DataFrameModel):
    """One submission, by its number in the index."""

    keycode: Series[Any]
    kind: Series[Any] = pa.Field(isin=["marks", "responses"])
    entries: Series[Any]
    marks_total: Series[Any]


class ReconciledSubmission(SubmissionRow):
    """A submission and where it ended, by its number in the index."""

    outcome: Series[Any] = pa.Field(nullable=True)  # null where the run does not balance
    reason: Series[Any] = pa.Field(nullable=True)
    batch: Series[Any] = pa.Field(nullable=True)
    attempts: Series[Any] = pa.Field(nullable=True)  # POSTs
    proof: Series[Any] = pa.Field(nullable=True)


class AccountSubmission(pa.DataFrameModel):
    """A submission as an account shows it, by its number in the index.

    ``candidate``, ``test``, ``test_form`` and ``centre`` are references, as Surpass tells them,
    else as the file does, else "".
    """

    keycode: Series[Any]
    candidate: Series[Any]
    test: Series[Any]
    test_form: Series[Any]
    centre: Series[Any]
    file: Series[Any]  # of its first entry, as are ``sheet`` and ``row``
    sheet: Series[Any]
    row: Series[Any] = pa.Field(nullable=True)
    kind: Series[Any] = pa.Field(isin=["marks", "responses"])
    entries: Series[Any]
    marks_total: Series[Any] = pa.Field(nullable=True)  # null where it carries answers
    answers: Series[Any] = pa.Field(nullable=True)  # given; null where it carries marks
    outcome: Series[Any] = pa.Field(nullable=True)
    reason: Series[Any] = pa.Field(nullable=True)
    batch: Series[Any] = pa.Field(nullable=True)
    attempts: Series[Any] = pa.Field(nullable=True)
    proof: Series[Any] = pa.Field(nullable=True)
    paper: Series[Any]
    """What people call its test form or test, for control totals. Where neither Surpass nor the
    file tells it, that of the others of its sheet, if these have one alone."""
    site: Series[Any]  # its centre, in the same way


class AccountFinding(Finding):
    """A finding as an account shows it."""

    who: Series[Any]  # has to do something about it
    cell: Series[Any]  # C7; "" where it is in none
    ended: Series[Any] = pa.Field(nullable=True)  # the outcome of its submission


class FilePart(pa.DataFrameModel):
    """What one file holds of one submission: counts, and the sum of its marks."""

    file: Series[Any]
    submission: Series[Any]
    entries: Series[Any]
    marks: Series[Any]
    answers: Series[Any]


class StatedTotal(NumberedEntry):
    """The first entry of a total that the file states."""

    stated: Series[Any]
    sum: Series[Any] = pa.Field(nullable=True)  # of its marks; null where one is no number


class KnownQuestion(pa.DataFrameModel):
    """A question of a submission's paper, as Surpass or the office tells it."""

    submission: Series[Any]
    question: Series[Any]
    maximum: Series[Any] = pa.Field(nullable=True)
    told_by: Series[Any]  # Surpass, or the file of the definition


class SessionReferences(pa.DataFrameModel):
    """What Surpass tells of a submission's session, by the submission's number; "" if nothing."""

    candidate: Series[Any]
    test: Series[Any]
    test_form: Series[Any]
    centre: Series[Any]


class WaitingSession(pa.DataFrameModel):
    """A session that waits for marks in Surpass, its paper and centre named as in an account."""

    keycode: Series[Any]
    paper: Series[Any]
    centre: Series[Any]


class OutstandingSession(pa.DataFrameModel):
    """A session that waits for marks, and what the ledger knows of it. References, no names."""

    keycode: Series[Any] = pa.Field(nullable=True)
    test: Series[Any] = pa.Field(nullable=True)
    test_form: Series[Any] = pa.Field(nullable=True)
    centre: Series[Any] = pa.Field(nullable=True)
    candidate: Series[Any] = pa.Field(nullable=True)
    start_date: Series[Any] = pa.Field(nullable=True)
    """ISO (2025-06-02), or as Surpass tells it where it cannot be read for certain."""
    end_date: Series[Any] = pa.Field(nullable=True)
    days: Series[Any] = pa.Field(nullable=True)
    """Since the end date, or else the start date: below zero where that is still to come."""
    voids_on: Series[Any] = pa.Field(nullable=True)
    """The ISO date on which Surpass voids it by itself; null where that is not known."""
    standing: Series[Any]  # how far papermarks has come with it
    outcome: Series[Any] = pa.Field(nullable=True)
    """Of the last submission that the ledger has, as ``run``, ``run_began`` (UTC) and ``reason``;
    null too where that run did not end."""
    run: Series[Any] = pa.Field(nullable=True)
    run_began: Series[Any] = pa.Field(nullable=True)
    reason: Series[Any] = pa.Field(nullable=True)


class OutstandingCount(pa.DataFrameModel):
    """What is outstanding of one test and centre.

    ``expected`` are the sessions that Surpass lists, but for the voided; ``done`` of these no
    longer wait; both null where that was not asked for. A session that has become a result is
    listed no more.
    """

    test: Series[Any]
    centre: Series[Any]
    expected: Series[Any] = pa.Field(nullable=True)
    done: Series[Any] = pa.Field(nullable=True)
    waiting: Series[Any]
    never_seen: Series[Any]
    not_sent: Series[Any]
    absent: Series[Any]
    sent: Series[Any]
    to_come: Series[Any]
    oldest: Series[Any] = pa.Field(nullable=True)  # the most days
    first_void: Series[Any] = pa.Field(nullable=True)  # the first day on which one is voided


class DoneCount(pa.DataFrameModel):
    """How many sessions of one test and centre no longer wait."""

    test: Series[Any]
    centre: Series[Any]
    done: Series[Any]


def _columns(model: type[pa.DataFrameModel]) -> list[str]:
    """Their names. To ask the model's schema would import Dask, where that is installed."""
    return list(model.__annotations__)


ENTRIES = _columns(Entry)
ENTRY_TEXTS = [name for name in ENTRIES if name not in {"row", "renumbered"}]
FINDINGS = _columns(Finding)
ASIDE = _columns(SetAside)
UNUSED = _columns(UnusedKeycode)
SUBMISSIONS = _columns(SubmissionRow)
ACCOUNT_SUBMISSIONS = _columns(AccountSubmission)
OUTSTANDING = _columns(OutstandingSession)
OUTSTANDING_COUNTS = _columns(OutstandingCount)


def typed(frame: pd.DataFrame, _model: type[_Model]) -> DataFrame[_Model]:
    """The same frame, said to be of this model. Nothing is looked at: that is for the tests."""
    return cast("DataFrame[_Model]", frame)


def at_id(rows: _Frame) -> _Frame:
    """Entries as places of findings about whose a row is: at the cell that says it."""
    return rows.assign(column=rows["id_column"], text=rows["id_text"], question=None)
