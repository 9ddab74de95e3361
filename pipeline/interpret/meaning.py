"""What a cell says: whose it is, a value, or one of the words that are not a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from pipeline.interpret.match_result import Match
from pipeline.interpret.refine import PLAINLY_KEYCODE
from pipeline.interpret.text import map_distinct, tidy, tidy_keycode
from schemas.layout import Layout
from schemas.words import Kind, Meaning


@dataclass(frozen=True)
class Blanks:
    """What a cell without any mark means, where the office has decided it once and for all."""

    mark: Literal["error", "not_attempted", "zero"] = "error"


def read_cells(entries: pd.DataFrame, match: Match, file: str, blanks: Blanks) -> pd.DataFrame:
    """The entries with whose they are, question, meaning, value and kind read from their texts.

    ``file`` is the file's own name, of which the id may be a part.
    """
    layout = match.layout
    question = re.compile(layout.questions.heading or "(.+)", re.IGNORECASE)

    def question_number(text: str) -> str:
        found = question.fullmatch(tidy(text))
        return found[1] if found else tidy(text)

    read = {text: _read_cell(text, layout, blanks) for text in entries["text"].unique()}
    values = map_distinct(entries["text"], lambda text: read[text][1] or "")
    meanings = map_distinct(entries["text"], lambda text: str(read[text][0]))
    meanings = meanings.mask(entries["absent_told"].astype(bool), str(Meaning.ABSENT))
    return _whose(entries, match, file).assign(
        question=map_distinct(entries["question"], question_number),
        meaning=meanings,
        value=values.where(meanings == Meaning.VALUE, None),
        kind=str(layout.kind),
    )


def _whose(entries: pd.DataFrame, match: Match, file: str) -> pd.DataFrame:
    """A keycode where the rows have one, else a candidate reference to look it up by."""
    width = match.layout.id.width

    def reference(text: str) -> str:
        return text.zfill(width) if width and text.isascii() and text.isdigit() else text

    if match.keycode is not None:
        keycodes = map_distinct(entries["id"], tidy_keycode)
        # A forgotten keycode is for a person: in such a sheet other columns may hold anything.
        references = map_distinct(entries["candidate_text"], reference).mask(keycodes == "", "")
        return entries.assign(keycode=keycodes, candidate=references)
    if match.id is not None:
        return entries.assign(keycode="", candidate=map_distinct(entries["id"], reference))
    found = re.search(match.layout.id.file_name or "(.+)", file, re.IGNORECASE)
    from_name = tidy(found[1] or "") if found else ""
    entries = entries.assign(id_text=from_name)
    if re.fullmatch(PLAINLY_KEYCODE, tidy_keycode(from_name)):
        return entries.assign(keycode=tidy_keycode(from_name), candidate="")
    return entries.assign(keycode="", candidate=reference(from_name))


def _read_cell(text: str, layout: Layout, blanks: Blanks) -> tuple[Meaning, str | None]:
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
    if layout.answers == "places":
        return _place(text)
    if layout.kind is Kind.RESPONSES:
        return _answer(written, layout)
    return Meaning.VALUE, written


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _answer(written: str, layout: Layout) -> tuple[Meaning, str | None]:
    """An answer as a letter, whichever way the program writes it; what is none stays as it is."""
    if layout.answers == "numbers" and re.fullmatch("0*([1-9]|1[0-9]|2[0-6])", written):
        return Meaning.VALUE, _LETTERS[int(written) - 1]
    if layout.answers == "numbers" and written == "0":
        return Meaning.VALUE, _LETTERS[9]
    bits = re.sub("[;, ]", "", written)
    if layout.answers == "bits" and re.fullmatch("[01]{1,26}", bits):
        if bits.count("1") > 1:
            return Meaning.MULTIPLE, None
        return (Meaning.VALUE, _LETTERS[bits.index("1")]) if "1" in bits else (Meaning.BLANK, None)
    return Meaning.VALUE, written.upper()


def _place(text: str) -> tuple[Meaning, str | None]:
    """The option at whose place a 1 stands: the spaces before it count."""
    if not re.fullmatch("[ 1]{1,26}", text):
        return Meaning.VALUE, text
    if text.count("1") > 1:
        return Meaning.MULTIPLE, None
    return Meaning.VALUE, _LETTERS[text.index("1")]
