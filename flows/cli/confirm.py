"""``papermarks confirm-layout``: a person says which reading of an uncertain sheet is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from flows.cli import show
from pipeline import settings
from pipeline.errors import ExitCode, InputError
from pipeline.interpret import ReadingOptions, in_force
from pipeline.interpret.confirmed import Confirmation, as_toml, confirmed_shapes
from pipeline.interpret.layouts import CONFIRMED
from pipeline.interpret.match_result import Choice, Sheet, Unrecognised
from pipeline.interpret.prepare import prepare
from pipeline.interpret.recognise import SheetReading, recognise
from pipeline.read import identify, tables
from pipeline.read.limits import limits_of
from pipeline.report import atomic
from pipeline.report.values import records

_SHOWN = 8  # cells that are shown in each reading
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def confirm_layout(
    file: Annotated[Path, typer.Argument(help="A file that is not read for certain.")],
    yes: Annotated[bool, typer.Option("--yes", help="Choose the first reading, unasked.")] = False,
    choose: Annotated[
        int | None, typer.Option(min=0, help="Choose the reading of this number, unasked; 0: none.")
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(help="The letter of a column that holds nothing to be sent; repeat."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Only the sheet of this name.")] = None,
) -> None:
    """Show the readings of an uncertain file; the one you choose counts for all of its form."""
    office = _Office(settings.load(), file)
    sheets = [one for one in office.sheets() if sheet in (None, one.table.sheet)]
    asked = False
    for one in sheets:
        if leave_out:
            office.leave_out(one, leave_out)
        asked |= _ask(office, one, 1 if yes else choose)
    if not asked and not leave_out:
        show.line(f"{file.name} has no sheet whose reading is uncertain.")
    raise typer.Exit(ExitCode.DONE)


def revoke(shape: str) -> None:
    """Take a confirmation back."""
    ours = settings.load()
    shapes = confirmed_shapes(ours.layouts)
    if shape not in shapes:
        raise typer.BadParameter(f"{shape} is not among the confirmed readings")
    del shapes[shape]
    atomic.write_bytes(ours.layouts / CONFIRMED, as_toml(shapes).encode())
    show.note(f"{shape} is revoked: such a sheet is asked about again.")


def confirmed_table(ours: settings.Settings) -> Table | None:
    """The readings that are confirmed, for the list of layouts."""
    shapes = confirmed_shapes(ours.layouts)
    if not shapes:
        return None
    table = Table("Confirmed reading", "First seen in", "Sheet", "Layout", "Read as", "Left out")
    for shape, facts in shapes.items():
        said = Confirmation.of(facts)
        row = [str(facts.get(name, "")) for name in ("file", "sheet", "layout")]
        table.add_row(shape, *row, said.reading, ", ".join(said.left_out))
    return table


@dataclass(frozen=True)
class _Office:
    """A file, read as the office's settings and what is confirmed say."""

    ours: settings.Settings
    file: Path

    def sheets(self) -> list[Sheet]:
        read, _ = tables(identify(self.file), limits=limits_of(self.ours))
        return [Sheet.of(table) for table in read]

    def read(self, sheet: Sheet) -> SheetReading | Unrecognised:
        return recognise(sheet, in_force(self.ours.layouts), self._said())

    def asks(self, sheet: Sheet) -> Unrecognised | None:
        """What there is to choose of the sheet, if anything."""
        read = self.read(sheet)
        if isinstance(read, Unrecognised):
            return read
        return None if read.asks is None else replace(read.asks, shape=read.shape)

    def entries(self, sheet: Sheet, shape: str, choice: Choice) -> dict[str, tuple[str, ...]]:
        """By cell whose it is, the question, what is written, and what it is read as."""
        said = self._said() | {shape: _with(self._facts(shape), choice)}
        options = replace(ReadingOptions.of(self.ours), confirmed=said)
        known, limits = in_force(self.ours.layouts), limits_of(self.ours)
        (source,) = prepare([self.file], known, options, lambda: None, limits=limits)
        rows = source.entries[source.entries["sheet"] == sheet.table.sheet]
        return {
            f"{entry['column']}{entry['row']}": (
                str(entry["keycode"] or entry["candidate"]),
                str(entry["question"]),
                str(entry["text"]),
                str(entry["value"] or entry["meaning"]),
            )
            for entry in records(rows.head(_SHOWN * len(sheet.names)))
        }

    def keep(self, sheet: Sheet, shape: str, choice: Choice, facts: dict[str, str]) -> None:
        """Write down what was chosen, beside what is confirmed of the shape already."""
        shapes = confirmed_shapes(self.ours.layouts)
        said = _with(shapes.get(shape, {}), choice)
        named = {"file": self.file.name, "sheet": sheet.table.sheet}
        shapes[shape] = shapes.get(shape, {}) | named | facts
        shapes[shape] |= {"reading": said.reading, "left_out": [*said.left_out]}
        self.ours.layouts.mkdir(parents=True, exist_ok=True)
        atomic.write_bytes(self.ours.layouts / CONFIRMED, as_toml(shapes).encode())
        show.note(f"Confirmed as {shape}. papermarks layouts lists it, and revokes it.")

    def leave_out(self, sheet: Sheet, columns: list[str]) -> None:
        """Leave columns out that the person names, whether the sheet is uncertain or not."""
        read = self.read(sheet)
        letters = tuple(column.strip().upper() for column in columns)
        unknown = [column for column in letters if column not in sheet.names]
        if unknown:
            raise InputError(f"the sheet has no column {unknown[0]}; write its letter, such as C")
        if not read.shape:
            raise InputError("the sheet has no heading that is known, so no column can be left out")
        layout = read.layout if isinstance(read, Unrecognised) else read.match.layout.title
        choice = Choice("", "", left_out=letters)
        self.keep(sheet, read.shape, choice, {"layout": layout or "", "why": "named by a person"})

    def _facts(self, shape: str) -> dict[str, Any]:
        return confirmed_shapes(self.ours.layouts).get(shape, {})

    def _said(self) -> dict[str, Confirmation]:
        shapes = confirmed_shapes(self.ours.layouts)
        return {shape: Confirmation.of(facts) for shape, facts in shapes.items()}


