"""What entries must look like: one row per session and question, in Pandera.

Every check bears the code of its rule, so that each failure case *is* a finding. They are
validated lazily: all that is wrong is found at once.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pandera.pandas as pa

from schemas.columns import matches
from schemas.words import Meaning

# Digits are ASCII ones only: other scripts' digits look alike and would pass unseen.
KEYCODE = r"[A-Z0-9]{8}"
# Excel at times writes 3 as 3.0 or 3,0. Not 3,000, which may be three or three thousand.
WHOLE = r"[0-9]{1,6}(?:[.,]0{1,2})?"
FRACTION = r"[0-9]*[.,][0-9]+|[0-9]*\s*[½¼¾]"
HALF = r"[0-9]{1,6}[.,]50?|[0-9]{1,6}\s*½|[.,]50?|½"
NEGATIVE = r"[-−][0-9]+(?:[.,][0-9]+)?"  # noqa: RUF001  # Excel's typographic minus too
# The months as Excel writes them, here and in western Europe. Any three letters would make a date
# of a reference such as STU-4001.
_DAY, _YEAR = r"(?:0?[1-9]|[12][0-9]|3[01])", r"(?:[0-9]{2}|[0-9]{4})"
_MONTH = (
    "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mrz|mai|okt|dez|avr|ene|abr|ago|dic"
    "|gen|mag|giu|lug|set|ott|fev|out|mrt|mei|maj)"
)
DATE = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?"
    rf"|{_DAY}[-/.]{_DAY}[-/.]{_YEAR}"
    rf"|{_DAY}[-/ ]?{_MONTH}(?:[-/ ]{_YEAR})?"
    rf"|{_MONTH}[-/ ]{_YEAR}"
)
ANSWER = r"[A-Z]|[0-9]{1,2}"


def _each(rule: str, holds: Callable[[pd.Series[str]], object]) -> pa.Check:
    """A check of a whole column at once, named by the rule that it keeps.

    ``check_output`` of its error tells all that fails. To list that again, each case as a text, is
    slow: of each check Pandera lists one.
    """
    return pa.Check(
        lambda column: pd.Series(holds(column), column.index), name=rule, n_failure_cases=1
    )


def _text(*checks: pa.Check, nullable: bool = False) -> pa.Column:
    """A column of texts, as interpret makes it: to ask each cell for its type is slow."""
    return pa.Column(checks=list(checks), nullable=nullable)


_KEYCODE = _text(
    _each("keycode-malformed", lambda keycode: (keycode == "") | matches(keycode, KEYCODE)),
)
# The keycode, or the candidate reference by which it is to be found.
_WHOSE = _text(_each("keycode-missing", lambda whose: whose != ""))
_QUESTION = _text(_each("question-missing", lambda question: question != ""))
_PRESENT = (
    _each("candidate-absent", lambda meaning: meaning != Meaning.ABSENT),
    _each("candidate-missing", lambda meaning: meaning != Meaning.MISSING),
)
# How often the session has the question in this run, and how many kinds the session has in it.
_ONCE = {
    "times": pa.Column(int, _each("question-twice", lambda times: times == 1)),
    "kinds": pa.Column(int, _each("kinds-mixed", lambda kinds: kinds == 1)),
}
_MARK_SHAPES = "|".join((WHOLE, FRACTION, NEGATIVE, DATE))

MARK_ENTRIES = pa.DataFrameSchema(
    {
        "whose": _WHOSE,
        "keycode": _KEYCODE,
        "question": _QUESTION,
        "meaning": _text(*_PRESENT, _each("mark-blank", lambda meaning: meaning != Meaning.BLANK)),
        "value": _text(
            _each(
                "mark-not-whole",
                lambda value: matches(value, WHOLE) | ~matches(value, FRACTION),
            ),
            _each("mark-negative", lambda value: ~matches(value, NEGATIVE)),
            _each("mark-date", lambda value: ~matches(value, DATE)),
            _each("mark-not-a-number", lambda value: matches(value, _MARK_SHAPES)),
            nullable=True,
        ),
        **_ONCE,
    }
)
"""Entries that carry marks: whole numbers from 0 up. ``value`` is null where the cell says no mark;
columns that only tell where an entry stands are not looked at."""

RESPONSE_ENTRIES = pa.DataFrameSchema(
    {
        "whose": _WHOSE,
        "keycode": _KEYCODE,
        "question": _QUESTION,
        "meaning": _text(
            *_PRESENT, _each("answer-multiple", lambda meaning: meaning != Meaning.MULTIPLE)
        ),
        "value": _text(
            _each("answer-not-understood", lambda value: matches(value, ANSWER)), nullable=True
        ),
        **_ONCE,
    }
)
"""Entries that carry multiple-choice answers: one letter, or a number up to 99."""
