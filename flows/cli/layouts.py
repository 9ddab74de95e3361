"""``papermarks layouts``, ``layout new`` and ``inspect``: what a file is to us, before any run."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.table import Table

from flows.cli import confirm, show
from pipeline import settings
from pipeline.errors import ExitCode, InputError
from pipeline.findings import counts_of
from pipeline.interpret import (
    Choices,
    ReadingOptions,
    guessed,
    layouts,
    proposed,
    shipped,
)
from pipeline.interpret import (
    in_force as known_layouts,
)
from pipeline.interpret.match_result import Sheet
from pipeline.interpret.prepare import prepare
from pipeline.model import Interpreted
from pipeline.read import identify, tables
from pipeline.read.limits import limits_of
from pipeline.report import atomic, to_python_values
from pipeline.source import column_number
from pipeline.validate.validated import validated
from schemas.layout import Layout
from schemas.words import Kind, Severity

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Only = Annotated[str | None, typer.Option("--layout", help="Try only the layout of this name.")]
File = Annotated[Path, typer.Argument(help="A mark sheet or scan export.")]

_FINDING = ["rule", "severity", "sheet", "row", "column", "keycode", "message", "to_do"]
_MAX_PER_RULE = 50  # findings that are shown: enough to see what is wrong throughout
_MAX_ROWS = 8  # set aside for one reason, by number

app = typer.Typer(help="Layouts of your own.", no_args_is_help=True)


def list_layouts(
    as_json: AsJson = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the table of schemas/README.md: ours only.")
    ] = False,
    revoked: Annotated[
        str | None, typer.Option("--revoke", help="Take back a confirmed reading, by its name.")
    ] = None,
) -> None:
    """List the layouts that are tried on a file (ours, and your own) and confirmed readings."""
    if revoked is not None:
        confirm.revoke(revoked)
        return
    if as_markdown:
        typer.echo(markdown())
        return
    in_force = settings.load()
    offices = layouts.offices(in_force.layouts)
    known = known_layouts(in_force.layouts)
    if as_json:
        typer.echo(json.dumps([layout.model_dump(mode="json") for layout in known], indent=1))
        return
    table = Table("Layout", "What it is", "Holds", "How sure we are")
    for layout in known:
        holds = layout.refused or f"{layout.kind}, {layout.shape}"
        standing = "your own" if layout.name in offices else str(layout.standing)
        table.add_row(layout.name, layout.title, holds, standing)
    show.table(table)
    confirmed = confirm.confirmed_table(in_force)
    if confirmed is not None:
        show.table(confirmed)
    show.note(f"Your own go into {in_force.layouts}; papermarks layout new FILE makes one.")


def markdown() -> str:
    """The layouts that we ship, as the table in schemas/README.md."""
    rows = [
        f"| {layout.title} | {layout.refused or layout.kind.value} | {layout.standing} |"
        for layout in sorted(shipped(), key=lambda layout: layout.title)
    ]
    return "\n".join(["| layout | holds | how sure |", "|---|---|---|", *rows])


def inspect(
    file: File,
    layout: Only = None,
    entries: Annotated[int, typer.Option(min=0, help="Show the first so many entries.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Say what a file is, how it is read, and what is wrong in it; nothing is sent or kept."""
    in_force = settings.load()
    known = known_layouts(in_force.layouts, layout)
    source = _read(file, known, in_force)
    if as_json:
        typer.echo(json.dumps(_to_json(source, entries), indent=1, ensure_ascii=False))
    else:
        _show(source, entries)
    bad = (source.findings["severity"] == Severity.ERROR).any()
    code = ExitCode.NEEDS_A_PERSON if source.readable else ExitCode.NOTHING_READABLE
    raise typer.Exit(code if bad or not source.readable else ExitCode.DONE)


def _read(file: Path, known: Sequence[Layout], in_force: settings.Settings) -> Interpreted:
    """The file, with all findings that need no Surpass."""
    options = ReadingOptions.of(in_force)
    read = prepare([file], known, options, lambda: None, limits=limits_of(in_force))
    checked = validated(read, in_force.validation)
    return replace(checked.sources[0], findings=checked.findings)


def _to_json(source: Interpreted, entries: int) -> dict[str, Any]:
    def records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
        return to_python_values(frame).to_dict("records")

    return {
        "file": source.source.name,
        "read_as": source.read_as,
        "layouts": list(source.layouts),
        "rows_read": source.rows_read,
        "entries": len(source.entries),
        "first_entries": records(source.entries.head(entries)),
        "rows_set_aside": records(source.set_aside),
        "findings": records(source.findings[_FINDING].sort_values("severity", kind="stable")),
    }


def _show(source: Interpreted, entries: int) -> None:
    show.line(f"{source.source.name}: {source.read_as or 'not readable'}")
    show.line(f"Layout: {', '.join(source.layouts) or 'none that fits'}")
    used = len(source.entries.drop_duplicates(["sheet", "row"]))
    show.line(
        f"Rows: {source.rows_read} read = {used} used + {len(source.set_aside)} set aside"
        f"; entries: {len(source.entries)}"
    )
    reasons = source.set_aside.groupby("reason", sort=False)["row"].agg(list)
    for reason, rows in reasons.items():
        more = f" and {len(rows) - _MAX_ROWS} more" if len(rows) > _MAX_ROWS else ""
        show.line(f"  {reason}: row {', '.join(map(str, rows[:_MAX_ROWS]))}{more}")
    if entries and len(source.entries):
        table = Table("Cell", "Keycode", "Candidate", "Question", "As written", "Read as")
        for entry in to_python_values(source.entries.head(entries)).to_dict("records"):
            cell = ", ".join(filter(None, (entry["sheet"], f"{entry['column']}{entry['row']}")))
            read = entry["meaning"] if entry["value"] is None else entry["value"]
            identity = (
                cell,
                entry["keycode"],
                entry["candidate"],
                entry["question"],
                entry["text"],
            )
            table.add_row(*map(str, identity), str(read))
        show.table(table)
    ordered = source.findings.sort_values("severity", kind="stable")  # errors first
    shown = ordered[ordered.groupby("rule").cumcount() < _MAX_PER_RULE]
    for finding in to_python_values(shown).to_dict("records"):
        cell = ", ".join(
            filter(None, (finding["sheet"], f"{finding['column'] or ''}{finding['row'] or ''}"))
        )
        show.line(f"  {finding['severity']}: {cell + ': ' if cell else ''}{finding['message']}")
    if others := int(counts_of(source.findings).sum() - counts_of(shown).sum()):
        show.line(f"  and {others} more of these; --json has all.")


