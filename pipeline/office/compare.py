"""A workbook that sets two keyings side by side, for a third person to decide what counts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipeline.foreign_text import visible
from pipeline.model import Interpreted
from pipeline.read.kinds import OWN_REPORT
from pipeline.validate.keyings import Verdict, agrees, compare_keyings
from schemas.words import Severity

_MAX_SIDE_BY_SIDE = 200  # questions that have a column each
_COLUMNS = (
    ("Keycode", "keycode", 12),
    ("Candidate", "candidate", 16),
    ("Question", "question", 10),
    ("A says", "a", 12),
    ("B says", "b", 12),
    ("Cell in A", "cell_a", 30),
    ("Cell in B", "cell_b", 30),
    ("What", "verdict", 16),
)
_LINES = (
    "Look at each paper. Write what counts in the column 'Decision'.",
    "Then correct the file that is wrong, A or B, and compare again.",
)


@dataclass(frozen=True)
class Comparison:
    """Two files, and what both say."""

    a: Interpreted
    b: Interpreted
    cells: pd.DataFrame  # keyings.COLUMNS

    @property
    def unread(self) -> list[str]:
        """What of either file could not be compared: messages of its own errors."""
        return [
            f"{source.source.name}: {message}"
            for source in (self.a, self.b)
            for message in source.findings.loc[
                source.findings["severity"] == str(Severity.ERROR), "message"
            ]
        ]

    @property
    def agree(self) -> bool:
        """Whether both say the same of everything, and nothing in them was left out."""
        return not self.unread and agrees(self.cells)

    @property
    def to_decide(self) -> pd.DataFrame:
        """The cells that differ, or stand in one keying alone."""
        return self.cells[self.cells["verdict"] != str(Verdict.SAME)]

    @property
    def counts(self) -> dict[str, int]:
        """Sessions and cells, by what both say of them."""
        by_verdict = self.cells["verdict"].value_counts()
        return {
            "sessions": int(self.cells[["keycode", "candidate"]].drop_duplicates().shape[0]),
            "cells": len(self.cells),
            **{str(verdict): int(by_verdict.get(str(verdict), 0)) for verdict in Verdict},
        }


def compare(a: Interpreted, b: Interpreted) -> Comparison:
    """Set two source files side by side, as they were read."""
    return Comparison(a, b, compare_keyings(a.entries, b.entries))


def build_workbook(comparison: Comparison) -> bytes:
    """The workbook's bytes."""
    content = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with Workbook(content, options) as workbook:
        workbook.set_custom_property(OWN_REPORT, "yes", "text")
        formats = _Formats(workbook)
        _summary(workbook.add_worksheet("Comparison"), comparison, formats)
        _to_decide(workbook.add_worksheet("To decide"), comparison, formats)
        _side_by_side(workbook.add_worksheet("Side by side"), comparison, formats)
    return content.getvalue()


class _Formats:
    """How cells look."""

    def __init__(self, workbook: Workbook) -> None:
        self.title = workbook.add_format({"bold": True, "font_size": 14})
        self.head = workbook.add_format({"bold": True, "bg_color": "#D9E1F2", "bottom": 1})
        self.plain = workbook.add_format({"num_format": "@", "valign": "top"})
        self.differs = workbook.add_format({"num_format": "@", "bg_color": "#F8CBAD", "border": 1})
        self.to_fill = workbook.add_format({"num_format": "@", "bg_color": "#FFF9E5", "border": 1})


def _summary(page: Worksheet, comparison: Comparison, formats: _Formats) -> None:
    verdict = "A and B agree" if comparison.agree else "A and B do not agree"
    page.write_string(0, 0, verdict, formats.title)
    rows: list[tuple[str, str | int]] = [
        ("A", comparison.a.source.name),
        ("B", comparison.b.source.name),
        *comparison.counts.items(),
        *(("not compared", message) for message in comparison.unread),
    ]
    for at, (name, value) in enumerate(rows, start=2):
        page.write_string(at, 0, name, formats.plain)
        if isinstance(value, int):
            page.write_number(at, 1, value)
        else:
            page.write_string(at, 1, visible(value), formats.plain)
    if not comparison.agree:
        for at, line in enumerate(_LINES, start=len(rows) + 3):
            page.write_string(at, 0, line)
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 80)
    _page(page)


def _to_decide(page: Worksheet, comparison: Comparison, formats: _Formats) -> None:
    headings = [*(heading for heading, _, _ in _COLUMNS), "Decision"]
    _headings(page, headings, formats)
    shown = comparison.to_decide[[name for _, name, _ in _COLUMNS]]
    for at, row in enumerate(shown.itertuples(index=False, name=None), start=1):
        _texts(page, at, row, formats.plain)
        page.write_blank(at, len(_COLUMNS), None, formats.to_fill)
    for column, (_, _, width) in enumerate(_COLUMNS):
        page.set_column(column, column, width)
    page.set_column(len(_COLUMNS), len(_COLUMNS), 14)
    page.autofilter(0, 0, len(shown), len(_COLUMNS))
    _page(page)


def _side_by_side(page: Worksheet, comparison: Comparison, formats: _Formats) -> None:
    """A row for each session, a column for each question; what differs as ``18 | 13``."""
    cells = comparison.cells
    questions = [*dict.fromkeys(cells["question"])][:_MAX_SIDE_BY_SIDE]
    _headings(page, ["Keycode", "Candidate", *(f"Q{one}" for one in questions)], formats)
    columns = {question: at for at, question in enumerate(questions, start=2)}
    for at, ((keycode, candidate), of_session) in enumerate(
        cells.groupby(["keycode", "candidate"], sort=False), start=1
    ):
        _texts(page, at, (str(keycode), str(candidate)), formats.plain)
        said = of_session[["question", "a", "b", "verdict"]].astype(str)
        for question, a, b, verdict in said.itertuples(index=False, name=None):
            if question in columns:
                same = verdict == str(Verdict.SAME)
                text = a if same else f"{a or '-'} | {b or '-'}"
                form = formats.plain if same else formats.differs
                page.write_string(at, columns[question], visible(text), form)
    page.set_column(0, 1, 14)
    page.freeze_panes(1, 2)
    _page(page)


def _headings(page: Worksheet, names: Sequence[str], formats: _Formats) -> None:
    for column, name in enumerate(names):
        page.write_string(0, column, visible(name), formats.head)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)


def _texts(page: Worksheet, row: int, texts: Sequence[object], form: Format) -> None:
    for column, text in enumerate(texts):
        page.write_string(row, column, visible(str(text)), form)


def _page(page: Worksheet) -> None:
    page.set_paper(9)  # A4
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_footer("&C&A, page &P of &N")
