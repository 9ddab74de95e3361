"""Validate: entries of all source files into submissions, with everything that is wrong at once.

The checks are Pandera's, lazily, in ``schemas.entries``; each failure case becomes a finding at its
cell. What becomes of a session is decided here by its findings, and by nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pandera.errors
from numpy.typing import NDArray

from pipeline.findings import concat_findings, make_findings
from pipeline.model import Interpreted, Validated, cell_of
from pipeline.validate.elsewhere import in_other_ids, in_unused_sheets, look_alikes
from pipeline.validate.holding import holding
from pipeline.validate.slips import slip_findings
from schemas.columns import (
    as_objects,
    category,
    concat_columns,
    distinct,
    first_filled,
    first_of,
    groups,
    map_distinct,
    matches,
    replaced,
)
from schemas.entries import HALF, MARK_ENTRIES, RESPONSE_ENTRIES, WHOLE
from schemas.frames import DataFrame, Finding, NumberedEntry, SubmissionRow, at_id, typed
from schemas.validation_options import ValidationOptions, rounded
from schemas.words import Kind, Meaning

DEFAULT_OPTIONS = ValidationOptions()
_SCHEMAS = {Kind.MARKS: MARK_ENTRIES, Kind.RESPONSES: RESPONSE_ENTRIES}
# Findings about the whole row: told once, at the cell with the keycode.
_ABOUT_THE_ROW = {"keycode-missing", "keycode-malformed", "kinds-mixed"}
_ONCE_A_ROW = {"candidate-absent", "candidate-missing"}
_NO_MARK = [str(Meaning.ABSENT), str(Meaning.MISSING)]
_MAX_LISTED = 3  # letters that a message names
_MAX_CELLS = 8  # and cells


def validate(
    sources: Sequence[Interpreted], options: ValidationOptions = DEFAULT_OPTIONS
) -> Validated:
    """Every source file's entries as submissions, one per session and kind, and all findings."""
    read = concat_columns([source.entries for source in sources])
    numbered, half = _rounded(_numbered(read), options)
    entries = typed(numbered, NumberedEntry)
    findings = concat_findings(
        [
            *(source.findings for source in sources),
            *(_failures(kind, entries, half) for kind in Kind),
            *_rounding(entries, half),
            look_alikes(entries),
            in_unused_sheets(sources, entries),
            in_other_ids(entries),
        ]
    )
    findings = concat_findings([findings, slip_findings(sources, entries)])
    return Validated(
        sources=tuple(sources),
        entries=entries,
        findings=holding(_with_submissions(findings, entries), entries, options.hold_on),
        submissions=_submissions(entries),
    )


def _numbered(entries: pd.DataFrame) -> DataFrame[NumberedEntry]:
    """The entries with their submission's number, their mark, and what the checks look at.

    A candidate whose session is not known is one submission for all its rows. An entry without
    either belongs to a submission of its own row: two such rows are not known to be one candidate.
    """
    owner = _owners(entries)
    is_mark = entries["kind"] == str(Kind.MARKS)
    submission = groups([owner, entries["kind"]]) + 1
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


def _owners(entries: pd.DataFrame) -> pd.Series[int]:
    """The number of whose each entry is."""
    named, known = (entries["keycode"] != "").to_numpy(), groups([entries["keycode"]])
    if named.all():
        return pd.Series(known, entries.index)
    unfound = ~named & (entries["candidate"] != "").to_numpy()
    candidates = groups([entries[name] for name in ("candidate", "test", "centre")])
    rows = groups([entries[name] for name in ("file", "sheet", "row")])
    numbers = np.where(named, known, np.where(unfound, candidates, rows))
    what = np.where(named, 0, np.where(unfound, 1, 2))
    return pd.Series(groups([pd.Series(what), pd.Series(numbers)]), entries.index)


def _absent_throughout(meanings: pd.Series[str], submission: NDArray[np.int64]) -> pd.Series[str]:
    """With each blank of a submission in which a cell says absent as not attempted."""
    absent = meanings.isin(_NO_MARK).to_numpy()
    if not absent.any():
        return meanings
    of_absent = np.isin(submission, submission[absent])
    blank = (meanings == str(Meaning.BLANK)).to_numpy()
    return replaced(meanings, of_absent & blank, str(Meaning.NOT_ATTEMPTED))


