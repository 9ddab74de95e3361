"""Validate: entries of all source files into submissions, with everything that is wrong at once.

The checks are Pandera's, lazily, in ``schemas.entries``; each cell that fails one becomes a finding
(``failures``), unless its file has so many that nothing of it is used (``too_many_errors``). What
becomes of a session is decided here by its findings, and by nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.findings import concat_findings
from pipeline.model import Interpreted, Validated
from pipeline.named_sessions import session_numbers
from pipeline.validate.elsewhere import in_other_ids, in_unused_sheets, look_alikes
from pipeline.validate.failures import failures, halves, roundings, say
from pipeline.validate.holding import holding, with_submissions
from pipeline.validate.slips import slip_findings
from pipeline.validate.too_many_errors import without_those_too_wrong
from schemas.columns import (
    as_objects,
    concat_columns,
    distinct,
    first_filled,
    first_of,
    groups,
    map_distinct,
    matches,
    replaced,
)
from schemas.entries import HALF, WHOLE
from schemas.frames import DataFrame, NumberedEntry, SubmissionRow, typed
from schemas.validation_options import ValidationOptions, rounded
from schemas.words import Kind, Meaning

DEFAULT_OPTIONS = ValidationOptions()
_NO_MARK = [str(Meaning.ABSENT), str(Meaning.MISSING)]


def validate(
    sources: Sequence[Interpreted], options: ValidationOptions = DEFAULT_OPTIONS
) -> Validated:
    """Every source file's entries as submissions, one per session and kind, and all findings."""
    read = concat_columns([source.entries for source in sources])
    numbered, half = _rounded(_numbered(read), options)
    entries = typed(numbered, NumberedEntry)
    failed = failures(entries, half)
    left = without_those_too_wrong(sources, failed, entries, options)
    if left is not None:
        return validate(left, options)
    findings = concat_findings(
        [
            *(source.findings for source in sources),
            *(say(code, at, entries) for code, at in failed),
            roundings(entries[half]),
            look_alikes(entries),
            in_unused_sheets(sources, entries),
            in_other_ids(entries),
        ]
    )
    findings = concat_findings([findings, slip_findings(sources, entries)])
    return Validated(
        sources=tuple(sources),
        entries=entries,
        findings=holding(with_submissions(findings, entries), entries, options.hold_on),
        submissions=_submissions(entries),
    )


def _numbered(entries: pd.DataFrame) -> DataFrame[NumberedEntry]:
    """The entries with their submission's number, their mark, and what the checks look at.

    A session that is given marks and answers has a submission of each kind.
    """
    owner = session_numbers(entries)
    is_mark = entries["kind"] == str(Kind.MARKS)
    submission = groups([pd.Series(owner), entries["kind"]]) + 1
    questions, _ = distinct(map_distinct(entries["question"], _as_compared))
    given = groups([pd.Series(submission), pd.Series(questions)])
    numbered = entries.assign(
        whose=first_filled(entries["keycode"], entries["candidate"]),
        submission=submission,
        mark=_marks(replaced(entries["value"], ~is_mark.to_numpy(), None)),
        # An absent candidate has no marks: their blanks are not missing.
        meaning=_absent_throughout(entries["meaning"], submission),
        times=np.bincount(given, minlength=1)[given],
        kinds=_kinds(owner, submission),
    )
    return typed(numbered, NumberedEntry)


def _as_compared(question: str) -> str:
    """A question's number as it is told apart from others: 1a, 1A and 1(a) are one."""
    return _BRACKETS.sub("", question).casefold()


_BRACKETS = re.compile(r"[()\s]")


def _absent_throughout(meanings: pd.Series[str], submission: NDArray[np.int64]) -> pd.Series[str]:
    """With each blank of a submission in which a cell says absent as not attempted."""
    absent = meanings.isin(_NO_MARK).to_numpy()
    if not absent.any():
        return meanings
    of_absent = np.isin(submission, submission[absent])
    blank = (meanings == str(Meaning.BLANK)).to_numpy()
    return replaced(meanings, of_absent & blank, str(Meaning.NOT_ATTEMPTED))


def _kinds(owner: NDArray[np.int64], submission: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many submissions, one of each kind, each entry's owner has."""
    firsts_of_submissions = owner[first_of(submission - 1)]
    kinds: NDArray[np.int64] = np.bincount(firsts_of_submissions, minlength=1)[owner]
    return kinds


def _marks(values: pd.Series[str]) -> pd.Series[int]:
    """The whole marks among the values; null for what is none."""
    codes, texts = distinct(values)
    whole = matches(pd.Series(texts, dtype=object), WHOLE)
    read = [
        int(re.split("[.,]", text)[0]) if fits else None
        for text, fits in zip(texts, whole, strict=True)
    ]
    # Code -1 stands for null: it picks the last one.
    return pd.Series(pd.array([*read, None], dtype="Int64")[codes], values.index)


def _rounded(
    entries: pd.DataFrame, options: ValidationOptions
) -> tuple[pd.DataFrame, pd.Series[bool]]:
    """The entries with their half marks as whole ones, where the office says how, and which.

    The value stays as it is written: a row's total is the sum of what was given.
    """
    half = pd.Series(matches(entries["value"], HALF), entries.index, dtype=bool)
    half &= entries["kind"] == str(Kind.MARKS)
    if not half.any() or not options.half_marks:
        return entries, half & False
    ways = [options.half_marks_of(test) for test in entries.loc[half, "test"]]
    marks = {
        at: rounded(halves(text), way)
        for at, text, way in zip(entries.index[half], entries.loc[half, "value"], ways, strict=True)
        if way != "error"
    }
    changed = pd.Series(entries.index.isin(marks), entries.index)
    new = pd.Series(marks, dtype="Int64").reindex(entries.index)
    return entries.assign(mark=entries["mark"].mask(changed, new)), changed


def _submissions(entries: DataFrame[NumberedEntry]) -> DataFrame[SubmissionRow]:
    """One row per submission, by number."""
    numbers = entries["submission"].to_numpy(np.int64)
    single = as_objects(entries.iloc[first_of(numbers - 1)][["submission", "keycode", "kind"]])
    submissions = single.set_index("submission").assign(
        entries=np.bincount(numbers, minlength=1)[1:],
        marks_total=entries["mark"].groupby(numbers).sum(),
    )
    return typed(submissions, SubmissionRow)
