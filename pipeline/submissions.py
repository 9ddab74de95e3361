"""Build submissions: what each POST will carry, the entries of one session."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Literal

import pandas as pd

from pipeline.model import Submission
from schemas.words import Kind, Meaning

BlankAnswer = Literal["empty", "null", "omit"]


def build_submissions(
    entries: pd.DataFrame, numbers: Collection[int], blank_answer: BlankAnswer
) -> list[Submission]:
    """Build the submissions with these numbers, in the files' order, their content as sent."""
    selected = entries[entries["submission"].isin(numbers)]
    if blank_answer == "omit":
        unanswered = (selected["kind"] == Kind.RESPONSES) & (selected["meaning"] == Meaning.BLANK)
        # A paper without a single answer is sent with nulls: nothing at all is no submission.
        unanswered &= ~unanswered.groupby(selected["submission"]).transform("all")
        selected = selected[~unanswered]
    return [*_build(selected, "" if blank_answer == "empty" else None)]


def _build(entries: pd.DataFrame, unanswered: str | None) -> Iterator[Submission]:
    ordered = entries.sort_values("submission", kind="stable")
    marks = ordered["mark"].astype(object).where(ordered["mark"].notna(), None)
    answers = ordered["value"].astype(object).where(ordered["value"].notna(), unanswered)
    columns = [ordered[name] for name in ("submission", "keycode", "kind", "question")]
    rows = zip(*(column.tolist() for column in (*columns, marks, answers)), strict=True)
    for (number, keycode, kind), of_session in groupby(rows, key=itemgetter(0, 1, 2)):
        content = list(of_session)
        if kind == Kind.MARKS:
            marks_sent = tuple((question, mark) for *_, question, mark, _ in content)
            yield Submission(number, keycode, Kind.MARKS, marks=marks_sent)
        else:
            answers_sent = tuple((question, answer) for *_, question, _, answer in content)
            yield Submission(number, keycode, Kind.RESPONSES, answers=answers_sent)


def digest(submission: Submission) -> str:
    """Hash a submission's content to 64 characters; the order of its questions is no difference."""
    content = sorted(submission.marks or submission.answers)
    text = json.dumps([submission.kind, content], separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
