"""Marks, and the sheets in which an office hands them in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.acceptance.command import Ran
from tests.acceptance.model import Content

FORM = "BIO-P1"  # of the papers that sessions have unless they are given one
Marks = tuple[int | None, ...]  # of the questions from 1 on; None: not attempted


def marks_at(at: int) -> Marks:
    """Marks that no other session has; one in three did not attempt question 3."""
    return (at % 6, 10 - at % 7, None if at % 3 == 0 else at % 5, at % 4, at % 7)


def content(marks: Marks) -> Content:
    """The marks as Surpass stores them."""
    return {str(question): mark for question, mark in enumerate(marks, start=1)}


def cells(marks: Marks) -> str:
    """The marks as a line of a sheet has them."""
    return ",".join("NA" if mark is None else str(mark) for mark in marks)


def write_sheet(path: Path, rows: Mapping[str, Marks], *, key: str = "Keycode") -> Path:
    """A sheet with a row for each session or candidate."""
    questions = [f"Q{number}" for number in range(1, 1 + max(map(len, rows.values())))]
    lines = [f"{name},{cells(marks)}" for name, marks in rows.items()]
    path.write_text("\n".join([",".join([key, *questions]), *lines]) + "\n")
    return path


def maxima_from(ran: Ran) -> dict[str, str]:
    """Who told the maxima of each test form, by the report."""
    return {paper["test_form"]: paper["maxima_from"] for paper in ran.report["papers"]}
