"""``papermarks absent``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from flows.cli import show
from flows.cli.history import named
from pipeline import event_loop, settings
from pipeline.deliver.absences import VOIDED, Absence, absences, void
from pipeline.errors import ExitCode, LedgerError, SurpassError
from pipeline.foreign_text import in_a_line
from pipeline.ledger import Ledger, open_ledger
from pipeline.surpass import Surpass, access_of
from pipeline.user import host_name, user_name

_T = TypeVar("_T")


def absent(
    run: Annotated[str, typer.Argument(help="The run's id, or last: see papermarks runs.")],
    only_list: Annotated[
        bool, typer.Option("--list", help="Void nothing; only list them.")
    ] = False,
) -> None:
    """Void the sessions of a run's absent candidates in Surpass, asking before each.

    Voiding cannot be reversed. Only sessions are offered that still wait for marks, have none in
    Surpass, and to which papermarks sent nothing.
    """
    current = settings.load()
    with open_ledger(current) as ledger:
        run = named(ledger, run)
        found = _ask(current, lambda surpass: _all(surpass, ledger, run))
        _list(found)
        left = [absence for absence in found if not absence.settled]
        if not only_list:
            left = [absence for absence in left if not _voided(current, ledger, run, absence)]
            show.line(f"{len(found) - len(left)} of {len(found)} are voided.")
    raise typer.Exit(ExitCode.NEEDS_A_PERSON if left else ExitCode.DONE)


async def _all(surpass: Surpass, ledger: Ledger, run: str) -> list[Absence]:
    return [absence async for absence in absences(surpass, ledger, run)]


def _list(found: list[Absence]) -> None:
    if not found:
        show.line("This run has no candidate who is entered as absent.")
        return
    table = Table("Keycode", "Test", "Centre", "To void")
    for absence in found:
        table.add_row(absence.keycode, *_where(absence), absence.obstacle or "it may be voided")
    show.table(table)


def _voided(current: settings.Settings, ledger: Ledger, run: str, absence: Absence) -> bool:
    """Ask, and void it where a person says yes; whether it is voided."""
    if absence.obstacle is not None:
        return False
    test, centre = _where(absence)
    question = f"Void {absence.keycode} (test {test}, centre {centre})? This cannot be reversed."
    if not typer.confirm(in_a_line(question), default=False):
        return False
    who = f"{user_name()} on {host_name()}"
    try:
        became = _ask(current, lambda surpass: void(surpass, ledger, run, absence, who))
    except (SurpassError, LedgerError) as error:
        became = f"not voided, as far as is known: {error}"
    show.line(f"{absence.keycode}: {became}")
    return became == VOIDED


def _where(absence: Absence) -> tuple[str, str]:
    session = absence.session
    linked = (session.test, session.centre) if session is not None else (None, None)
    test, centre = ((link and link.reference) or "" for link in linked)
    return test, centre


def _ask(current: settings.Settings, question: Callable[[Surpass], Awaitable[_T]]) -> _T:
    """Each question in a loop of its own, so that Ctrl-C ends a prompt."""

    async def asking() -> _T:
        async with Surpass(access_of(current)) as surpass:
            return await question(surpass)

    return event_loop.run(asking)