@app.command()
def new(
    file: File,
    name: Annotated[str | None, typer.Option(help="Its name, such as our-scanner.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Marks, or multiple-choice responses.")] = None,
    shape: Annotated[
        str | None, typer.Option(help="wide: a column per question; long: a row per question.")
    ] = None,
    heading: Annotated[int | None, typer.Option(help="Its row; 0: none.")] = None,
    id_column: Annotated[str | None, typer.Option("--id", help="The column of ids: A.")] = None,
    by: Annotated[str | None, typer.Option(help="The ids are: keycode, or candidate.")] = None,
    first: Annotated[
        str | None, typer.Option(help="The first question's column (long: the question numbers').")
    ] = None,
    last: Annotated[
        str | None, typer.Option(help="The last question's column (long: the marks').")
    ] = None,
    blank: Annotated[list[str] | None, typer.Option(help="A word for a blank; repeat.")] = None,
    absent: Annotated[list[str] | None, typer.Option(help="A word for absent; repeat.")] = None,
    multiple: Annotated[
        str, typer.Option(help="Several answers in one cell, as a regular expression.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; guess.")] = False,
) -> None:
    """Make a layout for a file that none fits: asks, or takes options, and tries it on the file."""
    in_force = settings.load()
    read, _ = tables(identify(file), limits=limits_of(in_force))
    sheet = Sheet.of(max(read, key=lambda table: table.cells.size))
    guess = guessed(sheet, name or _name(file))
    if not yes:
        _first_rows(sheet)

    def choose(question: str, given: Any, default: Any) -> Any:  # whichever type it has
        if given is not None:
            return given
        return default if yes else typer.prompt(question, default=default, type=type(default))

    chosen = Choices(
        name=choose("Name of the layout", name, guess.name),
        kind=Kind(choose("Does it hold marks or responses", kind, guess.kind.value)),
        shape=choose("Is a row a candidate (wide) or a question (long)", shape, guess.shape),
        heading=choose("Row of the heading (0: there is none)", heading, guess.heading),
        id=_number(choose("Column that says whose a row is", id_column, _letter(sheet, guess.id))),
        by=choose("Is that the session's keycode, or a candidate reference", by, guess.by),
        first=_number(choose("Column of the first question", first, _letter(sheet, guess.first))),
        last=_number(choose("Column of the last question", last, _letter(sheet, guess.last))),
        blank=tuple(blank or ()),
        absent=tuple(absent or ()),
        multiple=multiple,
    )
    _check(chosen, sheet)
    _write(in_force, file, chosen, proposed(sheet, chosen))


def _write(in_force: settings.Settings, file: Path, chosen: Choices, text: str) -> None:
    layouts.parse(text, f"{chosen.name}.toml")
    path = in_force.layouts / f"{chosen.name}.toml"
    if path.exists():
        raise InputError(f"{path} exists already; choose another --name, or delete it first")
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_bytes(path, text.encode())
    show.line(f"Written: {path}")
    known = known_layouts(in_force.layouts, chosen.name)
    source = _read(file, known, in_force)
    show.note("What the file comes to with it (mend the layout in an editor where it is wrong):")
    _show(source, 10)


def _first_rows(sheet: Sheet) -> None:
    table = Table("", *sheet.names[:12])
    for row, cells in sheet.cells.iloc[:12, :12].iterrows():
        table.add_row(str(int(str(row)) + 1), *cells.tolist())
    show.table(table)


def _check(chosen: Choices, sheet: Sheet) -> None:
    """InputError where what was chosen cannot be."""
    rows, columns = sheet.cells.shape
    words = {"shape": (chosen.shape, ("wide", "long")), "by": (chosen.by, ("keycode", "candidate"))}
    for option, (given, allowed) in words.items():
        if given not in allowed:
            raise InputError(f"--{option} must be {' or '.join(allowed)}, not '{given}'")
    if not 0 <= chosen.heading <= rows:
        raise InputError(f"--heading must be a row of the file, from 1 to {rows}, or 0")
    for option, at in (("id", chosen.id), ("first", chosen.first), ("last", chosen.last)):
        if not 1 <= at <= columns:
            raise InputError(f"--{option} must be a column of the file, up to {sheet.names[-1]}")


def _name(file: Path) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in file.stem.lower())
    return "-".join(word for word in words.split() if word.isascii()) or "our-layout"


def _letter(sheet: Sheet, column: int) -> str:
    return sheet.names[min(column, len(sheet.names)) - 1] if sheet.names else "A"


def _number(letters: str) -> int:
    """A column by its letters, from 1."""
    if not letters.isascii() or not letters.isalpha():
        raise InputError(f"'{letters}' is no column; write its letter, such as C")
    return column_number(letters.upper()) + 1
