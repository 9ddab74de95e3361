"""The rows of a sheet that may be its heading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise

import numpy as np
import pandas as pd

from pipeline.interpret.match_result import Sheet
from pipeline.model import Table
from schemas.layout import (
    QUESTION_MAXIMUM,
    QUESTION_NUMBER,
    QUESTION_WORD,
    Layout,
    fold,
    is_pattern,
)
from schemas.layout import Heading as Name

HEADING_WITHIN = 30  # rows from the top in which a heading is looked for
# What stands below a question's heading: its parts.
_PART = re.compile(r"[(]?(?:[a-z]|[ivx]{1,4})[)]?", re.IGNORECASE)


@dataclass(frozen=True)
class Heading:
    """One or two rows as a heading."""

    rows: range
    texts: list[str]
    folded: list[str]

    @cached_property
    def _written(self) -> list[int]:
        """The columns that have a heading: one stray cell far to the right makes thousands more."""
        return [at for at, text in enumerate(self.texts) if text]

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        """The columns of each heading."""
        found: dict[str, list[int]] = {}
        for at in self._written:
            found.setdefault(self.folded[at], []).append(at)
        return found

    def one_of(self, names: Iterable[Name]) -> int | None:
        """The column of the first of these headings that is there."""
        return next((found[0] for name in names if (found := self.all_of(name))), None)

    def all_of(self, name: Name) -> list[int]:
        """Every column with this heading."""
        if not is_pattern(name):
            return self._by_name.get(name, [])
        fits = re.compile(name[1:-1], re.IGNORECASE).fullmatch
        return [at for at in self._written if fits(self.texts[at])]

    def questions(self, layout: Layout) -> dict[int, str]:
        """The columns whose heading is a question, with its number."""
        if layout.questions.heading is None:
            return {}
        read = re.compile(layout.questions.heading, re.IGNORECASE).fullmatch
        where = layout.questions
        behind = -1 if not where.behind else self.one_of(where.behind)
        return {
            at: question_number(match[1])
            for at in self._written
            if behind is not None and at > behind and (match := read(self.texts[at]))
        }

    def digits(self, layout: Layout) -> tuple[int, ...]:
        """The columns of an id that is marked digit by digit, in order."""
        if layout.id.digits is None:
            return ()
        read = re.compile(layout.id.digits, re.IGNORECASE).fullmatch
        found = {at: m[1] or "" for at in self._written if (m := read(self.texts[at]))}
        places = {at: text.lstrip("0") for at, text in found.items()}
        return tuple(sorted(places, key=lambda at: (len(places[at]), places[at])))

    def marked_by_digits(self, layout: Layout) -> set[int]:
        """The columns that are digits of a number, or that number, and so no questions."""
        if layout.questions.digit_of is None:
            return set()
        read = re.compile(layout.questions.digit_of, re.IGNORECASE).fullmatch
        digits = {at: fold(m[1] or "") for at in self._written if (m := read(self.texts[at]))}
        numbers = {at for at in self._written if self.folded[at] in digits.values()}
        named = {self.folded[at] for at in numbers}
        return numbers | {at for at, number in digits.items() if number in named}

    def sections(self, layout: Layout) -> dict[int, str]:
        """The columns headed A1, A2, B1, … in a sheet that people wrote, with these names.

        The sections are A, B, … without a gap, and so are the questions of each: 1, 2, ….
        """
        if layout.questions.heading is None or layout.signs.headings or layout.shape != "wide":
            return {}
        found = {at: m for at in self._written if (m := _SECTIONED(self.texts[at]))}
        by_section: dict[str, list[int]] = {}
        for read in found.values():
            by_section.setdefault(read[1].upper(), []).append(int(read[2]))
        letters = _ALPHABET[: len(by_section)]
        whole = all(sorted(of) == [*range(1, len(of) + 1)] for of in by_section.values())
        if len(found) < _SEVERAL or not whole or sorted(by_section) != [*map(str.upper, letters)]:
            return {}
        return {at: f"{read[1].upper()}{int(read[2])}" for at, read in found.items()}


def counted_through(sections: Mapping[int, str]) -> dict[int, str]:
    """Questions of sections, numbered over the whole paper: A1, A2, B1 are 1, 2, 3."""
    in_order = sorted(sections, key=lambda at: (sections[at][0], int(sections[at][1:])))
    numbers = {at: str(number) for number, at in enumerate(in_order, start=1)}
    return {at: numbers[at] for at in sections}


_SEVERAL = 2
_SECTION = r"(?:section|sect?|part|teil|partie|secci[o\u00f3]n|parte)"
_SECTIONED = re.compile(
    rf"(?:(?:{_SECTION}|q|qn|ques|question)[ ._-]*)?([A-Z])"
    rf"[ ._-]*(?:(?:q|qn|ques|question)[ ._-]*)?0*([1-9][0-9]?){QUESTION_MAXIMUM}",
    re.IGNORECASE,
).fullmatch
_SECTION_ABOVE = re.compile(rf"{_SECTION}[ ._-]*([A-Z])", re.IGNORECASE).fullmatch
_NUMBER_BELOW = re.compile(
    r"(?:(?:q|qn|ques|question)[ ._-]*)?0*([1-9][0-9]?)", re.IGNORECASE
).fullmatch
_NUMBER = re.compile(QUESTION_NUMBER, re.IGNORECASE)
_WITHIN = re.compile(r"[ _-]+(?=[(a-z])", re.IGNORECASE)


def question_number(text: str) -> str:
    """A question's number without what divides its parts: ``2 (a)`` is 2(a), ``1_a`` is 1a."""
    return _WITHIN.sub("", text) if _NUMBER.fullmatch(text) else text


