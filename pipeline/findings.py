"""Make findings: fill a rule's sentences in for the places where it was broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import repeat
from string import Formatter
from typing import Any

import pandas as pd

from pipeline.model import Ending
from schemas.frames import FINDINGS, DataFrame, Finding, Places, typed
from schemas.rules import RULES
from schemas.words import Outcome


def make_findings(code: str, places: Places, **facts: Any) -> DataFrame[Finding]:
    """One finding of the rule for each row of ``places``.

    ``places`` brings what it has of file, sheet, row, column, keycode, question, text and
    submission; ``facts`` are the rule's own words, one value for all or a series along ``places``.
    """
    rule = RULES[code]
    count = len(places)
    if not count:
        return concat_findings([])
    wanted = dict.fromkeys([*FINDINGS, *_words_of(rule.message), *_words_of(rule.to_do)])
    words: dict[str, list[Any]] = {name: _along(places, facts, name) for name in wanted}
    words["cell"] = [
        (column or "") + _row_text(row)
        for column, row in zip(words["column"], words["row"], strict=True)
    ]
    said = words | {"row": [*map(_row_text, words["row"])]}
    made = words | {
        "rule": [rule.code] * count,
        "severity": [str(rule.severity)] * count,
        "message": _filled(rule.message, said, count),
        "to_do": _filled(rule.to_do, said, count),
        "outcome": [None if rule.outcome is None else str(rule.outcome)] * count,
    }
    found = pd.DataFrame({name: made[name] for name in FINDINGS}, places.index.copy(), dtype=object)
    return typed(found.astype({"submission": "Int64", "row": "Int64"}), Finding)


def _along(places: Places, facts: Mapping[str, Any], name: str) -> list[Any]:
    """What each place has of this name, or the rule's own word for it; None where it has none."""
    if name not in facts and name not in places:
        return [None] * len(places)
    found = facts[name] if name in facts else places[name].tolist()
    if isinstance(found, str) or not isinstance(found, Iterable):
        return [found] * len(places)
    return [None if each is pd.NA or each != each else each for each in found]  # NaN


# Nearly all that is looked for is not there. A frame is never changed in place.
_NONE = typed(pd.DataFrame(columns=FINDINGS, dtype=object), Finding)


@cache
def _words_of(sentence: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(sentence) if name))


def _filled(sentence: str, words: Mapping[str, list[Any]], count: int) -> list[str]:
    names = _words_of(sentence)
    rows = zip(*(words[name] for name in names), strict=True) if names else repeat((), count)
    return [sentence.format_map(dict(zip(names, row, strict=True))) for row in rows]


def concat_findings(parts: Sequence[pd.DataFrame]) -> DataFrame[Finding]:
    """All findings in one frame, in the order in which they were made."""
    full = [part for part in parts if len(part)]
    return typed(pd.concat(full, ignore_index=True), Finding) if full else _NONE


def _row_text(row: float | None) -> str:
    return "" if row is None else str(int(row))


# What weighs most decides: a session with an error is invalid, whatever else is found in it.
_WEIGHT = [Outcome.INVALID, Outcome.HELD, Outcome.NOT_OPEN, Outcome.ABSENT]


def endings(findings: DataFrame[Finding]) -> tuple[Ending, ...]:
    """Where the submissions end that findings stop, with the first reason and how many more."""
    stopping = findings[findings["submission"].notna() & findings["outcome"].notna()]
    if stopping.empty:
        return ()
    weight = stopping["outcome"].map({str(outcome): at for at, outcome in enumerate(_WEIGHT)})
    ordered = stopping.assign(weight=weight).sort_values(["submission", "weight"], kind="stable")
    first = ordered.groupby("submission").agg(
        outcome=("outcome", "first"), message=("message", "first"), times=("message", "size")
    )
    columns = (first.index, first["outcome"], first["message"], first["times"])
    return tuple(
        Ending(
            number,
            Outcome(outcome),
            message if times == 1 else f"{message} (and {times - 1} more)",
        )
        for number, outcome, message, times in zip(
            *(column.tolist() for column in columns), strict=True
        )
    )
