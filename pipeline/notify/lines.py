"""What a notification says of a run: files, rules and cells, nothing that stood in a cell."""

from __future__ import annotations

from pipeline.account import RunSummary, ToDo
from pipeline.first_few import first_few
from pipeline.with_noun import with_noun

_MAX_THINGS = 20  # to do that a notification lists; the report has all
_MAX_CELLS = 10
_MAX_FILES = 10


def title(summary: RunSummary) -> str:
    """Who, of which file, and what became of it: one line."""
    files = f"{first_few(summary.files, 1)}: " if summary.files else ""
    return f"{summary.sender}: {files}{summary.headline}"


def body(summary: RunSummary, report: str) -> str:
    """The counts, what is to be done by whom and where, and where the report is."""
    run = f"Run {summary.run}" + (f" ({summary.profile.upper()})" if summary.profile else "")
    errors, warnings = with_noun(summary.errors, "error"), with_noun(summary.warnings, "warning")
    return "\n".join(
        [
            run,
            f"Files: {first_few(summary.files, _MAX_FILES)}",
            "",
            summary.summary,
            f"Findings: {errors} and {warnings}.",
            *_to_do(summary),
            "",
            f"Report: {report}",
            "",
        ]
    )


def to_do_for_programs(summary: RunSummary) -> list[dict[str, object]]:
    """What is to be done, as JSON has it."""
    return [
        {
            "who": str(part.who),
            "rule": part.code,
            "file": part.file,
            "cells": list(cells[:_MAX_CELLS]),
            "findings": part.findings,
            "submissions": part.submissions,
        }
        for part, cells in _stopping(summary)[:_MAX_THINGS]
    ]


def _to_do(summary: RunSummary) -> list[str]:
    things = _stopping(summary)
    if not things:
        return []
    lines = ["", "To do (papermarks rules CODE says more of each):"]
    for part, cells in things[:_MAX_THINGS]:
        where = f" in {part.file}" if part.file else ""
        at = f": {first_few(cells, _MAX_CELLS)}" if cells else ""
        lines.append(f"- {part.who}: {part.code}{where}{at}")
    if len(things) > _MAX_THINGS:
        lines.append(f"- and {len(things) - _MAX_THINGS} more, in the report")
    return lines


def _stopping(summary: RunSummary) -> list[tuple[ToDo, tuple[str, ...]]]:
    """What keeps anything from being sent: the rest is in the report."""
    return [
        (part, cells)
        for part, cells in zip(summary.to_do, summary.cells, strict=True)
        if part.stops
    ]
