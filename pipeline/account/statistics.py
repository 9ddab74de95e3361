"""What the marks of a paper look like: how they are spread, and each question against its maximum.

Counted over the submissions that are neither invalid nor held nor absent: what is to be mended or
decided would show as odd, and an absent candidate as one with nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.account.submissions import given
from schemas.frames import AccountSubmission, DataFrame, NumberedEntry
from schemas.words import Kind, Outcome

_BINS = 10
_LEFT_OUT = (Outcome.INVALID, Outcome.HELD, Outcome.ABSENT)
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
    submissions: DataFrame[AccountSubmission],
    entries: DataFrame[NumberedEntry],
    maxima: Mapping[str, Mapping[str, float]],
) -> tuple[PaperStatistics, ...]:
    """Each paper's statistics, in the order of their names.

    ``maxima`` are by paper and question, where they are told.
    """
    good = submissions[~submissions["outcome"].isin([str(word) for word in _LEFT_OUT])]
    if good.empty:
        return ()
    group = pd.factorize(good["paper"] + "\x1f" + good["kind"], sort=True)[0]
    counted = _counted(entries, good.assign(group=group))
    parts = [good[group == at] for at in range(group.max() + 1)]
    return tuple(
        _of_paper(part, counted.get(at, {}), maxima.get(part["paper"].iloc[0], {}))
        for at, part in enumerate(parts)
    )


def _counted(
    entries: DataFrame[NumberedEntry], submissions: DataFrame[AccountSubmission]
) -> dict[int, dict[str, QuestionStatistics]]:
    """By the submissions' group, then by question, without maxima."""
    at = submissions.index.get_indexer(pd.Index(entries["submission"]))
    rows = entries[at >= 0]
    group = submissions["group"].to_numpy()[at[at >= 0]]
    question, questions = pd.factorize(rows["question"])
    cell = group * len(questions) + question
    marks = rows["mark"].to_numpy("float64", na_value=np.nan)
    answered = given(rows)
    has_mark = ~np.isnan(marks)
    sizes, counts = np.bincount(cell), np.bincount(cell, has_mark | answered)
    marked, sums = np.bincount(cell, has_mark), np.bincount(cell, np.nan_to_num(marks))
    tops = np.full(len(sizes), -1.0)
    np.maximum.at(tops, cell[has_mark], marks[has_mark])
    answers = _answers(rows["value"][answered], cell[answered])
    counted: dict[int, dict[str, QuestionStatistics]] = {}
    for one in np.flatnonzero(sizes).tolist():
        of_group, of_question = divmod(one, len(questions))
        name = str(questions[of_question])
        counted.setdefault(of_group, {})[name] = QuestionStatistics(
            question=name,
            count=int(counts[one]),
            none=int(sizes[one] - counts[one]),
            mean=round(float(sums[one] / marked[one]), 2) if marked[one] else None,
            highest=int(tops[one]) if marked[one] else None,
            maximum=None,
            answers=answers.get(one, ()),
        )
    return counted


def _answers(
    values: pd.Series[str], cells: NDArray[np.int64]
) -> dict[int, tuple[tuple[str, int], ...]]:
    """How often each answer was given, by the number of its question."""
    found: dict[int, list[tuple[str, int]]] = {}
    pairs = pd.DataFrame({"cell": cells, "value": values.to_numpy(object)})
    for at, count in pairs.groupby(["cell", "value"]).size().items():
        cell, value = cast("tuple[int, str]", at)
        found.setdefault(cell, []).append((value, int(count)))
    return {cell: _most_given(each) for cell, each in found.items()}


def _most_given(answers: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    if len(answers) <= MAX_ANSWERS:
        return tuple(sorted(answers))
    ordered = sorted(answers, key=lambda answer: -answer[1])
    rest = sum(count for _, count in ordered[MAX_ANSWERS - 1 :])
    return (*sorted(ordered[: MAX_ANSWERS - 1]), ("other", rest))


def _of_paper(
    group: DataFrame[AccountSubmission],
    questions: Mapping[str, QuestionStatistics],
    maxima: Mapping[str, float],
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
