"""Each submission as the report shows it: whose it is, of which paper, and where it stands."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.columns import as_objects
from schemas.frames import (
    ACCOUNT_SUBMISSIONS,
    AccountSubmission,
    DataFrame,
    FilePart,
    NumberedEntry,
    ReconciledSubmission,
    SessionReferences,
    typed,
)
from schemas.words import Kind, Meaning, Outcome

NOT_TOLD = "(not told)"
_TAKEN = (Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.UNCONFIRMED)
_FROM_SURPASS = ["candidate", "test", "test_form", "centre"]


def submissions_of(
    submissions: DataFrame[ReconciledSubmission],
    entries: DataFrame[NumberedEntry],
    sessions: DataFrame[SessionReferences] | None,
) -> DataFrame[AccountSubmission]:
    """A reconciliation's submissions, as the report shows them.

    And ``known``: whether Surpass told of the session, now or when it was accepted.
    """
    firsts = as_objects(entries.drop_duplicates("submission")).set_index("submission")
    shown = submissions.join(firsts[["file", "sheet", "row", "candidate", "test", "centre"]])
    shown = shown.assign(test_form="", **_counts(submissions, entries))
    if sessions is not None and not sessions.empty:
        for name in _FROM_SURPASS:
            from_surpass = sessions[name].reindex(shown.index).fillna("")
            shown[name] = from_surpass.where(from_surpass != "", shown[name])
    for name in ("file", "sheet", *_FROM_SURPASS):
        shown[name] = shown[name].fillna("").astype(object)
    taken = shown["outcome"].isin([str(word) for word in _TAKEN])
    shown["known"] = taken if sessions is None else taken | shown.index.isin(sessions.index)
    paper = shown["test_form"].where(shown["test_form"] != "", shown["test"])
    shown["paper"] = _of_its_sheet(paper, shown)
    shown["site"] = _of_its_sheet(shown["centre"], shown)
    return typed(shown.astype({"row": "Int64"})[[*ACCOUNT_SUBMISSIONS, "known"]], AccountSubmission)


def _of_its_sheet(names: pd.Series[str], shown: pd.DataFrame) -> pd.Series[str]:
    """The names; where one is missing, that of the others of its sheet, if these have one alone."""
    known = names.where(names != "", None)
    sheet = [shown["file"], shown["sheet"]]
    by_sheet = known.groupby(sheet)
    only = by_sheet.transform("first").where(by_sheet.transform("nunique") == 1)
    return known.fillna(only).fillna(NOT_TOLD).astype(object)


def parts_of(entries: DataFrame[NumberedEntry]) -> DataFrame[FilePart]:
    """What each file holds of each submission: file, submission, entries, marks, answers."""
    file, files = pd.factorize(entries["file"])
    numbers = entries["submission"].to_numpy("int64")
    group, pairs = pd.factorize(file * (numbers.max(initial=0) + 1) + numbers)
    counts = pd.DataFrame(
        {
            "entries": np.bincount(group),
            "marks": np.bincount(group, entries["mark"].to_numpy("float64", na_value=0)),
            "answers": np.bincount(group, given(entries)),
        },
        dtype="int64",
    )
    of_file, number = np.divmod(pairs, numbers.max(initial=0) + 1)
    parts = counts.assign(file=np.asarray(files, dtype=object)[of_file], submission=number)
    return typed(parts, FilePart)


def given(entries: DataFrame[NumberedEntry]) -> NDArray[np.bool_]:
    """Which entries are an answer to a question of multiple choice."""
    responses = (entries["kind"] == str(Kind.RESPONSES)).to_numpy(bool)
    if responses.any():
        responses = responses & (entries["meaning"] == str(Meaning.VALUE)).to_numpy(bool)
    return responses


def _counts(
    submissions: DataFrame[ReconciledSubmission], entries: DataFrame[NumberedEntry]
) -> dict[str, pd.Series[int]]:
    responses = submissions["kind"] == str(Kind.RESPONSES)
    answers = entries["submission"][given(entries)].value_counts()
    return {
        "answers": answers.reindex(submissions.index).fillna(0).astype("Int64").where(responses),
        "marks_total": submissions["marks_total"].astype("Int64").mask(responses),
    }