def _kinds(owner: pd.Series[int], submission: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many submissions, one of each kind, each entry's owner has."""
    firsts_of_submissions = owner.to_numpy()[first_of(submission - 1)]
    kinds: NDArray[np.int64] = np.bincount(firsts_of_submissions, minlength=1)[owner.to_numpy()]
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
        at: rounded(_halves(text), way)
        for at, text, way in zip(entries.index[half], entries.loc[half, "value"], ways, strict=True)
        if way != "error"
    }
    changed = pd.Series(entries.index.isin(marks), entries.index)
    new = pd.Series(marks, dtype="Int64").reindex(entries.index)
    return entries.assign(mark=entries["mark"].mask(changed, new)), changed


def _halves(text: str) -> int:
    """How many halves a half mark has: 18.5, 18,5 and 18½ have 37."""
    whole = re.split("[.,½]", text)[0].strip()
    return 2 * int(whole or 0) + 1


def _rounding(entries: DataFrame[NumberedEntry], half: pd.Series[bool]) -> list[DataFrame[Finding]]:
    """Each half mark that was rounded; and for each file how many, and what that makes."""
    rows = entries[half]
    if rows.empty:
        return []
    rows = rows.assign(before=[_halves(text) / 2 for text in rows["value"]])
    files = rows.groupby("file", sort=False).agg(
        count=("mark", "size"), before=("before", "sum"), after=("mark", "sum")
    )
    firsts = rows.drop_duplicates("file").assign(
        sheet="", row=None, column=None, keycode=None, question=None, submission=None
    )
    sums = files.loc[firsts["file"]]
    return [
        make_findings("mark-rounded", rows, read_as=rows["mark"].astype(str).tolist()),
        make_findings(
            "marks-rounded",
            firsts,
            count=sums["count"].tolist(),
            found=[f"{value:g}" for value in sums["before"]],
            read_as=[f"{value:g}" for value in sums["after"]],
        ),
    ]


