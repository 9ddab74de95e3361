"""``papermarks confirm-layout``: a person says that an uncertain reading of a sheet is right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from flows.cli import show
from pipeline import settings
from pipeline.errors import ExitCode
from pipeline.interpret import ReadingOptions, in_force
from pipeline.interpret.confirmed import as_toml, confirmed_shapes
from pipeline.interpret.layouts import CONFIRMED
from pipeline.interpret.match_result import OtherReading, Sheet, Unrecognised
from pipeline.interpret.prepare import prepare
from pipeline.interpret.recognise import recognise
from pipeline.read import identify, tables
from pipeline.report import atomic

_SHOWN = 8  # entries of each reading that are shown
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def confirm_layout(
    file: Annotated[Path, typer.Argument(help="A file that is not read for certain.")],
    yes: Annotated[bool, typer.Option("--yes", help="Confirm without asking.")] = False,
) -> None:
    """Show how an uncertain file is read; if it is right, that counts for all of its form."""
    ours = settings.load()
    uncertain = _uncertain(file, ours)
    if not uncertain:
        show.line(f"{file.name} has no sheet whose reading is uncertain.")
        raise typer.Exit(ExitCode.DONE)
    shapes = confirmed_shapes(ours.layouts)
    for sheet, doubt in uncertain:
        _show(file, ours, sheet, doubt)
        if yes or typer.confirm("Is the column 'Read as' right, for all sheets with this heading?"):
            named = sheet.table.sheet
            shapes[doubt.shape] = {
                "file": file.name, "sheet": named, "layout": doubt.layout, "why": doubt.why
            }  # fmt: skip
            ours.layouts.mkdir(parents=True, exist_ok=True)
            atomic.write_bytes(ours.layouts / CONFIRMED, as_toml(shapes).encode())
            show.note(f"Confirmed as {doubt.shape}. papermarks layouts lists it, and revokes it.")
        else:
            show.note("Not confirmed: nothing of this sheet is used.")


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
    table = Table("Confirmed reading", "First seen in", "Sheet", "Read as")
    for shape, facts in shapes.items():
        table.add_row(shape, *(str(facts.get(name, "")) for name in ("file", "sheet", "layout")))
    return table


def _uncertain(file: Path, ours: settings.Settings) -> list[tuple[Sheet, Unrecognised]]:
    read, _ = tables(identify(file))
    known, confirmed = in_force(ours.layouts), confirmed_shapes(ours.layouts)
    found = []
    for table in read:
        sheet = Sheet.of(table)
        came = recognise(sheet, known, confirmed)
        if isinstance(came, Unrecognised) and came.shape:
            found.append((sheet, came))
    return found


def _show(file: Path, ours: settings.Settings, sheet: Sheet, doubt: Unrecognised) -> None:
    """Both readings side by side, on the sheet's own rows."""
    where = f"{file.name}, {sheet.table.sheet}" if sheet.table.sheet else file.name
    show.line(f"{where}: {doubt.why}.")
    options = ReadingOptions(ours.blank_mark, frozenset({doubt.shape}))
    (source,) = prepare([file], in_force(ours.layouts), options, lambda: None)
    entries = source.entries[source.entries["sheet"] == sheet.table.sheet].head(_SHOWN)
    table = Table("Cell", "Whose", "Question", "As written", "Read as", "Or is it")
    for entry in entries.to_dict("records"):
        value = entry["value"] or entry["meaning"]
        whose = entry["keycode"] or entry["candidate"]
        cell = f"{entry['column']}{entry['row']}"
        other = _other(doubt.other, str(value), str(whose))
        table.add_row(cell, whose, entry["question"], entry["text"], str(value), other)
    show.table(table)


def _other(other: OtherReading, value: str, whose: str) -> str:
    if other == "answers" and value.isdecimal() and 0 < int(value) <= len(_LETTERS):
        return f"answer {_LETTERS[int(value) - 1]}"
    if other == "grades":
        return f"grade {value}"
    return f"row {whose}, of somebody else" if other == "row numbers" else value
