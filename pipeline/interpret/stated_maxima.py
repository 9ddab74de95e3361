"""The maxima that a sheet of marks states itself, and marks that are over them.

A sheet that says Q1 (10) and has 12 below it contradicts itself: one of the two is wrong, or it is
another column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.findings import concat_findings, make_findings
from pipeline.interpret.match_result import Match
from pipeline.interpret.proved_rows import as_numbers
from pipeline.interpret.roles import Column, Role
from pipeline.interpret.rows import ARE_MAXIMA
from schemas import headings
from schemas.frames import DataFrame, Entry, Finding
from schemas.words import Kind

_IN_HEADING = re.compile(
    r".*[(/\[{] ?/? ?(?:max(?:imum)?[ .:=]*|out of )?([0-9]+(?:[.,]5)?)"
    r" ?(?:marks?|mks?|points?|pts?|m|p)?[.]? ?[)\]}]?",
    re.IGNORECASE,
).fullmatch
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_WEIGHTS = {"weight", "weights", "weighting"}
_UNKNOWN = np.inf


def over_stated_maxima(
    match: Match, reasons: pd.Series[str], columns: Sequence[Column], entries: DataFrame[Entry]
) -> DataFrame[Finding]:
    """Marks over the maximum that the heading, a row above them or the column beside states."""
    if match.layout.kind is not Kind.MARKS or match.layout.signs.headings or entries.empty:
        return concat_findings([])
    of_column, beside = _of_columns(match, reasons), _beside(match, columns)
    if not beside and not np.isfinite(of_column).any():
        return concat_findings([])
    at_of = {name: at for at, name in enumerate(match.sheet.names)}
    at = entries["column"].map(at_of).to_numpy(int)
    most, rows = of_column[at], entries["row"].to_numpy(int) - 1
    for value, maximum in beside.items():
        its_own = as_numbers(match.sheet.column(maximum)).to_numpy(float)[rows]
        most = np.where((at == value) & ~np.isnan(its_own), its_own, most)
    stated = np.flatnonzero(np.isfinite(most))
    marks = as_numbers(entries["value"].iloc[stated]).to_numpy(float)
    over = stated[marks > most[stated]]
    return make_findings(
        "mark-over-stated-maximum",
        entries.iloc[over],
        maximum=[f"{maximum:g}" for maximum in most[over]],
    )


def _of_columns(match: Match, reasons: pd.Series[str]) -> NDArray[np.float64]:
    """What the heading or a row above all candidates says of each column; infinite: nothing."""
    most = np.full(match.sheet.texts.shape[1], _UNKNOWN)
    if not len(match.heading):
        return most
    over = match.sheet.cells.iloc[match.heading.stop - 1]
    for at in match.questions:
        found = _IN_HEADING(" ".join(str(over[at]).split())) if at in over.index else None
        most[at] = float(found[1].replace(",", ".")) if found else _UNKNOWN
    candidates = reasons.index[reasons == ""]
    first = candidates[0] if len(candidates) else 0
    above = reasons.index[reasons.isin(["maxima", ARE_MAXIMA]) & (reasons.index < first)]
    for row in above:
        cells = match.sheet.cells.loc[row]
        if _WEIGHTS.isdisjoint(headings.words(" ".join(map(str, cells)))):
            for at in match.questions:
                number = _NUMBER.search(str(cells[at]))
                most[at] = float(number[0].replace(",", ".")) if number else most[at]
    return most


def _beside(match: Match, columns: Sequence[Column]) -> dict[int, int]:
    """The columns of marks right before, or in shape long anywhere before, one of maxima."""
    maxima = [
        column.at
        for column in columns
        if column.role is Role.RECKONED and _says_maximum(column.heading)
    ]
    if match.question is not None:
        return {match.value[0]: maxima[0]} if len(maxima) == 1 else {}
    return {at - 1: at for at in maxima if at - 1 in match.questions}


def _says_maximum(heading: str) -> bool:
    found = headings.words(heading)
    known = headings.MAXIMA | headings.MARK | {"of"}
    return not headings.MAXIMA.isdisjoint(found) and known.issuperset(found)