def _failures(
    kind: Kind, entries: DataFrame[NumberedEntry], half: pd.Series[bool]
) -> DataFrame[Finding]:
    """The findings of one kind's Pandera schema; a half mark that was rounded is a whole one."""
    of_kind = (entries["kind"] == str(kind)).to_numpy()
    if not of_kind.any():
        return concat_findings([])
    checked = entries[[*_SCHEMAS[kind].columns]]
    if half.any():
        whole = entries["mark"].astype("string").astype(object)
        value = entries["value"].astype(object).mask(half, whole)
        checked = checked.assign(value=category(*distinct(value), entries.index))
    checked = checked if of_kind.all() else checked[of_kind]
    try:
        _SCHEMAS[kind].validate(checked, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        return concat_findings(
            [
                _finding(str(code), entries.loc[sorted(set(group["index"]))], entries)
                for code, group in cases.groupby("check", sort=False)
            ]
        )
    return concat_findings([])


def _finding(
    code: str, failed: DataFrame[NumberedEntry], entries: DataFrame[NumberedEntry]
) -> DataFrame[Finding]:
    if code in _ABOUT_THE_ROW:
        failed = failed.drop_duplicates(["file", "sheet", "row"])
        failed = at_id(failed)
    if code in _ONCE_A_ROW:
        failed = failed.drop_duplicates(["file", "sheet", "row"])
    if code == "candidate-absent":
        return _absent(failed, entries)
    if code == "question-twice":
        return _given_twice(failed)
    if code == "kinds-mixed":
        return make_findings(code, failed, other=_of_the_other_kind(failed, entries))
    if code == "keycode-malformed":
        return make_findings(code, failed, why=[_foreign_letters(text) for text in failed["text"]])
    return make_findings(code, failed)


def _absent(
    failed: DataFrame[NumberedEntry], entries: DataFrame[NumberedEntry]
) -> DataFrame[Finding]:
    """Absence is certain only where the session has no mark or answer in any row of the run."""
    given = entries["meaning"].isin([str(Meaning.VALUE), str(Meaning.MULTIPLE)])
    written = given & (entries["text"].str.strip() != "")  # an empty cell may count as 0
    marked = failed["submission"].isin(entries.loc[written, "submission"])
    return concat_findings(
        [
            make_findings("candidate-absent", failed[~marked]),
            make_findings("candidate-absent-with-marks", failed[marked]),
        ]
    )


def _foreign_letters(text: str) -> str:
    """Which letters of a keycode only look like those that it may have, as people can find them."""
    foreign = [sign for sign in dict.fromkeys(text) if sign.isalnum() and not sign.isascii()]
    named = [f"'{sign}' is {unicodedata.name(sign, 'no Latin letter')}" for sign in foreign]
    return f", but {' and '.join(named[:_MAX_LISTED])}" if named else ""


def _of_the_other_kind(
    failed: DataFrame[NumberedEntry], entries: DataFrame[NumberedEntry]
) -> list[str]:
    """For each failed row the first cell that gives its session the other kind."""
    others = entries[~entries["submission"].isin(failed["submission"])]
    others = others[others["keycode"].isin(failed["keycode"])].drop_duplicates("keycode")
    cells = {entry["keycode"]: cell_of(entry) for entry in others.to_dict("records")}
    return [cells[keycode] for keycode in failed["keycode"]]


def _given_twice(failed: DataFrame[NumberedEntry]) -> DataFrame[Finding]:
    """One finding for each session, at its first cell, with the others that give a question again.

    Cells of the first questions are listed; where there are more, how many.
    """
    firsts = failed.drop_duplicates("submission").set_index("submission", drop=False)
    questions = failed.groupby("submission")["question"].nunique()
    listed = failed[failed.groupby("submission").cumcount() < _MAX_CELLS]
    cells: dict[int, list[str]] = defaultdict(list)
    for entry in listed.to_dict("records"):
        cells[entry["submission"]].append(f"{entry['question']} in {cell_of(entry)}")
    times = failed.groupby("submission").size()
    other = [
        ", ".join(cells[at])
        + (f" and {times[at] - _MAX_CELLS} more" if times[at] > _MAX_CELLS else "")
        for at in firsts.index
    ]
    whose = first_filled(firsts["keycode"], firsts["candidate"]).astype(object)
    whose = whose.where(whose != "", "row " + firsts["row"].astype(str))
    return make_findings(
        "question-twice",
        firsts.assign(question=None),
        whose=whose.tolist(),
        count=questions.loc[firsts.index].tolist(),
        other=other,
    )


def _with_submissions(
    findings: DataFrame[Finding], entries: DataFrame[NumberedEntry]
) -> DataFrame[Finding]:
    """Findings of rows (made before submissions were known) with their submission's number."""
    unknown = findings["submission"].isna() & findings["row"].notna()
    if not unknown.any():
        return typed(findings.astype({"submission": "Int64"}), Finding)
    rows = entries[entries["row"].isin(findings.loc[unknown, "row"].unique())]
    firsts = as_objects(rows.drop_duplicates(["file", "sheet", "row"]))
    of_row = findings[["file", "sheet", "row"]].merge(
        firsts[["file", "sheet", "row", "submission"]].astype({"row": "Int64"}),
        how="left",
        on=["file", "sheet", "row"],
    )["submission"]
    return findings.assign(submission=findings["submission"].fillna(of_row).astype("Int64"))


def _submissions(entries: DataFrame[NumberedEntry]) -> DataFrame[SubmissionRow]:
    """One row per submission, by number."""
    numbers = entries["submission"].to_numpy(np.int64)
    single = as_objects(entries.iloc[first_of(numbers - 1)][["submission", "keycode", "kind"]])
    submissions = single.set_index("submission").assign(
        entries=np.bincount(numbers, minlength=1)[1:],
        marks_total=entries["mark"].groupby(numbers).sum(),
    )
    return typed(submissions, SubmissionRow)