def headings(sheet: Sheet) -> list[Heading]:
    """The rows that may be a heading, and pairs of them where parts stand below questions."""
    top = sheet.rows(np.arange(min(HEADING_WITHIN, len(sheet.blank))))
    rows = [[" ".join(text.split()) for text in row] for row in top.itertuples(index=False)]
    rows = [*map(_without_point_zero, rows)]
    singles = [Heading(range(at, at + 1), row, [*map(fold, row)]) for at, row in enumerate(rows)]
    return [*singles, *_pairs(sheet, rows)]


def _without_point_zero(row: list[str]) -> list[str]:
    """1.0, 2.0, … as some programs write 1, 2, …: where no number of the row has other decimals."""
    numbers = [text for text in row if re.fullmatch(r"[0-9]+[.][0-9]+", text)]
    if not numbers or not all(text.endswith(".0") for text in numbers):
        return row
    return [text.removesuffix(".0") if text in numbers else text for text in row]


def _pairs(sheet: Sheet, rows: list[list[str]]) -> Iterator[Heading]:
    for at, (upper, lower) in enumerate(pairwise(rows)):
        over = _spread(sheet.table, at, upper)
        in_sections = [*map(_in_section, over, lower)]
        if sum(map(bool, in_sections)) >= _SEVERAL:
            both = [
                own or low or up for own, low, up in zip(in_sections, lower, upper, strict=True)
            ]
            yield Heading(range(at, at + 2), both, [*map(fold, both)])
        if _stands_lower(upper, lower):
            both = [low or up for up, low in zip(upper, lower, strict=True)]
            yield Heading(range(at, at + 2), both, [*map(fold, both)])
        parts = _parts(over, lower)
        if any(parts):
            both = [
                up + low if part else low or own
                for up, low, own, part in zip(over, lower, upper, parts, strict=True)
            ]
            yield Heading(range(at, at + 2), both, [*map(fold, both)])


def _stands_lower(upper: list[str], lower: list[str]) -> bool:
    """Whether the questions stand a row lower than the other headings, below one title for all.

    Numbers alone are no maxima only where they count: 1, 2, 3.
    """
    below = [(up, low) for up, low in zip(upper, lower, strict=True) if low]
    titles = {up for up, _ in below if up}
    beside = any(up and not low for up, low in zip(upper, lower, strict=True))
    if len(below) < _SEVERAL or len(titles) > 1 or not beside or any(map(_IS_QUESTION, titles)):
        return False
    counting = [low for _, low in below] == [str(at + 1) for at in range(len(below))]
    worded = all(_IS_QUESTION(low) and not low[0].isdecimal() for _, low in below)
    return worded or counting


_IS_QUESTION = re.compile(
    QUESTION_WORD + QUESTION_NUMBER + QUESTION_MAXIMUM, re.IGNORECASE
).fullmatch


def _in_section(over: str, lower: str) -> str:
    """A1 where 1 stands below Section A; else nothing."""
    section, number = _SECTION_ABOVE(over), _NUMBER_BELOW(lower)
    return f"{section[1]}{number[1]}" if section and number else ""


def _parts(over: list[str], lower: list[str]) -> list[bool]:
    """Which cells of a row are the parts of the questions above: a, b, c, … below one question.

    A row with numbers is none, nor one in which no question has a second part: that is a key.
    """
    parts = [bool(up and _PART.fullmatch(low)) for up, low in zip(over, lower, strict=True)]
    if any(low.isdecimal() for low in lower):
        return [False] * len(parts)
    at_parts = [at for at, part in enumerate(parts) if part]
    groups = [
        [lower[at].strip("()").lower() for at in of_question]
        for _, of_question in groupby(at_parts, key=over.__getitem__)
    ]
    in_order = all(_in_order(group) for group in groups)
    return parts if in_order and any(len(g) > 1 for g in groups) else [False] * len(parts)


def _in_order(group: list[str]) -> bool:
    return any(group == series[: len(group)] for series in (_ALPHABET, _ROMAN))


_ALPHABET = [*"abcdefghijklmnopqrstuvwxyz"]
_ROMAN = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"]


def _spread(table: Table, row: int, texts: list[str]) -> list[str]:
    """A heading's row with what stands merged over several columns in each of them."""
    spread = list(texts)
    if table.widths is not None:  # a text file knows no merged cells: they are blank
        return pd.Series(spread, dtype=object).replace("", None).ffill().fillna("").tolist()
    for first_row, first, last_row, last in table.merged:
        if first_row <= row <= last_row:
            spread[first : last + 1] = [texts[first]] * (min(last + 1, len(texts)) - first)
    return spread
