"""``papermarks confirm`` and ``papermarks resolve``: what a run left in doubt or unconfirmed."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from flows.cli import show
from flows.cli.history import named
from pipeline import event_loop, settings
from pipeline.deliver.confirm import Confirmation
from pipeline.errors import ExitCode, InputError
from pipeline.ledger import open_ledger
from pipeline.ledger.shown_runs import LAST
from pipeline.run import confirm
from pipeline.surpass import Surpass, access_of
from pipeline.user import host_name, user_name

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Verdict(StrEnum):
    """What a person found in Surpass."""

    ACCEPTED = "accepted"
    NOT_TAKEN = "not-taken"


def confirm_run(
    run: Annotated[
        str | None,
        typer.Argument(help="The run's id, or last: see papermarks runs. None: all runs."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read again what is in doubt or unconfirmed, and settle it. Nothing is sent."""
    current = settings.load()
    chosen = run
    if run == LAST:
        with open_ledger(current) as ledger:
            chosen = named(ledger, run)

    async def asking() -> Confirmation:
        async with Surpass(access_of(current)) as surpass:
            return await confirm(current, surpass, chosen)

    try:
        found = event_loop.run(asking)
    except LookupError as error:
        raise InputError(f"there is no run {run}; papermarks runs lists them") from error
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=1))
    else:
        _show(found)
    raise typer.Exit(ExitCode.NEEDS_A_PERSON if found.left else ExitCode.DONE)


def _show(found: Confirmation) -> None:
    if found.recovered:
        table = Table("Keycode", "Run", "Outcome", "Why")
        for each in found.recovered:
            table.add_row(each.keycode, each.run, each.outcome, each.reason)
        show.table(table)
    show.line(f"{len(found.recovered)} settled, {found.left} still open.")
    if found.left:
        show.line(
            "Look at those in Surpass (papermarks show RUN lists them), then write down what you "
            "found: papermarks resolve KEYCODE accepted|not-taken --reason ..."
        )


def resolve(
    keycode: Annotated[str, typer.Argument(help="The session's keycode.")],
    verdict: Annotated[
        Verdict,
        typer.Argument(help="accepted: its marks are in Surpass. not-taken: they surely are not."),
    ],
    reason: Annotated[str, typer.Option(help="What you saw in Surpass; kept in the ledger.")],
) -> None:
    """Write down what a person found out of a session that is in doubt or unconfirmed.

    After 'not-taken' the next run may send it again.
    """
    if not reason.strip():
        raise InputError("say in --reason what you saw in Surpass")
    who = f"{user_name()} on {host_name()}"
    with open_ledger(settings.load()) as ledger:
        try:
            resolution = ledger.resolve(
                keycode, taken=verdict is Verdict.ACCEPTED, reason=reason.strip(), who=who
            )
        except LookupError as error:
            raise InputError(
                f"{keycode} is neither in doubt nor unconfirmed: there is nothing to resolve"
            ) from error
    show.line(f"{keycode} of run {resolution.run}: {verdict}. Written down for {who}.")
