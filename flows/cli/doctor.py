"""``papermarks doctor``."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import partial
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from flows.cli import show
from flows.prefect_side import health
from pipeline import settings
from pipeline.doctor import (
    Diagnosis,
    Verdict,
    examine,
    examine_ledger,
    examine_session,
    run_check,
    settings_in_force,
)
from pipeline.doctor.notifications import check_notifications
from pipeline.errors import ExitCode

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "bold red"}


def doctor(
    session: Annotated[
        str | None,
        typer.Option(
            metavar="KEYCODE",
            help="Read this session, and say what this Surpass tells, nothing personal.",
        ),
    ] = None,
    ledger: Annotated[
        bool,
        typer.Option(
            "--ledger", help="Look at the ledger alone: file, rows, chain of records, copies."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at all that a run needs, and say how to mend what is not well. Changes nothing.

    With --session it looks at one session that waits for marks, to see what this Surpass tells.
    """
    if session is not None:
        raise typer.Exit(_of_session(session, as_json=as_json))
    if ledger:
        raise typer.Exit(_print(examine_ledger(settings.load()), as_json=as_json))
    diagnoses = examine(os.environ)
    in_force = settings_in_force(os.environ)
    if in_force is not None:
        diagnoses += run_check("notifications", partial(check_notifications, in_force))
        diagnoses += run_check("Prefect", partial(health.prefect, in_force, os.environ))
    raise typer.Exit(_print(diagnoses, as_json=as_json))


def _print(diagnoses: Sequence[Diagnosis], *, as_json: bool) -> int:
    if as_json:
        typer.echo(json.dumps([diagnosis.as_json() for diagnosis in diagnoses], indent=1))
    else:
        _show(diagnoses)
    failed = any(diagnosis.verdict is Verdict.FAILED for diagnosis in diagnoses)
    return ExitCode.NEEDS_A_PERSON if failed else ExitCode.DONE


def _of_session(key: str, *, as_json: bool) -> int:
    report = examine_session(os.environ, key)
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=1))
    else:
        _show(report.lines)
    if report.settings and not as_json:
        show.line(f"\nFor {settings.FILE}, if you agree:\n\n{report.settings}")
    return ExitCode.DONE if report.settings else ExitCode.NEEDS_A_PERSON


def _show(diagnoses: Sequence[Diagnosis]) -> None:
    table = Table("", "Check", "Found", show_lines=False)
    for diagnosis in diagnoses:
        found = Text(diagnosis.sentence)
        if diagnosis.to_do:
            found.append(f"\nTo mend it: {diagnosis.to_do}", style="bold")
        verdict = Text(diagnosis.verdict, style=_STYLES[diagnosis.verdict])
        table.add_row(verdict, diagnosis.what, found)
    show.table(table)
    wrong = [diagnosis for diagnosis in diagnoses if diagnosis.verdict is not Verdict.OK]
    show.line(f"{len(wrong)} to look at." if wrong else "All is well.")
