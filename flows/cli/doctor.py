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
from pipeline.doctor import Diagnosis, Verdict, examine, examined, settings_in_force

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "bold red"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look at all that a run needs, and say how to mend what is not well. Changes nothing."""
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
