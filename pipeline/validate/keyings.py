"""Two keyings of the same papers, side by side: cell by cell, by session and question.

    A: B10P1AAB, 3, 18 in C7      B: B10P1AAB, 3, 13 in D9     ▶     differs

Two keyings of one paper are named alike but for A and B at the end: ``marks A.xlsx`` and
``marks B.xlsx``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePath
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.model import cell_of
from pipeline.read.returned_record import sent_name
from schemas.columns import as_objects
from schemas.words import Kind, Meaning

Keying = Literal["A", "B"]
_NAMED = re.compile(r".*[ _.-]([AB])(?: \(\d+\))?", re.DOTALL | re.IGNORECASE)
_SEPARATOR = "\x1f"
_SHOWN = {
    str(Meaning.NOT_ATTEMPTED): "NA",
    str(Meaning.ABSENT): "ABS",
    str(Meaning.BLANK): "(blank)",
}
COLUMNS = ["keycode", "candidate", "question", "a", "b", "cell_a", "cell_b", "verdict"]


class Verdict(StrEnum):
    """What two keyings say of one question of one session."""

    SAME = "same"
    DIFFERS = "differs"
    ONLY_A = "only in A"
    ONLY_B = "only in B"
    TWICE = "more than once"  # in one of them: which of its cells counts is not known


def keying_of(name: str) -> Keying | None:
    """Which keying a file is, by its name; None where that does not say."""
    found = _NAMED.fullmatch(PurePath(sent_name(name)).stem)
    if found is None:
        return None
    return "A" if found[1].upper() == "A" else "B"


def other_keying(keying: Keying) -> Keying:
    """The other one."""
    return "B" if keying == "A" else "A"


def compare_keyings(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Every question of every session in either, with what both say; in the order of A, then B.

    Both are ENTRIES. Gives COLUMNS.
    """
    first, second = _cells(as_objects(a)), _cells(as_objects(b))
    both = first.merge(second, how="outer", on=["whose", "question"], suffixes=("_a", "_b"))
    verdict = np.select(
        [
            both["times_a"].gt(1) | both["times_b"].gt(1),
            both["value_b"].isna(),
            both["value_a"].isna(),
            both["value_a"] == both["value_b"],
        ],
        [str(Verdict.TWICE), str(Verdict.ONLY_A), str(Verdict.ONLY_B), str(Verdict.SAME)],
        str(Verdict.DIFFERS),
    )
    keycode = both["keycode_a"].fillna(both["keycode_b"])
    together = both.assign(
        keycode=keycode,
        candidate=both["candidate_a"].where(
            both["candidate_a"].fillna("") != "", both["candidate_b"]
        ),
        a=both["value_a"].fillna(""),
        b=both["value_b"].fillna(""),
        cell_a=both["cell_a"].fillna(""),
        cell_b=both["cell_b"].fillna(""),
        verdict=verdict,
    ).sort_values(["at_a", "at_b"], kind="stable")
    return together[COLUMNS].fillna("").reset_index(drop=True)


def agrees(compared: pd.DataFrame) -> bool:
    """Whether both say the same throughout."""
    return len(compared) > 0 and bool((compared["verdict"] == str(Verdict.SAME)).all())


def _cells(entries: pd.DataFrame) -> pd.DataFrame:
    """One row for each session and question, with what is said and in which cell."""
    by_candidate = (
        entries["candidate"] + _SEPARATOR + entries["test"] + _SEPARATOR + entries["centre"]
    )
    whose = entries["keycode"].where(entries["keycode"] != "", by_candidate)
    nobody = (entries["keycode"] == "") & (entries["candidate"] == "")
    places = entries["file"] + _SEPARATOR + entries["sheet"] + _SEPARATOR + entries["row"].map(str)
    cells = entries.assign(
        whose=whose.mask(nobody, places),
        value=_said(entries),
        cell=[cell_of(entry) for entry in entries.to_dict("records")],
        at=np.arange(len(entries)),
    )
    by_question = cells.groupby(["whose", "question"], sort=False)
    times = by_question["value"].transform("size")
    columns = ["whose", "question", "keycode", "candidate", "value", "cell", "at", "times"]
    firsts = cells.assign(times=times.astype(int)).drop_duplicates(["whose", "question"])
    return firsts[columns]


def _said(entries: pd.DataFrame) -> pd.Series[str]:
    """What a cell says, alike however it is written: 5, 5.0 and 5,0 are one mark."""
    meaning = entries["meaning"].astype(str)
    value = entries["value"].fillna("").astype(str).str.strip()
    marks = entries["kind"].astype(str) == str(Kind.MARKS)
    tidy = value.str.replace(",", ".", regex=False).str.replace(r"\.0+$", "", regex=True)
    said = tidy.where(marks, value.str.upper())
    other = meaning.map(_SHOWN).fillna(entries["text"].astype(str))
    return said.where(meaning == str(Meaning.VALUE), other)
