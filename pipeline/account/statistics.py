"""What the marks of a paper look like: how they are spread, and each question against its maximum.

Counted over the submissions that are neither invalid nor held: what is to be mended or decided
would show as odd.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd

from schemas.columns import category, distinct
from schemas.words import Kind, Meaning, Outcome

_BINS = 10
_COUNTED = ["question", "kind", "meaning", "value", "mark"]
_LEFT_OUT = (Outcome.INVALID, Outcome.HELD)
MAX_ANSWERS = 8
"""How many different answers to one question are counted apart; the rarest are taken together."""


@dataclass(frozen=True)
class Bin:
    """How many submissions have a total from ``first`` to ``last``, both included."""

    first: int
    last: int
    submissions: int


@dataclass(frozen=True)
class QuestionStatistics:
    """One question of a paper."""

    question: str
    count: int  # marks, or answers
    none: int  # entries without: blank, not attempted
    mean: float | None  # of marks
    highest: int | None
    maximum: float | None  # None where nobody tells it
    answers: tuple[tuple[str, int], ...] = ()  # multiple choice: how often each was given

    @property
    def share(self) -> float | None:
        """The mean as a share of the maximum; None where that is not known."""
        return self.mean / self.maximum if self.mean is not None and self.maximum else None


@dataclass(frozen=True)
class PaperStatistics:
    """One paper's marks or answers."""

    paper: str
    kind: Kind
    submissions: int
    mean: float | None  # of the totals
    maximum: float | None  # of the paper; None where not all of its questions' are known
    bins: tuple[Bin, ...]
    questions: tuple[QuestionStatistics, ...]


def statistics(
    submissions: pd.DataFrame, entries: pd.DataFrame, maxima: Mapping[str, Mapping[str, float]]
) -> tuple[PaperStatistics, ...]:
    """Each paper's statistics, in the order of their names.

    ``maxima`` are by paper and question, where they are told.
    """
    good = submissions[~submissions["outcome"].isin([str(word) for word in _LEFT_OUT])]
    keys = good["paper"] + "\x1f" + good["kind"]
    # What no submission has is of no paper.
    codes, names = distinct(keys)
    of_number = np.full(int(entries["submission"].max()) + 1 if len(entries) else 0, -1)
    of_number[good.index.to_numpy(np.int64)] = codes
    of_entry = category(of_number[entries["submission"].to_numpy(np.int64)], names, entries.index)
    known = of_entry.notna().to_numpy()
    keyed = entries[_COUNTED].assign(key=of_entry)
    counted = _counted(keyed if known.all() else keyed[known])
    return tuple(
        _of_paper(group, counted.get(str(key), {}), maxima.get(group["paper"].iloc[0], {}))
        for key, group in good.groupby(keys)
    )


def _counted(entries: pd.DataFrame) -> dict[str, dict[str, QuestionStatistics]]:
    """By paper and kind, then by question, without maxima."""
    given = entries.assign(
        given=entries["mark"].notna()
        | ((entries["kind"] == str(Kind.RESPONSES)) & (entries["meaning"] == str(Meaning.VALUE)))
    )
    sums = given.groupby(["key", "question"], sort=False).agg(
        size=("given", "size"), count=("given", "sum"), mean=("mark", "mean"), top=("mark", "max")
    )
    answers = _answers(given[given["given"] & (given["kind"] == str(Kind.RESPONSES))])
    counted: dict[str, dict[str, QuestionStatistics]] = {}
    for (key, question), size, count, mean, top in sums.itertuples(name=None):
        counted.setdefault(key, {})[question] = QuestionStatistics(
            question=question,
            count=int(count),
            none=int(size - count),
            mean=None if pd.isna(mean) else round(float(mean), 2),
            highest=None if pd.isna(top) else int(top),
            maximum=None,
            answers=answers.get((key, question), ()),
        )
    return counted


def _answers(entries: pd.DataFrame) -> dict[tuple[str, str], tuple[tuple[str, int], ...]]:
    counts = entries.groupby(["key", "question", "value"], sort=False).size()
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for at, count in counts.items():
        key, question, value = cast("tuple[str, str, str]", at)
        found.setdefault((key, question), []).append((value, int(count)))
    return {key: _most_given(each) for key, each in found.items()}


def _most_given(answers: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    if len(answers) <= MAX_ANSWERS:
        return tuple(sorted(answers))
    ordered = sorted(answers, key=lambda answer: -answer[1])
    rest = sum(count for _, count in ordered[MAX_ANSWERS - 1 :])
    return (*sorted(ordered[: MAX_ANSWERS - 1]), ("other", rest))


def _of_paper(
    group: pd.DataFrame, questions: Mapping[str, QuestionStatistics], maxima: Mapping[str, float]
) -> PaperStatistics:
    kind = Kind(group["kind"].iloc[0])
    ordered = [questions[name] for name in sorted(questions, key=_natural)]
    known = kind is Kind.MARKS and maxima.keys() >= questions.keys()
    maximum = sum(maxima.values()) if known else None
    totals = group["marks_total"].dropna().astype(int) if kind is Kind.MARKS else pd.Series([])
    return PaperStatistics(
        paper=group["paper"].iloc[0],
        kind=kind,
        submissions=len(group),
        mean=round(float(totals.mean()), 2) if len(totals) else None,
        maximum=maximum,
        bins=_bins(totals, maximum),
        questions=tuple(
            replace(each, maximum=maxima.get(each.question)) if kind is Kind.MARKS else each
            for each in ordered
        ),
    )


def _bins(totals: pd.Series[int], maximum: float | None) -> tuple[Bin, ...]:
    if totals.empty:
        return ()
    top = max(int(totals.max()), int(maximum or 0))
    width = -(-(top + 1) // _BINS)  # whole marks to a bin, so that no total lies between two
    counts = (totals // width).value_counts()
    return tuple(
        Bin(at * width, min(at * width + width - 1, top), int(counts.get(at, 0)))
        for at in range(top // width + 1)
    )


def _natural(question: str) -> tuple[tuple[int, str], ...]:
    """Sorts 2 before 10, and 2a before 2b."""
    return tuple(
        (int(part), "") if part.isdecimal() else (-1, part)
        for part in re.findall(r"[0-9]+|[^0-9]+", question)
    )
