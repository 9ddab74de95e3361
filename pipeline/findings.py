"""Make findings: fill a rule's sentences in for the places where it was broken.

Of a rule that a file breaks a million times, the first places are listed, each with its sentence.
The others are one finding for each sheet, which knows in which rows they stand (``unlisted``):

    mark-rounded  marks.csv  row 2   '18.5' was read as 19.
    …
    mark-rounded  marks.csv          1490000 more cells … are not listed one by one.

A session that a finding stops is stopped by those which are not listed too: see ``one_by_row``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from itertools import compress
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.model import Ending
from schemas.frames import FINDINGS, DataFrame, Finding, Places, typed
from schemas.rules import RULES
from schemas.rules.rule import Rule
from schemas.validation_options import HOLDING, MAX_ERRORS
from schemas.words import Outcome, Severity

MAX_LISTED = 10_000
"""Of a warning that stops nothing, in one file."""


def make_findings(code: str, places: Places, **facts: Any) -> DataFrame[Finding]:
    """One finding of the rule for each row of ``places``.

    ``places`` brings what it has of file, sheet, row, column, keycode, question, text and
    submission; ``facts`` are the rule's own words, one value for all or a series along ``places``.
    Of very many in one file the last are not listed one by one.
    """
    rule = RULES[code]
    if not len(places):
        return concat_findings([])
    listed = _listed(rule, places)
    if listed.all():
        return _made(rule, places, facts)
    of_listed = {
        name: [*compress(fact, listed)] if _is_along(fact) else fact for name, fact in facts.items()
    }
    return concat_findings(
        [_made(rule, places[listed], of_listed), not_listed(code, places[~listed])]
    )


def _listed(rule: Rule, places: Places) -> NDArray[np.bool_]:
    """Which of the places have a finding of their own: the first ones of each file.

    Where it is known which submission a finding stops, it keeps the first one of each.
    """
    most = MAX_ERRORS if _may_stop(rule) else MAX_LISTED
    if len(places) <= most:
        return np.ones(len(places), bool)
    number = places.groupby("file", sort=False, observed=True, dropna=False).cumcount()
    listed = (number < most).to_numpy()
    if rule.outcome is not None and "submission" in places:
        return listed | ~places["submission"].duplicated().to_numpy()
    return listed


def _may_stop(rule: Rule) -> bool:
    return rule.severity is Severity.ERROR or rule.outcome is not None or rule.code in HOLDING


def not_listed(code: str, places: Places) -> DataFrame[Finding]:
    """For each sheet of these places one finding that stands for all of them."""
    return concat_findings(
        [
            _standing_for(RULES[code], part)
            for _, part in places.groupby(
                ["file", "sheet"], sort=False, observed=True, dropna=False
            )
        ]
    )


def _standing_for(rule: Rule, part: Places) -> DataFrame[Finding]:
    first, rows = part.iloc[0], part["row"].to_numpy(np.int64)
    cell = f"{first.get('column') or ''}{rows[0]}"
    one = {
        "rule": rule.code,
        "severity": str(rule.severity),
        "file": str(first["file"]),
        "sheet": str(first["sheet"]),
        "message": f"{len(part)} more of '{rule.code}' in this sheet, from {cell} on, are not "
        "listed one by one.",
        "to_do": f"Do the same there. What it means: papermarks rules {rule.code}",
        "outcome": None if rule.outcome is None else str(rule.outcome),
        "unlisted": rows,
    }
    return _typed(pd.DataFrame([one], columns=FINDINGS, dtype=object))


def _made(rule: Rule, places: Places, facts: Mapping[str, Any]) -> DataFrame[Finding]:
    count = len(places)
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
        "unlisted": [None] * count,
    }
    return _typed(
        pd.DataFrame({name: made[name] for name in FINDINGS}, places.index.copy(), dtype=object)
    )


def _typed(found: pd.DataFrame) -> DataFrame[Finding]:
    return typed(found.astype({"submission": "Int64", "row": "Int64"}), Finding)


def _along(places: Places, facts: Mapping[str, Any], name: str) -> list[Any]:
    """What each place has of this name, or the rule's own word for it; None where it has none."""
    if name not in facts and name not in places:
        return [None] * len(places)
    found = facts[name] if name in facts else places[name].tolist()
    if not _is_along(found):
        return [found] * len(places)
    return [None if each is pd.NA or each != each else each for each in found]  # NaN


