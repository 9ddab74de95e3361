"""Build submissions: what each POST will carry, the entries of one session."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from typing import Literal

import numpy as np

from pipeline.model import Submission
from schemas.frames import DataFrame, NumberedEntry
from schemas.words import Kind, Meaning

BlankAnswer = Literal["empty", "null", "omit"]


def build_submissions(
    entries: DataFrame[NumberedEntry], numbers: Collection[int], blank_answer: BlankAnswer
) -> list[Submission]:
    """Build the submissions with these numbers, in the files' order, their content as sent."""
    selected = entries[entries["submission"].isin(numbers)]
    if blank_answer == "omit":
        unanswered = (selected["kind"] == Kind.RESPONSES) & (selected["meaning"] == Meaning.BLANK)
        # A paper without a single answer is sent with nulls: nothing at all is no submission.
        unanswered &= ~unanswered.groupby(selected["submission"]).transform("all")
        selected = selected[~unanswered]
    return [*_build(selected, "" if blank_answer == "empty" else None)]


def _build(entries: DataFrame[NumberedEntry], unanswered: str | None) -> Iterator[Submission]:
    numbers = entries["submission"].to_numpy(np.int64)
    if (np.diff(numbers) < 0).any():
        order = np.argsort(numbers, kind="stable")
        entries, numbers = entries.iloc[order], numbers[order]
    begins = np.flatnonzero(np.diff(numbers, prepend=-1))
    questions = entries["question"].tolist()
    marks = entries["mark"].astype(object).where(entries["mark"].notna(), None).tolist()
    values = entries["value"].astype(object)
    answers = values.where(values.notna(), unanswered).tolist()
    keycodes, kinds = (entries[name].iloc[begins].tolist() for name in ("keycode", "kind"))
    ends = np.append(begins, len(entries))[1:].tolist()
    of_sessions = zip(numbers[begins].tolist(), keycodes, kinds, begins.tolist(), ends, strict=True)
    for number, keycode, kind, begin, end in of_sessions:
        of_kind = marks if kind == Kind.MARKS else answers
        content = tuple(zip(questions[begin:end], of_kind[begin:end], strict=True))
        if kind == Kind.MARKS:
            yield Submission(number, keycode, Kind.MARKS, marks=content)
        else:
            yield Submission(number, keycode, Kind.RESPONSES, answers=content)


def digest(submission: Submission) -> str:
    """Hash a submission's content to 64 characters; the order of its questions is no difference."""
    content = sorted(submission.marks or submission.answers)
    text = json.dumps([submission.kind, content], separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
