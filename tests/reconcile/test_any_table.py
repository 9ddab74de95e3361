"""Whatever table is thrown at it: no exception, and every run balances."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.interpret import ReadingOptions, interpret, shipped
from pipeline.model import SourceFile, Table
from pipeline.source import CellTexts
from pipeline.validate.entries import validate
from pipeline.validate.session_lookup import not_looked_up
from schemas.layout import Text
from tests.validate.prepared import settled

_HEADINGS = ["Keycode", "Session", "Candidate", "Question", "Mark", "Q1", "Q2", "2b", "Question 1"]
_HEADINGS += ["file_id", "input_path", "output_path", "score", "Roll", "q1", "q2", "Total", ""]
_CELLS = ["KEYCODE1", "KEYC0DE1", "keycode 2", "SHORT", "1", "Q2", "7", "7.0", "18,5", "-1"]
_CELLS += ["4-May", "NA", "ABS", "A", "BC", "no", "Max", "Total:", "see note below", "", "", ""]
_CELL = (
    st.sampled_from(_CELLS)
    | st.sampled_from(_HEADINGS)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
)


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(0, 8))
    rows = draw(st.lists(st.lists(_CELL, min_size=width, max_size=width), max_size=7))
    if draw(st.booleans()):
        heading = draw(st.lists(st.sampled_from(_HEADINGS), min_size=width, max_size=width))
        rows.insert(draw(st.integers(0, len(rows))), heading)
    if width > 1 and draw(st.booleans()):
        known = draw(
            st.sampled_from(
                [
                    ["Keycode", "Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7"],
                    ["Keycode", "Question", "Mark", "Comment", "", "", "", ""],
                    ["file_id", "input_path", "output_path", "score", "Roll", "q1", "q2", "q3"],
                ]
            )
        )
        rows.insert(draw(st.integers(0, 2)), known[:width])
    belonging = [max((at for at, cell in enumerate(row, 1) if cell), default=0) for row in rows]
    widths = (
        [draw(st.integers(least, width)) for least in belonging] if draw(st.booleans()) else None
    )
    return Table(
        sheet=draw(st.sampled_from(["", "Paper 1"])),
        texts=CellTexts.of(rows, width if rows else 0),
        widths=None if widths is None else np.array(widths, np.int64),
    )


def _read(table: Table, _text: Text) -> tuple[list[Table], tuple[str, ...]]:
    return [table], ()


@settings(max_examples=20, deadline=None)
@given(
    tables=st.lists(_tables(), min_size=1, max_size=2),
    blank=st.sampled_from(["error", "not_attempted", "zero"]),
)
def test_no_table_is_an_exception_and_every_balance_holds(
    tables: list[Table], blank: Literal["error", "not_attempted", "zero"]
) -> None:
    blanks = ReadingOptions(blank_mark=blank)
    sources = [
        interpret(
            SourceFile(Path(name), name, sha256=name), partial(_read, table), shipped(), blanks
        )
        for name, table in zip(("a.csv", "b.csv"), tables, strict=False)
    ]
    came = settled(validate(not_looked_up(sources, "Surpass was not asked")))
    reconciled = came.reconciled()
    assert [line for line in reconciled.balance if not line.holds] == []
    assert reconciled.totals.rows_read == sum(len(table.cells) for table in tables)
    assert reconciled.totals.entries == reconciled.submissions["entries"].sum()
    assert sorted(end.submission for end in came.endings) == [*came.validated.submissions.index]
    for submission in came.ready:
        assert len(submission.keycode) == 8
        questions = [question for question, _ in submission.marks or submission.answers]
        assert len(set(questions)) == len(questions) > 0
        assert all(mark is None or 0 <= mark <= 999_999 for _, mark in submission.marks)
