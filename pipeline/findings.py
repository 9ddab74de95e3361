"""Make findings: fill a rule's sentences in for the places where it was broken."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from string import Formatter
from typing import Any

import pandas as pd

from pipeline.model import Ending
from schemas.columns import as_objects
from schemas.frames import FINDINGS, DataFrame, Finding, typed
from schemas.rules import RULES
from schemas.words import Outcome


def make_findings(code: str, places: pd.DataFrame, **facts: Any) -> DataFrame[Finding]:
    """One finding of the rule for each row of ``places``.

    ``places`` brings what it has of file, sheet, row, column, keycode, question, text and
    submission; ``facts`` are the rule's own words, one value for all or a series along ``places``.
    """
    rule = RULES[code]
    if places.empty:
        return concat_findings([])
    filled = (
        as_objects(places)
        .assign(**facts)
        .reindex(columns=list(dict.fromkeys([*FINDINGS, "text", *places.columns, *facts])))
    )
    columns = filled["column"].astype(object).where(filled["column"].notna(), "")
    cells = columns.astype(str) + filled["row"].map(_row_text)
    words = filled.assign(cell=cells, row=filled["row"].map(_row_text))
    made = filled.assign(
        rule=rule.code,
        severity=str(rule.severity),
        message=_filled(rule.message, words),
        to_do=_filled(rule.to_do, words),
        outcome=None if rule.outcome is None else str(rule.outcome),
    )
    return typed(made[FINDINGS].astype({"submission": "Int64", "row": "Int64"}), Finding)


def _filled(sentence: str, words: pd.DataFrame) -> list[str]:
    names = list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(sentence) if name))
    columns = [words[name].tolist() for name in names]
    rows = zip(*columns, strict=True) if names else repeat((), len(words))
    return [sentence.format_map(dict(zip(names, row, strict=True))) for row in rows]


def concat_findings(parts: Sequence[pd.DataFrame]) -> DataFrame[Finding]:
    """All findings in one frame, in the order in which they were made."""
    full = [part for part in parts if len(part)]
    if full:
        return typed(pd.concat(full, ignore_index=True), Finding)
    return typed(pd.DataFrame(columns=FINDINGS, dtype=object), Finding)


def _row_text(row: object) -> str:
    return "" if pd.isna(row) else str(int(row))  # type: ignore[call-overload]  # a number or null


# What weighs most decides: a session with an error is invalid, whatever else is found in it.
_WEIGHT = [Outcome.INVALID, Outcome.HELD, Outcome.NOT_OPEN, Outcome.ABSENT]


def endings(findings: pd.DataFrame) -> tuple[Ending, ...]:
    """Where the submissions end that findings stop, with the first reason and how many more."""
    stopping = findings[findings["submission"].notna() & findings["outcome"].notna()]
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
