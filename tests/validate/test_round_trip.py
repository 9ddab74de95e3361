"""The same marks in every form that we document are the same submissions."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.source_files import Rows, workbook
from tests.validate.prepared import prepared

# One of letters alone may be a word of headings, such as USERNAME: its row is not read for certain.
_KEYCODE = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=8, max_size=8).filter(
    lambda keycode: not keycode.isalpha()
)
_MARK = st.none() | st.integers(0, 999_999)
_QUESTION = st.from_regex(r"[1-9][0-9]?[a-z]?", fullmatch=True)


@st.composite
def _papers(draw: st.DrawFn) -> tuple[list[str], dict[str, list[int | None]]]:
    questions = draw(st.lists(_QUESTION, min_size=1, max_size=30, unique=True))
    of_one = st.lists(_MARK, min_size=len(questions), max_size=len(questions))
    return questions, draw(st.dictionaries(_KEYCODE, of_one, min_size=1, max_size=6))


def _text(rows: Rows, delimiter: str) -> str:
    content = io.StringIO()
    csv.writer(content, delimiter=delimiter).writerows(rows)
    return content.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trip")


@settings(max_examples=6, deadline=None)
@given(papers=_papers(), delimiter=st.sampled_from(",;\t"))
def test_wide_workbook_wide_text_and_long_text_are_the_same_submissions(
    folder: Path, papers: tuple[list[str], dict[str, list[int | None]]], delimiter: str
) -> None:
    questions, marks = papers
    cells = {key: ["NA" if m is None else m for m in of_one] for key, of_one in marks.items()}
    wide: list[list[object]] = [["Keycode", *(f"Q{question}" for question in questions)]]
    wide += [[key, *of_one] for key, of_one in cells.items()]
    long: list[list[object]] = [["Keycode", "Question", "Mark"]]
    for key, of_one in cells.items():
        long += [[key, question, cell] for question, cell in zip(questions, of_one, strict=True)]
    meant = [
        (number, key, tuple(zip(questions, of_one, strict=True)))
        for number, (key, of_one) in enumerate(marks.items(), start=1)
    ]
    for content in (
        workbook({"Marks": wide}),
        _text(wide, delimiter),
        _text(long, delimiter),
        workbook({"Marks": long}),
    ):
        came = prepared(folder, content)
        assert [(one.number, one.keycode, one.marks) for one in came.ready] == meant
        assert came.errors == []
