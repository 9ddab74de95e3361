"""What a layout may say: how one producer's columns and rows map to entries.

A layout is a TOML file under ``schemas/layouts/``; this model documents its keys and refuses what
it does not know. Headings are compared without case, and with spaces, hyphens and underscores
taken as one.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas.words import Kind


def fold(text: str) -> str:
    """A heading or word as layouts compare it: ``' Key_Code '`` and ``KEY CODE`` are one."""
    return " ".join(re.split(r"[\s_\-]+", text.strip().casefold()))


def _compiled(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error


def _question(text: str) -> str:
    if _compiled(text).groups != 1:
        raise ValueError("must have exactly one group: the question number")
    return text


Headings = Annotated[tuple[str, ...], AfterValidator(lambda names: tuple(map(fold, names)))]
QuestionPattern = Annotated[str, AfterValidator(_question)]
Pattern = Annotated[str, AfterValidator(lambda text: _compiled(text).pattern)]


CellWords = Annotated[
    tuple[str, ...], AfterValidator(lambda words: tuple(w.strip().casefold() for w in words))
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_Strict):
    """How the columns are found by their headings."""

    keycode: Headings = ()
    """Headings of the column that holds the keycode; the first one present is taken."""

    keycode_after: Annotated[str, AfterValidator(fold)] | None = None
    """Else the one column between this heading and the first question, for templates that let
    the office name it."""

    candidate: Headings = ()
    """Headings of a column that holds a candidate reference where there is no keycode."""

    question: Headings = ()
    """Headings of the column that holds the question number (shape ``long``)."""

    value: Headings = ()
    """Headings of the column that holds the mark or answer (shape ``long``)."""

    question_heading: QuestionPattern
    """A regular expression for a heading that is a question; its group is the question number.
    In shape ``long`` such a column is an error: its marks would be lost."""

    no_marks: Headings = ()
    """Words in a heading that say that its column holds no marks. Behind the questions, a
    column of numbers without one is an error: its marks would be lost."""

    required: Headings = ()
    """Headings that only this producer writes; each must be there."""


class Words(_Strict):
    """Cells that are not a mark or an answer. Compared without case. Empty cells are blank."""

    blank: CellWords = ()
    absent: CellWords = ()
    not_attempted: CellWords = ()
    multiple: Pattern | None = None
    """A regular expression for several answers in one cell, such as ``BC``."""


class Rows(_Strict):
    """Rows that carry no candidate: the words that such a row has in place of an id."""

    maxima: Headings = ()
    totals: Headings = ()
    averages: Headings = ()
    key: Headings = ()


class Layout(_Strict):
    """One producer's export."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    standing: Literal["ours", "seen", "told", "unverified"]
    """How sure we are of it: ours; from the producer's code or a real export; from a vendor's
    page; not confirmed."""

    kind: Kind
    shape: Literal["long", "wide"]
    columns: Columns
    words: Words = Words()
    rows: Rows = Rows()
