"""What fails the checks of single entries and of sessions, and what is said of it.

The checks are Pandera's, in ``schemas.entries``, each named by its rule.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator

import pandas as pd
import pandera.errors

from pipeline.findings import concat_findings, make_findings
from pipeline.first_few import first_few
from pipeline.model import cell_of
from schemas.columns import category, distinct, first_filled
from schemas.entries import MARK_ENTRIES, RESPONSE_ENTRIES
from schemas.frames import DataFrame, Finding, NumberedEntry, at_id
from schemas.words import Kind, Meaning

ROUNDED = "mark-rounded"
_SCHEMAS = {Kind.MARKS: MARK_ENTRIES, Kind.RESPONSES: RESPONSE_ENTRIES}
# Findings about the whole row: told once, at the cell with the keycode.
_ABOUT_THE_ROW = {"keycode-missing", "keycode-malformed", "kinds-mixed"}
_ONCE_A_ROW = {"candidate-absent", "candidate-missing"}
_MAX_LISTED = 3  # letters that a message names
_MAX_CELLS = 8  # and cells

Failed = tuple[str, DataFrame[NumberedEntry]]
"""A rule's code, and the entries that break it, each as the place of a finding."""


def failures(entries: DataFrame[NumberedEntry], half: pd.Series[bool]) -> list[Failed]:
    """What breaks the rules, each cell or row once; and the half marks that were rounded."""
    failed = [each for kind in Kind for each in _of_kind(kind, entries, half)]
    return [*failed, (ROUNDED, entries[half])] if half.any() else failed


def _of_kind(
    kind: Kind, entries: DataFrame[NumberedEntry], half: pd.Series[bool]
) -> Iterator[Failed]:
    """What fails in one kind's Pandera schema; a half mark that was rounded is a whole one."""
    of_kind = (entries["kind"] == str(kind)).to_numpy()
    if not of_kind.any():
        return
    checked = entries[[*_SCHEMAS[kind].columns]]
    if half.any():
        whole = entries["mark"].astype("string").astype(object)
        value = entries["value"].astype(object).mask(half, whole)
        checked = checked.assign(value=category(*distinct(value), entries.index))
    checked = checked if of_kind.all() else checked[of_kind]
    try:
        _SCHEMAS[kind].validate(checked, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        for error in errors.schema_errors:
            holds = error.check_output
            yield error.check.name, _places(error.check.name, entries.loc[holds.index[~holds]])


def _places(code: str, failed: DataFrame[NumberedEntry]) -> DataFrame[NumberedEntry]:
    if code in _ABOUT_THE_ROW:
        failed = at_id(failed.drop_duplicates(["file", "sheet", "row"]))
    if code in _ONCE_A_ROW:
        failed = failed.drop_duplicates(["file", "sheet", "row"])
    return failed


def say(
    code: str, failed: DataFrame[NumberedEntry], entries: DataFrame[NumberedEntry]
) -> DataFrame[Finding]:
    """The findings of one rule; ``entries`` are all those of the run."""
    if code == "candidate-absent":
        return _absent(failed, entries)
    if code == "question-twice":
        return _given_twice(failed)
    if code == "kinds-mixed":
        return make_findings(code, failed, other=_of_the_other_kind(failed, entries))
    if code == "keycode-malformed":
        return make_findings(code, failed, why=[_foreign_letters(text) for text in failed["text"]])
    if code == ROUNDED:
        return make_findings(code, failed, read_as=failed["mark"].astype(str).tolist())
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
    other = [first_few(cells[at], _MAX_CELLS, times[at]) for at in firsts.index]
    whose = first_filled(firsts["keycode"], firsts["candidate"]).astype(object)
    whose = whose.where(whose != "", "row " + firsts["row"].astype(str))
    return make_findings(
        "question-twice",
        firsts.assign(question=None),
        whose=whose.tolist(),
        count=questions.loc[firsts.index].tolist(),
        other=other,
    )


def halves(text: str) -> int:
    """How many halves a half mark has: 18.5, 18,5 and 18½ have 37."""
    whole = re.split("[.,½]", text)[0].strip()
    return 2 * int(whole or 0) + 1


def roundings(rows: pd.DataFrame) -> DataFrame[Finding]:
    """For each file how many half marks were rounded, these ones, and what that makes."""
    if rows.empty:
        return concat_findings([])
    rows = rows.assign(before=[halves(text) / 2 for text in rows["value"]])
    files = rows.groupby("file", sort=False).agg(
        count=("mark", "size"), before=("before", "sum"), after=("mark", "sum")
    )
    firsts = rows.drop_duplicates("file").assign(
        sheet="", row=None, column=None, keycode=None, question=None, submission=None
    )
    sums = files.loc[firsts["file"]]
    return make_findings(
        "marks-rounded",
        firsts,
        count=sums["count"].tolist(),
        found=[f"{value:g}" for value in sums["before"]],
        read_as=[f"{value:g}" for value in sums["after"]],
    )
