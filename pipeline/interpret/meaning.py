"""What a cell says: a value, or one of the words that are not a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from pipeline.interpret.text import each, tidy, tidy_keycode
from schemas.layout import Layout
from schemas.words import Kind, Meaning


@dataclass(frozen=True)
class Blanks:
    """What a cell without any mark means, where the office has decided it once and for all."""

    mark: Literal["error", "not_attempted", "zero"] = "error"


def say(entries: pd.DataFrame, layout: Layout, blanks: Blanks) -> pd.DataFrame:
    """The entries with keycode, question, meaning, value and kind read from their texts."""
    question = re.compile(layout.columns.question_heading, re.IGNORECASE)

    def question_number(text: str) -> str:
        match = question.fullmatch(tidy(text))
        return match[1] if match else tidy(text)

    said = {text: _said(text, layout, blanks) for text in entries["text"].unique()}
    values = each(entries["text"], lambda text: said[text][1] or "")
    meanings = each(entries["text"], lambda text: str(said[text][0]))
    return entries.assign(
        keycode=each(entries["id_text"], tidy_keycode),
        question=each(entries["question"], question_number),
        meaning=meanings,
        value=values.where(meanings == Meaning.VALUE, None),
        kind=str(layout.kind),
    )


def _said(text: str, layout: Layout, blanks: Blanks) -> tuple[Meaning, str | None]:
    written, words = tidy(text), layout.words
    word = written.casefold()
    if not word or word in words.blank:
        if layout.kind is Kind.RESPONSES or blanks.mark == "error":
            return Meaning.BLANK, None
        if blanks.mark == "zero":
            return Meaning.VALUE, "0"
        return Meaning.NOT_ATTEMPTED, None
    if word in words.absent:
        return Meaning.ABSENT, None
    if word in words.not_attempted:
        return Meaning.NOT_ATTEMPTED, None
    if words.multiple and re.fullmatch(words.multiple, written, re.IGNORECASE):
        return Meaning.MULTIPLE, None
    return Meaning.VALUE, written.upper() if layout.kind is Kind.RESPONSES else written
