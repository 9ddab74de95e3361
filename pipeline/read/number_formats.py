"""What a number format makes of a number, where that is another text than the number itself.

A cell with the value 1 and the format ``0%`` shows 100%, one with 4711 and ``0000000`` shows
0004711: a person who looks at the sheet knows nothing else. Formats that only round, group or
colour are left alone: there the value is what was entered.
"""

from __future__ import annotations

import re
from functools import cache

BUILT_IN = {9: "0%", 10: "0.00%"}
"""Formats that every workbook has, by number; of those that matter here."""

_SHARES = {"%": 100, "\u2030": 1000}
_QUOTED = r'"[^"]*"|\\.'
_PARTS = re.compile(rf"({_QUOTED})|_.|\*.|\[[^\]]*\]|(.)", re.DOTALL)
_FIRST = re.compile(rf"(?:{_QUOTED}|[^;])*", re.DOTALL)
_PLACES = "0#?"
_LITERAL = "-/: ()+"
_ENOUGH_ZEROS = 2  # places filled with zeros: 05 and 0004711, but not 5


@cache
def alters(code: str) -> bool:
    """Whether numbers of this format show as something else than the number."""
    return shown(0, code) is not None or shown(1, code) is not None


def shown(number: float, code: str) -> str | None:
    """The text that the cell shows; None where that is the number as it is."""
    parts = _parts(code)
    for sign, times in _SHARES.items():
        if (sign, False) in parts:
            return f"{number * times:.12g}{sign}"
    pattern = _zeros(parts)
    if pattern is None or number < 0 or number != int(number):
        return None
    return _filled(str(int(number)), pattern)


@cache
def _parts(code: str) -> tuple[tuple[str, bool], ...]:
    """The characters of the format for positive numbers, and which of them are literal."""
    first = _FIRST.match(code)
    parts: list[tuple[str, bool]] = []
    for quoted, sign in _PARTS.findall(first[0] if first else ""):
        if quoted:
            text = quoted[1:-1] if quoted.startswith('"') else quoted[1:]
            parts += [(letter, True) for letter in text]
        elif sign:
            parts.append((sign, sign in _LITERAL))
    return tuple(parts)


def _zeros(parts: tuple[tuple[str, bool], ...]) -> tuple[tuple[str, bool], ...] | None:
    """The same where it has nothing but places of digits and texts, and alters a number."""
    places = [at for at, (sign, literal) in enumerate(parts) if not literal]
    if not places or any(parts[at][0] not in _PLACES for at in places):
        return None
    zeros = sum(parts[at][0] == "0" for at in places)
    before = "".join(sign for sign, _ in parts[: places[0]]).strip()
    return parts if zeros >= _ENOUGH_ZEROS or before else None


def _filled(digits: str, parts: tuple[tuple[str, bool], ...]) -> str:
    """The digits in their places from the right; those that find none stand before the first."""
    left = list(digits)
    out: list[str] = []
    first = next(at for at, (_, literal) in enumerate(parts) if not literal)
    for at in range(len(parts) - 1, -1, -1):
        sign, literal = parts[at]
        if literal:
            out.append(sign)
        elif left or sign == "0":
            out.append(left.pop() if left else "0")
        if at == first:
            out += reversed(left)
            left = []
    return "".join(reversed(out))
