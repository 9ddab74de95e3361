"""What a cell says: whose it is, a value, or one of the words that are not a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from pipeline.interpret.confirmed import Confirmation, confirmations
from pipeline.interpret.headings import question_number
from pipeline.interpret.match_result import Match
from pipeline.interpret.refine import PLAINLY_KEYCODE
from pipeline.interpret.text import tidy, tidy_keycode
from pipeline.settings import Settings
from schemas.columns import category, constant, distinct, map_distinct, map_together, replaced
from schemas.frames import BESIDE
from schemas.layout import Layout
from schemas.words import Kind, Meaning

BlankMark = Literal["error", "not_attempted", "zero"]


@dataclass(frozen=True)
class ReadingOptions:
    """How sheets are read: what the office has decided of it, and what else stands beside them."""

    blank_mark: BlankMark = "error"  # what a cell without a mark means, in a row that has others
    confirmed: Mapping[str, Confirmation] = field(default_factory=dict)
    """What a person has said of sheets that are not read for certain, by their shape."""
    max_sessions: int = 100_000
    """In one file, before nothing of it is used."""
    alone: bool = False
    """Whether a file is the only one of its run: no session of it can stand in another."""

    @classmethod
    def of(cls, settings: Settings) -> ReadingOptions:
        """As the settings say, with the readings that are confirmed for the office's layouts."""
        said = confirmations(settings.layouts)
        return cls(settings.blank_mark, said, settings.read_sessions)


def read_cells(entries: pd.DataFrame, match: Match, options: ReadingOptions) -> pd.DataFrame:
    """The entries with question, meaning, value and kind read from their texts."""
    layout = match.layout
    question = re.compile(layout.questions.heading or "(.+)", re.IGNORECASE)
    whole = _written_as_decimals(entries["question"])

    def number(text: str) -> str:
        written = tidy(text).removesuffix(".0") if whole else tidy(text)
        found = question.fullmatch(" ".join(written.split()))
        return question_number(found[1]) if found else written

    codes, texts = distinct(entries["text"])
    layout = _with_words_that_count(layout, texts)
    read = [_read_cell(text, layout, options) for text in texts]
    absent = entries["absent_told"].to_numpy(bool)
    values = [value if meaning is Meaning.VALUE else None for meaning, value in read]
    meanings = category(codes, [str(meaning) for meaning, _ in read], entries.index)
    return entries.assign(
        question=map_distinct(entries["question"], number),
        meaning=replaced(meanings, absent, str(_absence(layout))),
        value=replaced(category(codes, values, entries.index), absent, None),
        kind=constant(str(layout.kind), entries.index),
    )


def _written_as_decimals(questions: pd.Series[str]) -> bool:
    """Whether questions are written 1.0, 2.0, … as some programs do: none has other decimals."""
    decimals = [text for text in map(tidy, distinct(questions)[1]) if _DECIMAL.fullmatch(text)]
    return bool(decimals) and all(text.endswith(".0") for text in decimals)


_DECIMAL = re.compile(r"[0-9]+[.][0-9]+")


def _with_words_that_count(layout: Layout, texts: Iterable[str]) -> Layout:
    """Without the words for a blank where another answer shows that they are answers."""
    words = layout.words
    if not words.blank_unless or {tidy(text).casefold() for text in texts}.isdisjoint(
        words.blank_unless
    ):
        return layout
    # Nor are they several answers in one cell, whatever they look like.
    no_answers = "|".join(map(re.escape, (*words.blank, *words.blank_unless)))
    multiple = words.multiple and f"(?!(?:{no_answers})$)(?:{words.multiple})"
    return layout.model_copy(
        update={"words": words.model_copy(update={"blank": (), "multiple": multiple})}
    )


def with_whose(rows: pd.DataFrame, match: Match, file: str) -> pd.DataFrame:
    """The rows with a keycode where they have one, else a candidate reference to look it up by.

    ``file`` is the file's own name, of which the id may be a part.
    """
    width = match.layout.id.width

    def reference(text: str) -> str:
        return text.zfill(width) if width and text.isascii() and text.isdigit() else text

    if match.keycode is not None:
        keycodes = map_distinct(rows["id"], tidy_keycode)
        # A forgotten keycode is for a person: in such a sheet other columns may hold anything.
        references = map_distinct(rows["candidate_text"], reference)
        references = replaced(references, (keycodes == "").to_numpy(), "")
        if match.either:
            both = map_together([keycodes, rows["other_reference"]], _beside)
            rows = rows.assign(other_reference=both)
        return rows.assign(keycode=keycodes, candidate=references)
    none = constant("", rows.index)
    if match.id is not None:
        return rows.assign(keycode=none, candidate=map_distinct(rows["id"], reference))
    found = re.search(match.layout.id.file_name or "(.+)", file, re.IGNORECASE)
    from_name = tidy(found[1] or "") if found else ""
    rows = rows.assign(id_text=constant(from_name, rows.index))
    if re.fullmatch(PLAINLY_KEYCODE, tidy_keycode(from_name)):
        keycode = constant(tidy_keycode(from_name), rows.index)
        return rows.assign(keycode=keycode, candidate=none)
    return rows.assign(keycode=none, candidate=constant(reference(from_name), rows.index))


def _beside(text: str, other: str) -> str:
    return text + BESIDE + other if other else text


def _read_cell(text: str, layout: Layout, options: ReadingOptions) -> tuple[Meaning, str | None]:
    written, words = tidy(text), layout.words
    word = written.casefold()
    if not word or word in words.blank:
        if layout.kind is Kind.RESPONSES or options.blank_mark == "error":
            return Meaning.BLANK, None
        if options.blank_mark == "zero":
            return Meaning.VALUE, "0"
        return Meaning.NOT_ATTEMPTED, None
    if word in words.absent:
        return _absence(layout), None
    if word in words.not_attempted:
        return Meaning.NOT_ATTEMPTED, None
    if words.multiple and re.fullmatch(words.multiple, written, re.IGNORECASE):
        return Meaning.MULTIPLE, None
    if layout.answers == "places":
        return _place(text)
    if layout.kind is Kind.RESPONSES:
        return _answer(written, layout)
    return Meaning.VALUE, written


def _absence(layout: Layout) -> Meaning:
    """What it means where a word of the layout says that a candidate was absent."""
    return Meaning.ABSENT if layout.words.absent_for_certain else Meaning.MISSING


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _answer(written: str, layout: Layout) -> tuple[Meaning, str | None]:
    """An answer as a letter, whichever way the program writes it; what is none stays as it is."""
    if layout.answers == "numbers" and re.fullmatch("0*([1-9]|1[0-9]|2[0-6])", written):
        return Meaning.VALUE, _LETTERS[int(written) - 1]
    if layout.answers == "numbers" and written == "0":
        return Meaning.VALUE, _LETTERS[9]
    if layout.answers == "options" and written.isdecimal():
        in_range = re.fullmatch("[1-9]|1[0-9]|2[0-6]", written) is not None
        # No other number is an answer: it stays what it is, with a sign that none has.
        return Meaning.VALUE, _LETTERS[int(written) - 1] if in_range else f"{written}?"
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
