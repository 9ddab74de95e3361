"""``papermarks purge``: remove personal data by age."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import asdict
from typing import Annotated

import typer

from flows.cli import show
from pipeline import settings
from pipeline.errors import ExitCode, FolderUnavailable, InputError
from pipeline.evidence import purge as evidence
from pipeline.ledger import open_ledger
from pipeline.settings import Settings

_DAYS = re.compile(r"([1-9]\d{0,4})\s*d?(ays?)?")
_MAX_LISTED = 20


def purge(
    older_than: Annotated[
        str | None,
        typer.Option(metavar="DAYS", help="Such as 400d; default: the setting PURGE_AFTER."),
    ] = None,
    unsent_too: Annotated[
        bool,
        typer.Option("--unsent-too", help="Also runs with sessions held, failed or not open."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Without asking.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; needs --yes.")] = False,
) -> None:
    """Remove the personal data of old runs from ledger, copies, archive and reports.

    What is needed never to send a session again is kept, without its keycode. What is in doubt or
    unconfirmed is never removed.
    """
    current = settings.load()
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=_days(older_than, current))
    if as_json and not yes:
        raise InputError("with --json say --yes too: nobody can be asked")
    with open_ledger(current) as ledger:
        if not yes:
            planned = evidence.plan(ledger, current, before, unsent_too=unsent_too)
            _show(planned, "Would remove")
            if planned.empty:
                raise typer.Exit(ExitCode.DONE)
            typer.confirm("Remove it? It cannot be brought back.", abort=True)
        try:
            done = evidence.purge(ledger, current, before, unsent_too=unsent_too)
        except OSError as error:
            raise FolderUnavailable(
                f"{error.filename} cannot be removed: {error.strerror}. Say papermarks purge again "
                "when it can be; the ledger is purged"
            ) from error
    if as_json:
        typer.echo(json.dumps(asdict(done), indent=1))
    else:
        _show(done, "Removed")


def _days(text: str | None, current: Settings) -> int:
    if text is None and current.purge_after is not None:
        return current.purge_after
    found = _DAYS.fullmatch((text or "").strip())
    if found is None:
        raise InputError("say how old: --older-than 400d, or set PAPERMARKS_PURGE_AFTER to days")
    return int(found[1])


def _show(purged: evidence.Purge, did: str) -> None:
    show.line(
        f"{did} what is older than {purged.before}: {len(purged.runs)} runs, {purged.archived} "
        f"archived files, {purged.reports} reports, {purged.copies} earlier copies of the ledger."
    )
    for run, outcomes in [*purged.kept.items()][:_MAX_LISTED]:
        counts = ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))
        show.line(f"Kept: run {run}, of which not all is settled ({counts}).")
    if len(purged.kept) > _MAX_LISTED:
        show.line(f"Kept too: {len(purged.kept) - _MAX_LISTED} more runs.")
    show.line(
        "Files in done/, attention/ and rejected/ are yours: papermarks does not remove them."
    )
