"""``papermarks template``."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.cli import show
from pipeline import event_loop, settings
from pipeline.errors import InputError
from pipeline.interpret import in_force as known_layouts
from pipeline.office.template import build_workbook, group_into_forms
from pipeline.progress import Progress
from pipeline.report.atomic import write_bytes
from pipeline.surpass import Session, Surpass, access_of
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.waiting import WaitingSession, waiting_sessions

Test = Annotated[str | None, typer.Option(help="Only of the test with this reference.")]
Centre = Annotated[str | None, typer.Option(help="Only of the centre with this reference.")]


class Split(StrEnum):
    """By what sheets are parted into files."""

    CENTRE = "centre"


def template(
    test: Test = None,
    centre: Centre = None,
    form: Annotated[
        str | None, typer.Option(help="Only of the test form with this reference.")
    ] = None,
    split: Annotated[
        Split | None, typer.Option(help="A file for each centre, with its reference in the name.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE.xlsx", help="Where to write it.")
    ] = None,
    questions: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="How many there are, where Surpass does not say."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Make an Excel mark sheet of the sessions that wait for marks, to be filled in."""
    path = output or Path(_name(test, form, centre))
    _check_path(path, force=force)
    in_force = settings.load()
    layouts = known_layouts(in_force.layouts)
    with show.progress(quiet=False) as progress:
        found = event_loop.run(lambda: _ask(in_force, where(test, centre, form), progress))
    files = _by_file(path, _readable(found), split)
    for file in files:
        _check_path(file, force=force)  # before the first is written
    for file, sessions in files.items():
        sheets = group_into_forms(sessions, layouts, questions)
        _write(file, build_workbook(sheets, dt.datetime.now().date()))
        for sheet in sheets:
            show.line(f"  {sheet.title}, {len(sheet.maxima)} questions")
        show.line(f"Mark sheet: {file}")


def _by_file(
    path: Path, sessions: Sequence[Session], split: Split | None
) -> dict[Path, list[Session]]:
    """The sessions of each file; InputError where two centres would have the same name."""
    if split is None:
        return {path: list(sessions)}
    by_centre: dict[str, list[Session]] = defaultdict(list)
    for session in sessions:
        by_centre[(session.centre and session.centre.reference) or "no centre"].append(session)
    files = {
        path.with_name(_plain(f"{path.stem}-{centre}") + path.suffix): of_centre
        for centre, of_centre in sorted(by_centre.items())
    }
    if len({file.name.casefold() for file in files}) < len(by_centre):
        raise InputError("two centres have references that make the same file name: use --centre")
    return files


def _write(path: Path, content: bytes) -> None:
    try:
        write_bytes(path, content)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def where(test: str | None, centre: str | None, form: str | None = None) -> dict[str, str]:
    """The conditions of Surpass's list."""
    conditions = {"test/reference": test, "centre/reference": centre, "testForm/reference": form}
    return {name: value for name, value in conditions.items() if value is not None}


async def _ask(
    in_force: settings.Settings, conditions: dict[str, str], progress: Progress
) -> list[WaitingSession]:
    async with Surpass(access_of(in_force)) as surpass:
        line = CircuitBreaker(in_force.concurrency, in_force.stop_after)
        return await waiting_sessions(surpass, conditions, line, progress, questions=True)


def _readable(found: Sequence[WaitingSession]) -> list[Session]:
    """The sessions that could be read; the others are named, and stay out of the sheet."""
    if not found:
        raise InputError(
            "No session waits for marks there. Are the references right? "
            "papermarks session list shows what Surpass has."
        )
    unread = [session.unread for session in found if session.unread is not None]
    if len(unread) == len(found):
        raise unread[0]
    if unread:
        count = f"{len(unread)} of {len(found)}"
        show.note(f"{count} sessions could not be read and are left out: {unread[0]}")
    return [waits.session for waits in found if waits.unread is None]


def _name(*references: str | None) -> str:
    return _plain("-".join(filter(None, ("mark-sheet", *references)))) + ".xlsx"


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)


def _check_path(path: Path, *, force: bool) -> None:
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"{path}: write it with .xlsx at the end")
    if path.exists() and not force:
        raise InputError(f"{path} is there already; --force writes over it, marks and all")