def _is_along(fact: Any) -> bool:
    """Whether there is one for each place, and not one for all."""
    return isinstance(fact, Iterable) and not isinstance(fact, str)


@cache
def _words_of(sentence: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(sentence) if name))


def _filled(sentence: str, words: Mapping[str, list[Any]], count: int) -> list[str]:
    """The sentence for each row of the words: one text where they are the same."""
    names = _words_of(sentence)
    if not names:
        return [sentence] * count
    rows = [*zip(*(words[name] for name in names), strict=True)]
    texts = {row: sentence.format_map(dict(zip(names, row, strict=True))) for row in {*rows}}
    return [texts[row] for row in rows]


# Nearly all that is looked for is not there. A frame is never changed in place.
_NONE = typed(pd.DataFrame(columns=FINDINGS, dtype=object), Finding)


def concat_findings(parts: Sequence[pd.DataFrame]) -> DataFrame[Finding]:
    """All findings in one frame, in the order in which they were made."""
    full = [part for part in parts if len(part)]
    return typed(pd.concat(full, ignore_index=True), Finding) if full else _NONE


def _row_text(row: float | None) -> str:
    return "" if row is None else str(int(row))


def counts_of(findings: pd.DataFrame) -> pd.Series[int]:
    """For each finding how many it stands for: 1, or all those that are not listed one by one."""
    many = findings["unlisted"].notna()
    counts = pd.Series(1, findings.index, dtype="int64")
    counts[many] = findings.loc[many, "unlisted"].map(len)
    return counts


def by_severity(findings: pd.DataFrame) -> dict[str, int]:
    """How many errors and warnings there are, those that are not listed one by one too."""
    counts = counts_of(findings).groupby(findings["severity"]).sum().sort_values(ascending=False)
    return {str(severity): int(count) for severity, count in counts.items()}


def one_by_row(
    findings: pd.DataFrame, hold_on: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The findings without those that stop sessions and are not listed; one for each row of these.

    ``hold_on`` are the rules that stop a session by the office's wish.
    """
    stops = findings["outcome"].notna() | findings["rule"].isin([*hold_on])
    many = findings["unlisted"].notna() & stops
    if not many.any():
        return findings, findings.iloc[:0]
    spread = findings[many].assign(row=lambda of: of["unlisted"].map(np.unique), unlisted=None)
    spread = spread.explode("row", ignore_index=True)
    spread["message"] = [
        f"Row {row} has '{code}' too; its cell is not listed."
        for row, code in zip(spread["row"], spread["rule"], strict=True)
    ]
    return findings[~many], _typed(spread)


def bounded(findings: pd.DataFrame, chosen: pd.Series[bool], most: int) -> DataFrame[Finding]:
    """The findings; of those that are chosen, at most so many for each rule and file one by one."""
    if len(findings) <= most:
        return typed(findings, Finding)
    single = findings[chosen & findings["unlisted"].isna() & findings["row"].notna()]
    number = single.groupby(["rule", "file"], sort=False).cumcount()
    over = single[number >= most]
    if over.empty:
        return typed(findings, Finding)
    parts = [not_listed(str(code), part) for code, part in over.groupby("rule", sort=False)]
    return concat_findings([findings.drop(over.index), *parts])


def bounded_warnings(findings: pd.DataFrame) -> DataFrame[Finding]:
    """The findings; of each rule that stops nothing, as many one by one as a file may have."""
    harmless = ~findings["rule"].map(lambda code: _may_stop(RULES[code])).astype(bool)
    return bounded(findings, harmless, MAX_LISTED)


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
