"""Whatever the entries are: a tripwire never raises, never alters, and only warns."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import ENTRIES, FINDINGS
from pipeline.validate.anomalies import tripwires
from schemas.frames import NumberedEntry, typed

_TEXT = st.text(max_size=4) | st.sampled_from(["", "1", "10", "2b", "²", "A", "G", "9" * 30])


@st.composite
def _entries(draw: st.DrawFn) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    candidates, questions = draw(st.integers(0, 14)), draw(st.integers(1, 14))
    kind = draw(st.sampled_from(["marks", "responses"]))
    cells = st.sampled_from(draw(st.lists(_TEXT, min_size=1, max_size=4)))
    for candidate in range(candidates):
        for question in range(questions):
            text = draw(cells)
            rows.append(
                dict.fromkeys(ENTRIES, "")
                | {
                    "file": draw(st.sampled_from("ab")) if draw(st.booleans()) else "a",
                    "row": candidate + 1,
                    "column": "B",
                    "id_column": "A",
                    "keycode": f"{candidate:08d}",
                    "question": draw(_TEXT) if draw(st.booleans()) else str(question),
                    "text": text,
                    "meaning": draw(st.sampled_from(["value", "value", "blank"])),
                    "value": draw(st.sampled_from([text, text, None])),
                    "kind": draw(st.sampled_from([kind] * 9 + ["marks", "responses"])),
                    "total": draw(_TEXT),
                    "version": draw(st.sampled_from(["", "", "A"])),
                    "submission": candidate + 1,
                    "mark": draw(st.sampled_from([None, 0, 1, 7, 999_999])),
                }
            )
    columns = [*ENTRIES, "mark", "submission"]
    return pd.DataFrame(rows, columns=columns).astype(
        {"mark": "Int64", "submission": "int64", "row": "int64"}
    )


@settings(max_examples=35, deadline=None)
@given(entries=_entries())
def test_no_entries_are_an_exception_and_none_is_changed(entries: pd.DataFrame) -> None:
    before = entries.copy(deep=True)
    findings = tripwires(typed(entries, NumberedEntry))
    pd.testing.assert_frame_equal(entries, before)
    assert [*findings.columns] == FINDINGS
    assert set(findings["severity"]) <= {"warning"}
    assert findings["outcome"].isna().all()


@pytest.mark.parametrize("kind", ["marks", "responses"])
def test_a_sheet_that_names_another_question_in_every_row_is_no_grid(kind: str) -> None:
    """Of a long sheet a grid can be far larger than the sheet."""
    numbers = range(1, 40_001)
    entries = pd.DataFrame(
        {
            **dict.fromkeys(ENTRIES, ""),
            "row": [*numbers],
            "question": [*map(str, numbers)],
            "kind": kind,
            "meaning": "value",
            "value": "1",
            "mark": pd.array([1] * len(numbers), "Int64"),
            "submission": [*numbers],
        }
    )
    assert tripwires(typed(entries, NumberedEntry)).empty
