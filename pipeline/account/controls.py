"""Control totals: counts and sums of a run, a file, a batch, a paper or a centre, stage by stage.

As payment files have them: how many entries and submissions, the sum of their marks, and a hash
total over their keycodes. The hash total is the entry hash of NACHA's payment files, for keycodes:
each keycode is read as a number in base 36 (0 to 9, then A = 10 to Z = 35), the numbers are added,
and the last ten digits of the sum are kept. In Excel: =DECIMAL(A2,36) beside each keycode, and
=MOD(SUM(B2:B9),10^10) below. Where two lists have different hash totals they have different
keycodes. What is no keycode of eight letters and digits adds nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from schemas.columns import matches
from schemas.entries import KEYCODE
from schemas.frames import AccountSubmission, DataFrame, FilePart, StatedTotal, WaitingSession
from schemas.words import SETTLED, Outcome

_BASE = 36
_DIGITS = 10
_SUMMED = ["submissions", "entries", "marks", "answers", "number"]
STAGES = ("read", "sent", "confirmed", "settled", "open")


@dataclass(frozen=True)
class Sums:
    """One stage's control totals."""

    submissions: int
    entries: int
    marks: int
    answers: int  # of multiple choice
    hash_total: str  # ten digits


NOTHING = Sums(0, 0, 0, 0, "0" * _DIGITS)


@dataclass(frozen=True)
class Control:
    """The control totals of one part of a run, at each stage.

    ``read`` is what the files hold; ``sent`` was posted in this run, whatever became of it;
    ``confirmed`` was accepted in this run, as reading back showed; ``settled`` needs nothing more
    (accepted now or earlier, absent; in a run that only checks: ready); ``open`` is the rest.
    """

    name: str
    read: Sums
    sent: Sums
    confirmed: Sums
    settled: Sums
    open: Sums
    declared_marks: float | None = (
        None  # the sum of the totals that the sender wrote beside the marks
    )
    declared_totals: int = 0  # how many totals those are
    # Sessions that Surpass has for it, and those of them that wait and are in no file of this run;
    # None where it was not asked.
    expected: int | None = None
    missing: int | None = None


@dataclass(frozen=True)
class Controls:
    """The control totals of a run as a whole, and of its parts."""

    run: Control
    sources: tuple[Control, ...]  # a submission from two files counts in each of them
    batches: tuple[Control, ...]
    papers: tuple[Control, ...]
    centres: tuple[Control, ...]


def control_totals(
    submissions: DataFrame[AccountSubmission],
    parts: DataFrame[FilePart],
    stated: DataFrame[StatedTotal],
    waiting: DataFrame[WaitingSession] | None = None,
) -> Controls:
    """The totals of an account's submissions.

    ``parts`` is what each file holds of each, ``stated`` the totals that the sender wrote,
    ``waiting`` the sessions that wait in Surpass now: of papers that this run
    has none of, nothing is missing.
    """
    flags = _with_stages(submissions)
    totals = stated[["file", "submission", "stated"]]
    of_stated = totals.join(flags[["paper", "centre", "batch"]], on="submission")
    of_files = parts.join(
        flags.drop(columns=["entries", "marks", "answers", "file"]), on="submission"
    )
    whole = _by(flags.assign(whole="run"), "whole", of_stated.assign(whole="run"))
    run = whole[0] if whole else _control("run", {}, (None, 0))
    papers, centres = _by(flags, "paper", of_stated), _by(flags, "centre", of_stated)
    if waiting is not None:
        at_hand = waiting["keycode"].isin(submissions["keycode"])
        of_papers = waiting[~at_hand & waiting["paper"].isin(submissions["paper"])]
        waits = submissions["keycode"].isin(waiting["keycode"])
        known = flags[submissions["known"] | waits]
        run = replace(run, missing=len(of_papers), expected=len(of_papers) + len(known))
        papers = _with_missing(papers, of_papers["paper"], known["paper"])
        centres = _with_missing(centres, of_papers["centre"], known["centre"])
    return Controls(
        run=run,
        sources=_by(of_files, "file", of_stated),
        batches=_by(flags[flags["batch"].notna()], "batch", of_stated),
        papers=papers,
        centres=centres,
    )


def _with_missing(
    controls: Sequence[Control], missing: pd.Series[str], known: pd.Series[str]
) -> tuple[Control, ...]:
    """With what is missing of each; a centre of which nothing came has a line of its own."""
    absent, there = Counter(missing.tolist()), Counter(known.tolist())
    none_came = sorted(set(absent) - {control.name for control in controls})
    lines = (*controls, *(_control(name, {}, (None, 0)) for name in none_came))
    return tuple(
        replace(
            line,
            missing=absent[line.name],
            expected=absent[line.name] + there[line.name],
        )
        for line in lines
    )


def keycode_numbers(keycodes: pd.Series[str]) -> pd.Series[int]:
    """Each keycode as a number in base 36; 0 for what is no keycode."""
    good = matches(keycodes, KEYCODE)
    numbers = [int(text, _BASE) if fits else 0 for text, fits in zip(keycodes, good, strict=True)]
    return pd.Series(np.array(numbers, dtype="int64"), keycodes.index)


def _with_stages(submissions: DataFrame[AccountSubmission]) -> pd.DataFrame:
    outcome = submissions["outcome"]
    settled = outcome.isin([str(word) for word in SETTLED])
    return pd.DataFrame(
        {
            "file": submissions["file"],
            "paper": submissions["paper"],
            "centre": submissions["site"],
            "batch": submissions["batch"],
            "submissions": 1,
            "entries": submissions["entries"],
            "marks": submissions["marks_total"].fillna(0).astype("int64"),
            "answers": submissions["answers"].fillna(0).astype("int64"),
            "number": keycode_numbers(submissions["keycode"]),
            "read": True,
            "sent": submissions["attempts"].fillna(0) > 0,
            "confirmed": outcome == str(Outcome.ACCEPTED),
            "settled": settled,
            "open": ~settled,
        }
    )


def _by(rows: pd.DataFrame, name: str, stated: pd.DataFrame) -> tuple[Control, ...]:
    sums = _sums(rows, name)
    declared: dict[str, tuple[float | None, int]] = {
        str(key): (float(part.sum()), len(part)) for key, part in stated.groupby(name)["stated"]
    }
    return tuple(
        _control(key, stages, declared.get(key, (None, 0))) for key, stages in sums.items()
    )


def _control(name: str, sums: Mapping[str, Sums], declared: tuple[float | None, int]) -> Control:
    read, sent, confirmed, settled, left = (sums.get(stage, NOTHING) for stage in STAGES)
    return Control(name, read, sent, confirmed, settled, left, *declared)


def _sums(rows: pd.DataFrame, name: str) -> dict[str, dict[str, Sums]]:
    """The sums of each stage, by name; all stages in one pass over the rows."""
    values = rows[_SUMMED].to_numpy("int64")
    at_stage = rows[[*STAGES]].to_numpy("int64")
    each = (at_stage[:, :, None] * values[:, None, :]).reshape(
        len(rows), len(STAGES) * len(_SUMMED)
    )
    grouped = pd.DataFrame(each).groupby(rows[name].to_numpy(object)).sum()
    shape = (len(grouped), len(STAGES), len(_SUMMED))
    return {
        str(key): {
            stage: Sums(count, entries, marks, answers, f"{number % 10**_DIGITS:0{_DIGITS}d}")
            for stage, (count, entries, marks, answers, number) in zip(STAGES, stages, strict=True)
        }
        for key, stages in zip(
            grouped.index, grouped.to_numpy().reshape(shape).tolist(), strict=True
        )
    }
