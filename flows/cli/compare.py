"""``papermarks compare``: two keyings of the same papers, side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from flows.cli import show
from pipeline import settings
from pipeline.errors import ExitCode, InputError
from pipeline.interpret import ReadingOptions, in_force
from pipeline.interpret.prepare import prepare
from pipeline.office.compare import Comparison, build_workbook
from pipeline.office.compare import compare as compare_files
from pipeline.read.limits import limits_of
from pipeline.report.atomic import write_bytes

_MAX_SHOWN = 10  # cells that the terminal names


def compare(
    a: Annotated[Path, typer.Argument(help="The first keying.", metavar="A")],
    b: Annotated[Path, typer.Argument(help="The second keying.", metavar="B")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The workbook to write.")
    ] = Path("comparison.xlsx"),
    layout: Annotated[
        str | None, typer.Option(help="Try only this layout: see papermarks layouts.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Set two keyings of the same papers side by side, for a third person to decide.

    Nothing is sent. Ends with 0 where both say the same of everything, else with 1.
    """
    if output.exists() and not force:
        raise InputError(f"{output} is there already: --force writes over it, -o names another")
    comparison = _compared(a, b, layout)
    if comparison.cells.empty:
        for problem in comparison.unread:
            show.note(problem)
        raise typer.Exit(ExitCode.NOTHING_READABLE)
    write_bytes(output, build_workbook(comparison))
    if as_json:
        typer.echo(json.dumps({"agree": comparison.agree, **comparison.counts}, indent=1))
    else:
        _show(comparison)
        show.line(f"Side by side: {output}")
    raise typer.Exit(ExitCode.DONE if comparison.agree else ExitCode.NEEDS_A_PERSON)


def _compared(a: Path, b: Path, layout: str | None) -> Comparison:
    ours = settings.load()
    options = ReadingOptions.of(ours)
    known = in_force(ours.layouts, layout)
    first, second = prepare([a, b], known, options, lambda: None, limits=limits_of(ours))
    if first.source.sha256 and first.source.sha256 == second.source.sha256:
        raise InputError("A and B have the same bytes: this is one keying, and its copy")
    return compare_files(first, second)


def _show(comparison: Comparison) -> None:
    counts = comparison.counts
    show.line("A and B agree." if comparison.agree else "A and B do not agree.")
    show.line(", ".join(f"{count} {name}" for name, count in counts.items()))
    for one in comparison.to_decide.head(_MAX_SHOWN).to_dict("records"):
        cells = " / ".join(filter(None, (str(one["cell_a"]), str(one["cell_b"]))))
        show.line(f"  question {one['question']} {one['verdict']}: {cells}")
    for problem in comparison.unread[:_MAX_SHOWN]:
        show.note(f"Not compared: {problem}")