def _with(facts: Mapping[str, Any], choice: Choice) -> Confirmation:
    """What is confirmed of a shape, with this choice besides."""
    known = Confirmation.of(facts) if facts else Confirmation()
    left_out = tuple(dict.fromkeys([*known.left_out, *choice.left_out]))
    # To leave a column out says nothing of what the others hold.
    return Confirmation(known.reading if choice.left_out else choice.reading or "", left_out)


def _ask(office: _Office, sheet: Sheet, number: int | None) -> bool:
    """Ask about a sheet until it is certain; whether there was anything to ask."""
    asked = ""
    while True:
        doubt = office.asks(sheet)
        if doubt is None or not doubt.choices or doubt.why == asked:
            return bool(asked)
        asked = doubt.why
        usable = [choice for choice in doubt.choices if choice.reading is not None]
        _show(office, sheet, doubt)
        chosen = number
        if chosen is None:
            question = "Which reading is right, for all sheets with this heading? (0: none)"
            chosen = typer.prompt(question, type=int, default=0)
        if not 0 < chosen <= len(usable):
            show.note("None chosen: nothing of this sheet is used.")
            return True
        facts = {"layout": doubt.layout or "", "why": doubt.why}
        office.keep(sheet, doubt.shape, usable[chosen - 1], facts)


def _show(office: _Office, sheet: Sheet, doubt: Unrecognised) -> None:
    """The readings side by side, on the sheet's own rows; one that can be chosen has a number."""
    name = office.file.name
    show.line(f"{name}, {sheet.table.sheet}" if sheet.table.sheet else name)
    column = f"the column '{doubt.text}' " if doubt.text else ""
    show.line(f"It is not certain how to read it: {column}{doubt.why}.")
    usable = [choice for choice in doubt.choices if choice.reading is not None]
    read = [office.entries(sheet, doubt.shape, choice) for choice in usable]
    others = [choice for choice in doubt.choices if choice.reading is None]
    titles = [f"{at}: {choice.says}" for at, choice in enumerate(usable, start=1)]
    table = Table(
        "Cell", "Whose", "Question", "As written", *titles, *(f"or {one.says}" for one in others)
    )
    for cell, known in _cells(sheet, doubt, read).items():
        values = [_value(cell, choice, of, known) for choice, of in zip(usable, read, strict=True)]
        is_left_out = any("left out" in value for value in values) or not doubt.text
        table.add_row(cell, *known, *values, *(_other(one, known, is_left_out) for one in others))
    show.table(table)


def _cells(
    sheet: Sheet, doubt: Unrecognised, read: list[dict[str, tuple[str, ...]]]
) -> dict[str, tuple[str, ...]]:
    """The first cells of all readings, and of the columns in doubt, with what is known of them."""
    found: dict[str, tuple[str, ...]] = {}
    for cells in read:
        for cell in [*cells][:_SHOWN]:
            found.setdefault(cell, cells[cell][:3])
    named = dict.fromkeys(name for choice in doubt.choices for name in choice.left_out)
    for name in named:
        column, heading = sheet.names.index(name), doubt.row or 0
        below = sheet.cells[column].iloc[heading:]
        over = str(sheet.cells[column].iloc[heading - 1]) if heading else ""
        for row, text in below[below != ""].head(_SHOWN // 2).items():
            found.setdefault(f"{name}{int(str(row)) + 1}", ("", over, str(text)))
    return found


def _value(
    cell: str, choice: Choice, read: Mapping[str, tuple[str, ...]], known: tuple[str, ...]
) -> str:
    if cell in read:
        whose, question, _, value = read[cell]
        shown = value if question == known[1] else f"{value}, question {question}"
        return shown if whose == known[0] else f"{shown}, of {whose}"
    return "left out" if cell.rstrip("0123456789") in choice.left_out else ""


def _other(choice: Choice, known: tuple[str, ...], in_doubt: bool) -> str:
    """What the cell would be in a reading that is only shown."""
    if choice.says == "row numbers":
        return f"row {known[0]}, of somebody else"
    return known[2] if in_doubt else ""
