"""The code that works in columns against a model in plain loops, which shares nothing with it."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.interpret import ReadingOptions
from schemas.columns import as_objects
from tests.validate.prepared import prepared

# Half of the rows are of sessions that stand there once, or nearly; the others are in trouble.
_ONES = [f"SESSION{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
_TROUBLE = ["KEYCODE1", "KEYCODE2", "keycode1", " KEYCODE2 ", "KEYCOD1", "", "Total"]
_KEYCODES = st.sampled_from(_ONES) | st.sampled_from(_TROUBLE)
_MARKS = [
    "0",
    "7",
    "3.0",
    "",
    " ",
    "NA",
    "n/a",
    "ABS",
    "18.5",
    "-1",
    "4-May",
    "six",
    "\u00a012\u00a0",
]
_POLICIES = st.sampled_from(["error", "not_attempted", "zero"])
_Entry = tuple[int, str, str, str]  # row, id, question, cell


def _model(
    entries: list[_Entry], policy: str, *, long: bool = False
) -> dict[str, tuple[str, dict[str, int | None] | None]]:
    """Where each session ends and what it carries, by its keycode or else its row.

    Rows that name nobody may be of the candidate in the row above. Where each row is a question,
    also of the one right below, whose question comes later.
    """
    written_in = {row: written for row, written, _, _ in entries}
    question_in = {row: question for row, _, question, _ in entries}
    doubtful = set()
    for row in (row for row, written in written_in.items() if not written):
        above = row - 1
        while written_in.get(above) == "":
            above -= 1
        doubtful.add(written_in.get(above, "").replace(" ", "").upper())
        if long and question_in[row] < question_in.get(row + 1, ""):
            doubtful.add(written_in[row + 1].replace(" ", "").upper())
    of_session: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row, written, question, cell in entries:
        keycode = written.replace(" ", "").upper()
        of_session[keycode or f"row {row}"].append((question, cell.strip().lower()))
    ends: dict[str, tuple[str, dict[str, int | None] | None]] = {}
    for session, cells in of_session.items():
        absent = any(cell == "abs" for _, cell in cells)
        invalid = len(session) != 8 or not session.isalnum()
        marks: dict[str, int | None] = {}
        for question, cell in cells:
            invalid = invalid or question == ""
            if cell in ("na", "n/a", "abs"):
                marks[question] = None
            elif cell == "":
                marks[question] = 0 if policy == "zero" else None
                invalid = invalid or (policy == "error" and not absent)
            elif cell in ("0", "7", "12"):
                marks[question] = int(cell)
            elif cell == "3.0":
                marks[question] = 3
            else:
                invalid = True
        twice = len(marks) < len(cells)
        marked = any(cell not in ("na", "n/a", "abs", "") for _, cell in cells)
        held = (absent and marked) or twice or session in doubtful
        settled = "absent" if absent else "ready"
        outcome = "invalid" if invalid else "held" if held else settled
        ends[session] = (outcome, marks if outcome == "ready" else None)
    return ends


def _came(folder: Path, rows: list[list[str]], policy: str) -> dict[str, object]:
    content = io.StringIO()
    csv.writer(content).writerows(rows)
    blanks = ReadingOptions(blank_mark=policy)  # type: ignore[arg-type]  # one of the three words
    came = prepared(folder, content.getvalue(), blanks=blanks)
    firsts = as_objects(came.validated.entries.drop_duplicates("submission"))
    entries = firsts.set_index("submission")
    names = entries["keycode"].where(entries["keycode"] != "", "row " + entries["row"].astype(str))
    sent = {one.number: dict(one.marks) for one in came.ready}
    assert came.reconciled().balanced
    return {
        names[end.submission]: (str(end.outcome), sent.get(end.submission)) for end in came.endings
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("model")


@settings(max_examples=10, deadline=None)
@given(
    rows=st.lists(
        st.tuples(_KEYCODES, st.lists(st.sampled_from(_MARKS), min_size=3, max_size=3)),
        max_size=20,
    ),
    policy=_POLICIES,
)
def test_wide_sheets_come_out_as_the_model_says(
    folder: Path, rows: list[tuple[str, list[str]]], policy: str
) -> None:
    entries: list[_Entry] = []
    for number, (written, marks) in enumerate(rows, start=2):
        if written == "Total" or not any(mark.strip() for mark in marks):
            continue  # not marked yet
        entries += [(number, written, str(at), mark) for at, mark in enumerate(marks, start=1)]
    # Without an id, a last row that adds up the others would be one of totals.
    last = ["SESSIONZ", "NA", "NA", "NA"]
    entries += [(len(rows) + 2, "SESSIONZ", str(at), "NA") for at in (1, 2, 3)]
    sheet = [["Keycode", "Q1", "Q2", "Q3"], *([written, *marks] for written, marks in rows), last]
    assert _came(folder, sheet, policy) == _model(entries, policy)


@settings(max_examples=10, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            _KEYCODES,
            st.sampled_from(["1", "Q2", "Question 3", "3", ""]),
            st.sampled_from(_MARKS),
        ),
        max_size=30,
    ),
    policy=_POLICIES,
)
def test_long_sheets_come_out_as_the_model_says(
    folder: Path, rows: list[tuple[str, str, str]], policy: str
) -> None:
    entries: list[_Entry] = []
    for number, (written, question, mark) in enumerate(rows, start=2):
        if written == "Total" or (not written and not question and not mark.strip()):
            continue
        entries.append((number, written, question[-1:], mark))
    sheet = [["Mark", "Keycode", "Question"], *([m, k, q] for k, q, m in rows)]
    assert _came(folder, sheet, policy) == _model(entries, policy, long=True)
