"""What a sender can mend in a source file: the cells at fault, the rows of what was not sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import pandas as pd

from pipeline.foreign_text import visible
from pipeline.model import Interpreted, Table
from pipeline.read.returned_record import RECORD, ROWS, TO_MEND, sent_name
from pipeline.reconcile import Reconciliation
from pipeline.source import column_number
from schemas.frames import DataFrame, NumberedEntry, SetAside
from schemas.words import SETTLED, Outcome, Severity

_MAX_SHEET_NAME_CHARS = 31
_MAX_MESSAGE_CHARS = 1_000
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]|^'|'$")  # in the name of a sheet
_SET_ASIDE_OF_NO_HEADING = {"blank", "note", "not marked"}
_TO_DO = {
    Outcome.REFUSED: "Look at the session in Surpass. Correct the row if it is wrong.",
    Outcome.NOT_OPEN: "Look at the session in Surpass. Correct the keycode if it is wrong.",
}
WAITS = {"second-keying-missing"}
"""Rules of files in which nothing is wrong."""

NOT_THE_SENDERS = SETTLED | {Outcome.FAILED, Outcome.IN_DOUBT, Outcome.UNCONFIRMED}
"""Outcomes of which the sender has nothing to mend: another run settles them, or a person who looks
in Surpass."""


@dataclass(frozen=True)
class AtFault:
    """A place in a sheet: row and column from 0, and what is wrong there."""

    rule: str
    severity: str
    sheet: str
    row: int | None
    column: int | None
    message: str
    to_do: str


@dataclass(frozen=True)
class SheetToMend:
    """One of the sender's sheets, and what is wrong in it."""

    table: Table
    name: str  # in the workbook
    rows_name: str  # of the sheet of its rows to mend; "" where there are none
    heading: Sequence[int]  # rows, from 0
    to_mend: Sequence[int]
    at_fault: Mapping[tuple[int, int], Sequence[AtFault]]


def unsettled_entries(
    reconciliation: Reconciliation, entries: DataFrame[NumberedEntry]
) -> DataFrame[NumberedEntry]:
    """The entries of the submissions that the sender can do something about."""
    outcomes = reconciliation.submissions["outcome"]
    known = [str(outcome) for outcome in NOT_THE_SENDERS]
    left = outcomes.index[~outcomes.isin(known)]
    errors = reconciliation.findings
    errors = errors[(errors["severity"] == str(Severity.ERROR)) & errors["submission"].notna()]
    of_no_row = errors["row"].isna().groupby(errors["submission"]).all()
    left = left.difference(pd.Index(of_no_row.index[of_no_row.astype(bool)]))
    return entries[entries["submission"].isin(left)]


def cells_at_fault(
    reconciliation: Reconciliation, name: str, unsettled: DataFrame[NumberedEntry]
) -> list[AtFault]:
    """All that is wrong in the file of this name, errors first."""
    cells = [*_of_outcomes(reconciliation, unsettled), *_of_findings(reconciliation, name)]
    return [*dict.fromkeys(cells)]  # what is wrong with a whole file is said of each session


def _of_findings(reconciliation: Reconciliation, name: str) -> Iterator[AtFault]:
    found = reconciliation.findings
    found = found[found["file"] == name]
    errors_first = found.sort_values("severity", kind="stable")  # error, warning
    for one in errors_first.to_dict("records"):
        yield AtFault(
            str(one["rule"]),
            str(one["severity"]),
            "" if pd.isna(one["sheet"]) else str(one["sheet"]),
            None if pd.isna(one["row"]) else int(one["row"]) - 1,
            _column_at_fault(one["column"]),
            visible(str(one["message"]), _MAX_MESSAGE_CHARS),
            visible(str(one["to_do"]), _MAX_MESSAGE_CHARS),
        )


def _of_outcomes(
    reconciliation: Reconciliation, unsettled: DataFrame[NumberedEntry]
) -> Iterator[AtFault]:
    """What Surpass said of a submission of which no finding speaks."""
    found = reconciliation.findings
    with_error = found.loc[found["severity"] == str(Severity.ERROR), "submission"].dropna()
    firsts = unsettled.drop_duplicates("submission")
    for one in firsts[~firsts["submission"].isin(with_error)].to_dict("records"):
        ended = reconciliation.submissions.loc[one["submission"]]
        outcome = Outcome(ended["outcome"])
        yield AtFault(
            str(outcome),
            str(Severity.ERROR),
            str(one["sheet"]),
            int(one["row"]) - 1,
            _column_at_fault(one["id_column"]),
            visible(str(ended["reason"]), _MAX_MESSAGE_CHARS),
            _TO_DO.get(outcome, outcome.meaning),
        )


def _column_at_fault(letters: object) -> int | None:
    named = isinstance(letters, str) and re.fullmatch("[A-Z]{1,3}", letters)
    return column_number(str(letters)) if named else None


def sheets_to_mend(
    tables: Sequence[Table],
    cells: Sequence[AtFault],
    unsettled: DataFrame[NumberedEntry],
    reconciliation: Reconciliation,
    source: Interpreted,
) -> list[SheetToMend]:
    """The sender's sheets, each with what is wrong in it, and which of its rows are to mend."""
    taken = {RECORD.casefold(), TO_MEND.casefold()}
    names = [_free_name(table.sheet or _stem(source.source.name), taken) for table in tables]
    aside = reconciliation.set_aside
    aside = aside[aside["file"] == source.source.name]
    sheets = []
    for table, name in zip(tables, names, strict=True):
        here = [cell for cell in cells if cell.sheet == table.sheet and cell.row is not None]
        rows = unsettled.loc[unsettled["sheet"] == table.sheet, "row"].astype(int) - 1
        used = source.entries.loc[source.entries["sheet"] == table.sheet, "row"].astype(int) - 1
        heading = _heading(aside[aside["sheet"] == table.sheet], used)
        wrong = {
            cell.row for cell in here if cell.severity == Severity.ERROR and cell.row is not None
        }
        to_mend = sorted({*rows.tolist(), *wrong} - {*heading}) if len(used) else []
        to_mend = [row for row in to_mend if row < len(table.cells)]
        rows_name = _free_name(ROWS, taken) if to_mend else ""
        sheets.append(SheetToMend(table, name, rows_name, heading, to_mend, _by_place(here)))
    return sheets


def _heading(aside: DataFrame[SetAside], used: pd.Series[int]) -> list[int]:
    """The rows above the first candidate that say what the columns are."""
    rows = aside.loc[~aside["reason"].isin(_SET_ASIDE_OF_NO_HEADING), "row"].astype(int) - 1
    first = int(used.min()) if len(used) else 0
    return sorted(rows[rows < first].tolist())


def _by_place(cells: Iterable[AtFault]) -> dict[tuple[int, int], list[AtFault]]:
    places: dict[tuple[int, int], list[AtFault]] = {}
    for cell in cells:
        if cell.row is not None:
            places.setdefault((cell.row, cell.column or 0), []).append(cell)
    return places


def _stem(name: str) -> str:
    return PurePath(sent_name(name)).stem


def _free_name(wanted: str, taken: set[str]) -> str:
    """A name that a sheet may have and no other has, whatever the case of its letters."""
    base = _FORBIDDEN.sub("_", wanted).strip()[:_MAX_SHEET_NAME_CHARS].rstrip("'") or "Sheet"
    if base.casefold() == "history":  # which Excel keeps for itself
        base = "History_"
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        end = f" {number}"
        name = base[: _MAX_SHEET_NAME_CHARS - len(end)] + end
    taken.add(name.casefold())
    return name
