"""Validate: entries of all source files into submissions, with everything that is wrong at once.

The checks are Pandera's, lazily, in ``schemas.entries``; each failure case becomes a finding at its
cell. What becomes of a session is decided here by its findings, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import pandas as pd
import pandera.errors

from pipeline.facts import Interpreted, Validated
from pipeline.findings import found, together
from schemas.entries import KEYCODE, MARK_ENTRIES, RESPONSE_ENTRIES, WHOLE, matches
from schemas.words import Kind, Meaning

_SCHEMAS = {Kind.MARKS: MARK_ENTRIES, Kind.RESPONSES: RESPONSE_ENTRIES}
# Findings about the whole row: told once, at the cell with the keycode.
_ABOUT_THE_ROW = {"keycode-missing", "keycode-malformed", "kinds-mixed"}
_LOOK_ALIKES = str.maketrans("01", "OI")


def validate(sources: Sequence[Interpreted]) -> Validated:
    """Every source file's entries as submissions, one per session and kind, and all findings."""
    entries = _numbered(pd.concat([source.entries for source in sources], ignore_index=True))
    findings = together(
        [
            *(source.findings for source in sources),
            *(_failures(kind, entries) for kind in Kind),
            _look_alikes(entries),
        ]
    )
    return Validated(
        sources=tuple(sources),
        entries=entries,
        findings=_placed(findings, entries),
        submissions=_submissions(entries),
    )


def _numbered(entries: pd.DataFrame) -> pd.DataFrame:
    """The entries with their submission's number, their mark, and what the checks look at.

    An entry without a keycode belongs to a submission of its own row: two such rows are not known
    to be one candidate.
    """
    unknown = entries["file"] + "\0" + entries["sheet"] + "\0" + entries["row"].astype("str")
    owner = entries["keycode"].where(entries["keycode"] != "", unknown)
    whole = entries["value"].where(matches(entries["value"], WHOLE) & (entries["kind"] == "marks"))
    numbered = entries.assign(
        submission=(owner + "\0" + entries["kind"]).factorize()[0] + 1,
        mark=whole.str.split(r"[.,]", n=1, regex=True).str[0].astype("Int64"),
    )
    of_submission = numbered.groupby("submission")
    absent = of_submission["meaning"].transform(lambda said: (said == Meaning.ABSENT).any())
    return numbered.assign(
        # An absent candidate has no marks: their blanks are not missing.
        meaning=numbered["meaning"].mask(
            absent.astype(bool) & (numbered["meaning"] == Meaning.BLANK), str(Meaning.NOT_ATTEMPTED)
        ),
        times=numbered.groupby(["submission", "question"])["row"].transform("size").astype(int),
        kinds=numbered.groupby(owner)["kind"].transform("nunique").astype(int),
    )


def _failures(kind: Kind, entries: pd.DataFrame) -> pd.DataFrame:
    """The findings of one kind's Pandera schema."""
    of_kind = entries[entries["kind"] == str(kind)]
    if of_kind.empty:
        return together([])
    try:
        _SCHEMAS[kind].validate(of_kind, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        return together(
            [
                _finding(str(code), entries.loc[sorted(set(group["index"]))], entries)
                for code, group in cases.groupby("check", sort=False)
            ]
        )
    return together([])


def _finding(code: str, failed: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    if code in _ABOUT_THE_ROW:
        failed = failed.drop_duplicates(["file", "sheet", "row"])
        failed = failed.assign(column=failed["id_column"], text=failed["id_text"], question=None)
    if code == "question-twice":
        return found(code, failed, other=_elsewhere(failed, ["submission", "question"]))
    if code == "kinds-mixed":
        return found(code, failed, other=_elsewhere(failed, ["keycode"]))
    return found(code, failed)


def _elsewhere(failed: pd.DataFrame, same: list[str]) -> list[str]:
    """For each failed entry the cells of the others that share ``same``."""
    cells = pd.Series([cell_of(entry) for entry in failed.to_dict("records")], failed.index)
    group = failed.groupby(same).ngroup()
    shared = cells.groupby(group).agg(list)[group]
    return [
        " and ".join(other for other in others if other != own)
        for own, others in zip(cells, shared, strict=True)
    ]


def cell_of(entry: Mapping[Hashable, object]) -> str:
    """A cell as a person looks it up: ``marks.xlsx, Paper 1, C7``."""
    place = [str(entry["file"]), str(entry["sheet"]), f"{entry['column']}{entry['row']}"]
    return ", ".join(part for part in place if part)


def _look_alikes(entries: pd.DataFrame) -> pd.DataFrame:
    """Keycodes of this run that a tired eye takes for one another."""
    firsts = entries[matches(entries["keycode"], KEYCODE)].drop_duplicates("keycode")
    firsts = firsts.assign(
        column=firsts["id_column"], seen_as=firsts["keycode"].str.translate(_LOOK_ALIKES)
    )
    firsts = firsts[firsts["seen_as"].duplicated(keep=False)]
    twins = firsts.groupby("seen_as")["keycode"].agg(list)
    other = [
        ", ".join(code for code in twins[seen_as] if code != own)
        for own, seen_as in zip(firsts["keycode"], firsts["seen_as"], strict=True)
    ]
    return found("keycode-look-alike", firsts, other=other)


def _placed(findings: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """Findings of rows (made before submissions were known) with their submission's number."""
    firsts = entries.drop_duplicates(["file", "sheet", "row"])
    of_row = findings[["file", "sheet", "row"]].merge(
        firsts[["file", "sheet", "row", "submission"]].astype({"row": "Int64"}),
        how="left",
        on=["file", "sheet", "row"],
    )["submission"]
    return findings.assign(submission=findings["submission"].fillna(of_row).astype("Int64"))


def _submissions(entries: pd.DataFrame) -> pd.DataFrame:
    """One row per submission, by number."""
    return entries.groupby("submission").agg(
        keycode=("keycode", "first"),
        kind=("kind", "first"),
        entries=("question", "size"),
        marks_total=("mark", "sum"),
    )
