"""What entries must look like: one row per session and question, in Pandera.

Every check bears the code of its rule, so that each failure case *is* a finding. The models are
validated lazily: all that is wrong is found at once.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray
from pandera.typing import Series

from schemas.words import Meaning

# Digits are ASCII ones only: other scripts' digits look alike and would pass unseen.
KEYCODE = r"[A-Z0-9]{8}"
# Excel at times writes 3 as 3.0 or 3,0. Not 3,000, which may be three or three thousand.
WHOLE = r"[0-9]{1,6}(?:[.,]0{1,2})?"
FRACTION = r"[0-9]*[.,][0-9]+|[0-9]*\s*[½¼¾]"
NEGATIVE = r"[-−][0-9]+(?:[.,][0-9]+)?"  # noqa: RUF001  # Excel's typographic minus too
DATE = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?"
    r"|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}"
    r"|[0-9]{1,2}[-/ ]?[A-Za-z]{3}(?:[-/ ][0-9]{2,4})?"
    r"|[A-Za-z]{3}[-/ ][0-9]{2,4}"
)
ANSWER = r"[A-Z]|[0-9]{1,2}"


def matches(texts: pd.Series[str], pattern: str) -> NDArray[np.bool_]:
    """Which texts match the whole pattern; a null matches nothing.

    Columns of marks and keycodes repeat few values, so each distinct one is looked at once.
    """
    codes, distinct = pd.factorize(texts)
    found = re.compile(pattern).fullmatch
    # Code -1 stands for null: it picks the last element.
    return np.array([*(found(text) is not None for text in distinct), False])[codes]


class Entries(pa.DataFrameModel):
    """What holds for entries of either kind. ``value`` is null where the cell says no value.

    Columns that only tell where an entry stands are not looked at.
    """

    keycode: Series[str]
    question: Series[str]
    meaning: Series[str] = pa.Field(isin=[str(meaning) for meaning in Meaning])
    value: Series[str] = pa.Field(nullable=True)
    times: Series[int]  # how often the session has the question in this run
    kinds: Series[int]  # how many kinds the session has in this run

    @pa.check("keycode", name="keycode-missing")
    def _keycode_given(cls, keycode: pd.Series[str]) -> pd.Series[bool]:  # noqa: N805
        return keycode != ""

    @pa.check("keycode", name="keycode-malformed")
    def _keycode_well_formed(cls, keycode: pd.Series[str]) -> pd.Series[bool]:  # noqa: N805
        return (keycode == "") | matches(keycode, KEYCODE)

    @pa.check("question", name="question-missing")
    def _question_given(cls, question: pd.Series[str]) -> pd.Series[bool]:  # noqa: N805
        return question != ""

    @pa.check("times", name="question-twice")
    def _question_once(cls, times: pd.Series[int]) -> pd.Series[bool]:  # noqa: N805
        return times == 1

    @pa.check("kinds", name="kinds-mixed")
    def _one_kind(cls, kinds: pd.Series[int]) -> pd.Series[bool]:  # noqa: N805
        return kinds == 1

    @pa.check("meaning", name="candidate-absent")
    def _present(cls, meaning: pd.Series[str]) -> pd.Series[bool]:  # noqa: N805
        return meaning != Meaning.ABSENT


class MarkEntries(Entries):
    """Entries that carry marks: whole numbers from 0 up."""

    @pa.check("meaning", name="mark-blank")
    def _mark_given(cls, meaning: pd.Series[str]) -> pd.Series[bool]:  # noqa: N805
        return meaning != Meaning.BLANK

    @pa.check("value", name="mark-not-whole")
    def _mark_whole(cls, value: pd.Series[str]) -> pd.Series[bool]:  # noqa: N805
        return pd.Series(matches(value, WHOLE) | ~matches(value, FRACTION), value.index)

    @pa.check("value", name="mark-negative")
    def _mark_not_negative(cls, value: pd.Series[str]) -> pd.Series[bool]:  # noqa: N805
        return pd.Series(~matches(value, NEGATIVE), value.index)

    @pa.check("value", name="mark-date")
    def _mark_no_date(cls, value: pd.Series[str]) -> pd.Series[bool]:  # noqa: N805
        return pd.Series(~matches(value, DATE), value.index)

    @pa.check("value", name="mark-not-a-number")
    def _mark_numeric(cls, value: pd.Series[str]) -> pd.Series[bool]:  # noqa: N805
        known = "|".join((WHOLE, FRACTION, NEGATIVE, DATE))
        return pd.Series(matches(value, known), value.index)


class ResponseEntries(Entries):
    """Entries that carry multiple-choice answers: one letter, or a number up to 99."""

    @pa.check("meaning", name="answer-multiple")
    def _one_answer(cls, meaning: pd.Series[str]) -> pd.Series[bool]:  # noqa: N805
        return meaning != Meaning.MULTIPLE

    @pa.check("value", name="answer-not-understood")
    def _answer_well_formed(cls, value: pd.Series[str]) -> pd.Series[bool]:  # noqa: N805
        return pd.Series(matches(value, ANSWER), value.index)
