"""``papermarks doctor``."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from flows.cli import exits, show
from flows.prefect_side import health
from pipeline import settings
from pipeline.doctor import (
    Diagnosis,
    Verdict,
    examine,
    examine_session,
    examined,
    settings_in_force,
)

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "bold red"}


def doctor(
    session: Annotated[
        str | None,
        typer.Option(
            metavar="KEYCODE",
            help="Read this session, and say what this Surpass tells, nothing personal.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at all that a run needs, and say how to mend what is not well. Changes nothing.

    With --session it looks at one session that waits for marks, to see what this Surpass tells.
    """
    if session is not None:
        raise typer.Exit(_of_session(session, as_json=as_json))
    told = examine(os.environ)
    ours = settings_in_force(os.environ)
    if ours is not None:
        told += examined("Prefect", partial(health.prefect, ours, os.environ))
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in told], indent=1))
    else:
        _show(told)
    failed = any(each.verdict is Verdict.FAILED for each in told)
    raise typer.Exit(exits.NEEDS_A_PERSON if failed else exits.DONE)


def _of_session(key: str, *, as_json: bool) -> int:
    report = examine_session(os.environ, key)
    if as_json:
        typer.echo(json.dumps(asdict(report), indent=1))
    else:
        _show(report.lines)
    if report.settings and not as_json:
        show.line(f"\nFor {settings.FILE}, if you agree:\n\n{report.settings}")
    return exits.DONE if report.settings else exits.NEEDS_A_PERSON


def _show(told: Sequence[Diagnosis]) -> None:
    table = Table("", "Check", "Found", show_lines=False)
    for each in told:
        found = Text(each.told)
        if each.to_do:
            found.append(f"\nTo mend it: {each.to_do}", style="bold")
        table.add_row(Text(each.verdict, style=_STYLES[each.verdict]), each.what, found)
    show.table(table)
    wrong = [each for each in told if each.verdict is not Verdict.OK]
    show.line(f"{len(wrong)} to look at." if wrong else "All is well.")
