"""What findings make of a session: what weighs most decides, and the reason says how many more."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.findings import concat_findings, endings, make_findings
from schemas.frames import DataFrame, Finding
from schemas.words import Outcome

_INVALID, _HELD, _NOT_OPEN, _ABSENT, _WARNING = (
    "mark-blank",
    "candidate-absent-with-marks",
    "session-not-open",
    "candidate-absent",
    "column-ignored",
)


def _found(*codes: str, submission: int | None = 1) -> DataFrame[Finding]:
    place = {"file": "marks.csv", "sheet": "", "row": 7, "column": "C", "keycode": "KEYCODE1"}
    fields = {"question": "1", "text": "?", "submission": submission}
    facts = {"state": "Voided", "theirs": ""}
    return concat_findings(
        [make_findings(code, pd.DataFrame([place | fields]), **facts) for code in codes]
    )


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        ([_INVALID], Outcome.INVALID),
        ([_HELD], Outcome.HELD),
        ([_NOT_OPEN], Outcome.NOT_OPEN),
        ([_HELD, _INVALID], Outcome.INVALID),
        ([_NOT_OPEN, _INVALID], Outcome.INVALID),
        ([_NOT_OPEN, _HELD], Outcome.HELD),
        ([_WARNING, _NOT_OPEN], Outcome.NOT_OPEN),
        ([_WARNING, _ABSENT], Outcome.ABSENT),
        ([_ABSENT, _NOT_OPEN], Outcome.NOT_OPEN),
        ([_ABSENT, _HELD], Outcome.HELD),
        ([_NOT_OPEN, _HELD, _INVALID, _WARNING], Outcome.INVALID),
    ],
)
def test_invalid_weighs_more_than_held_and_held_more_than_not_open(
    codes: list[str], outcome: Outcome
) -> None:
    (ending,) = endings(_found(*codes))
    assert (ending.submission, ending.outcome, ending.attempts) == (1, outcome, 0)
    assert ending.batch is None


def test_the_reason_is_the_first_of_what_decided_and_how_many_more() -> None:
    (ending,) = endings(_found(_INVALID))
    assert ending.reason == "There is no mark for question 1."
    (several,) = endings(_found(_HELD, _INVALID, "mark-negative", _WARNING))
    assert several.reason == "There is no mark for question 1. (and 2 more)"


@pytest.mark.parametrize(
    "findings",
    [
        concat_findings([]),
        _found(_WARNING),
        _found(_INVALID, submission=None),  # of a sheet, not of a session
        _found(_WARNING, _INVALID, submission=None),
    ],
    ids=["none", "a warning", "of a sheet", "both"],
)
def test_no_session_ends_by_a_warning_or_by_what_is_told_of_a_sheet(
    findings: DataFrame[Finding],
) -> None:
    assert endings(findings) == ()


def test_each_session_ends_once_in_the_order_of_their_numbers() -> None:
    findings = concat_findings(
        [
            _found(_HELD, _INVALID, submission=3),
            _found(_NOT_OPEN, submission=1),
            _found(_WARNING, submission=2),
            _found(_HELD, submission=3),
        ]
    )
    assert [(ending.submission, ending.outcome) for ending in endings(findings)] == [
        (1, Outcome.NOT_OPEN),
        (3, Outcome.INVALID),
    ]
