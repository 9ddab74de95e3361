"""What the office has decided of how strictly its marks are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from schemas.layout import fold
from schemas.rules import RULES
from schemas.words import Severity

HalfMarks = Literal["error", "up", "down", "even"]
HOLDING = ("total-differs", "totals-differ", "row-shifted")
"""The warnings that hold their session where the office has not decided otherwise."""

MAX_ERRORS = 200_000
"""No file may have more: nobody mends so many cells one by one."""

ALL_TESTS = "*"


@dataclass(frozen=True)
class ValidationOptions:
    """Which warnings hold their session, and what becomes of half marks."""

    hold_on: frozenset[str] = frozenset(HOLDING)
    half_marks: Mapping[str, HalfMarks] = field(default_factory=dict)
    """By the test that a row names, folded; ``*`` for all others. Without it they are errors."""
    max_errors: int = 50_000
    """In one file, before nothing of it is used; at most ``MAX_ERRORS``."""

    def half_marks_of(self, test: str) -> HalfMarks:
        """What becomes of the half marks of a test."""
        return self.half_marks.get(fold(test), self.half_marks.get(ALL_TESTS, "error"))


def warnings_named(text: str) -> tuple[str, ...]:
    """The codes in a setting, divided by commas. ValueError where one is no warning."""
    codes = tuple(part.strip() for part in text.split(",") if part.strip())
    for code in codes:
        if code not in RULES or RULES[code].severity is not Severity.WARNING:
            raise ValueError(f"'{code}' is no warning; papermarks rules lists them")
    return codes


def half_marks_named(text: str) -> dict[str, HalfMarks]:
    """``up``, or ``BIO-1=up, CHEM=even, *=error``, by test. ValueError where it is neither."""
    ways: dict[str, HalfMarks] = {"error": "error", "up": "up", "down": "down", "even": "even"}
    found: dict[str, HalfMarks] = {}
    for part in text.split(","):
        test, _, way = part.rpartition("=")
        if way.strip() not in ways:
            raise ValueError("must be error, up, down or even, or by test such as BIO-1=up, *=even")
        found[fold(test) if test.strip(" *") else ALL_TESTS] = ways[way.strip()]
    return found


def rounded(halves: int, how: HalfMarks) -> int:
    """A half mark, given as its number of halves, as a whole one."""
    lower = halves // 2
    if how == "up":
        return lower + 1
    return lower if how == "down" else round(Fraction(halves, 2))
