"""``papermarks verify``: that nothing was altered since."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from flows.cli import show
from pipeline import settings
from pipeline.errors import ExitCode, InputError
from pipeline.evidence.finding import Verdict, Verification
from pipeline.evidence.verify import verify as verify_evidence
from pipeline.ledger import open_history

_STYLES = {Verdict.ALTERED: "bold red", Verdict.NOTE: "yellow"}


def verify(
    run: Annotated[
        str | None,
        typer.Argument(help="Only this run: its id, or last. See papermarks runs."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare the ledger, the archive and the reports with the chain of records.

    Nothing is changed, and Surpass is not asked.
    """
    current = settings.load()
    with closing(open_history(current)) as ledger:
        try:
            chosen = None if run is None else ledger.run_named(run)
            found = verify_evidence(ledger, current, chosen)
        except LookupError as error:
            raise InputError(f"there is no run {run}; papermarks runs lists them") from error
    if as_json:
        typer.echo(json.dumps(asdict(found) | {"altered": found.altered}, indent=1))
    else:
        _show(found)
    raise typer.Exit(ExitCode.NEEDS_A_PERSON if found.altered else ExitCode.DONE)


def _show(found: Verification) -> None:
    if found.findings:
        table = Table("", "What", "Found")
        for finding in sorted(found.findings, key=lambda each: each.verdict):
            style = _STYLES[finding.verdict]
            table.add_row(finding.verdict, finding.what, finding.sentence, style=style)
        show.table(table)
    show.line(
        f"Looked at: {found.records} records, {found.runs} runs, {found.archived} archived files, "
        f"{found.reports} reports."
    )
    count = sum(finding.verdict is Verdict.ALTERED for finding in found.findings)
    if count:
        show.line(
            f"{count} altered or gone. Keep everything as it is, and find out who could write "
            "there; a copy of the ledger is in backup/."
        )
    else:
        show.line("Nothing was altered.")
    show.line(f"The last record is {found.head}.")
