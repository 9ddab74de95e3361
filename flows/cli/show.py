"""What a person sees in the terminal: progress on the way, a summary at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bars
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from pipeline.foreign_text import visible
from pipeline.profile import Profile
from pipeline.progress import QUIET, Progress
from pipeline.with_noun import with_noun
from schemas.words import SETTLED, Outcome

if TYPE_CHECKING:
    from pipeline.stages import Report

_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)
_MAX_FINDINGS = 10  # that the terminal shows; the workbook has all
_MAX_RETURNED = 5  # files to mend that are named


class _Bars:
    """Progress as bars, one a stage."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def stage(self, name: str, total: int | None) -> Callable[[], None]:
        """Add the stage's bar."""
        bar = self._bars.add_task(name, total=total)
        return lambda: self._bars.advance(bar)


class _Lines:
    """Progress as a line when a stage begins: for a log, in which a bar would be noise."""

    def stage(self, name: str, total: int | None) -> Callable[[], None]:
        """Say that the stage begins."""
        note(name if total in (None, 1) else f"{name}: {total}")
        return lambda: None


@contextmanager
def progress(*, quiet: bool) -> Iterator[Progress]:
    """Bars on standard error from the first second on; plain lines where it is no terminal."""
    if quiet:
        yield QUIET
        return
    if not _err.is_terminal:
        yield _Lines()
        return
    columns = (SpinnerColumn(), TextColumn("{task.description:18}"), BarColumn(30))
    with Bars(*columns, MofNCompleteColumn(), TimeElapsedColumn(), console=_err) as bars:
        yield _Bars(bars)


def profile(profile: Profile) -> None:
    """Which Surpass this is, across the screen in its colour."""
    _err.print(_banner(profile))


def _banner(profile: Profile) -> Rule:
    label = Text(f" {profile.banner} ", style=f"bold reverse {profile.colour or ''}")
    title = Text.assemble(label, f" {profile.surpass} ")
    return Rule(title, characters="━", style=profile.colour or "bold", align="left")


def summary(report: Report) -> None:
    """The verdict, the outcomes, the first findings, and where the rest is."""
    reconciliation, totals = report.reconciliation, report.reconciliation.totals
    if reconciliation.run.profile is not None:
        _out.print(_banner(reconciliation.run.profile))
    _out.print(Text(visible(report.account.verdict), "bold"), soft_wrap=True)
    table = Table(title=f"Run {reconciliation.run.id}", title_justify="left")
    table.add_column("Outcome")
    table.add_column("Submissions", justify="right")
    table.add_column("Marks", justify="right")
    table.add_column("What it means")
    for name, count in totals.by_outcome.items():
        if count:
            style = "green" if Outcome(name) in SETTLED else "yellow"
            marks = str(totals.marks_by_outcome[name])
            table.add_row(name, str(count), marks, Outcome(name).meaning, style=style)
    table.add_row("all", str(totals.submissions), str(totals.marks_total), "", style="bold")
    _out.print(table)
    _findings(report)
    if reconciliation.stopped_by is not None:
        why = visible(str(reconciliation.stopped_by))
        _out.print(Text.assemble(("Sending was stopped:", "red"), f" {why}"), soft_wrap=True)
    _balance(report)
    for problem in report.problems:
        note(problem)
    if report.not_written is None:
        line(f"Report: {report.page}")
    else:
        _out.print(Text(visible(f"{report.not_written}."), "bold red"), soft_wrap=True)
    for path in report.returned[:_MAX_RETURNED]:
        line(f"To mend: {path}")
    if len(report.returned) > _MAX_RETURNED:
        line(f"and {len(report.returned) - _MAX_RETURNED} more beside it")


def _findings(report: Report) -> None:
    from pipeline.findings import by_severity  # here: most commands show no frames
    from pipeline.report import to_python_values

    findings = report.reconciliation.findings
    counts = by_severity(findings)
    if findings.empty:
        return
    counted = " and ".join(with_noun(count, name) for name, count in counts.items())
    _out.print(f"Findings: {counted}")
    order = ["severity", "of_row", "file", "sheet", "row"]  # whole files first
    keycodes = findings["keycode"].fillna("")
    whose = keycodes.where(keycodes != "", findings["row"].astype(str))
    shown = findings.assign(whose=whose, of_row=findings["row"].notna())
    ordered = shown.sort_values(order, kind="stable")
    firsts = ordered.drop_duplicates(["rule", "whose"])
    for finding in to_python_values(firsts.head(_MAX_FINDINGS)).to_dict("records"):
        cell = f"{finding['column'] or ''}{finding['row'] or ''}"
        place = ", ".join(filter(None, (finding["file"], finding["sheet"], cell))) or "This run"
        line(f"  {place}: {finding['message']}")
    all_of_them = "All of them" if findings["unlisted"].isna().all() else "All that are listed"
    _out.print(f"  {all_of_them}, with what to do, are in the report.")


def _balance(report: Report) -> None:
    totals = report.reconciliation.totals
    if report.reconciliation.balanced:
        _out.print(
            f"Every row is accounted for: {totals.rows_read} read = {totals.rows_used} used + "
            f"{totals.rows_set_aside} set aside."
        )
        return
    _out.print("[bold red]The account does not add up. Do not rely on this run; report it:[/]")
    for line in report.reconciliation.balance:
        if not line.holds:
            _out.print(f"  {line.sentence}: {line.left} against {line.right}")


# Whatever is shown goes through these three: foreign text is no markup, and moves no cursor.


def line(text: str) -> None:
    """A line of results."""
    _out.print(visible(text), markup=False, soft_wrap=True)


def note(text: str) -> None:
    """A line beside the results."""
    _err.print(visible(text), markup=False, soft_wrap=True)


def table(table: Table) -> None:
    """A table as a result."""
    for column in table.columns:
        column.header = _as_text(column.header)
        column._cells[:] = map(_as_text, column._cells)
    _out.print(table)


def _as_text(cell: RenderableType) -> RenderableType:
    if isinstance(cell, str):
        return Text(visible(cell))
    if isinstance(cell, Text) and visible(cell.plain) != cell.plain:
        return Text(visible(cell.plain), style=cell.style)
    return cell
