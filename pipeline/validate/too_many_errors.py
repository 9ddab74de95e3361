"""Refuse a file in which too much is wrong: it is hardly the one that was meant.

The errors of a file are counted before any sentence is made of them. Where they are more than
READ_ERRORS, nothing of the file is used, as of one that could not be read: its rows are set aside,
and a session that stands in another file too is held there, since a part of it would be missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from pipeline.findings import bounded, concat_findings, counts_of, make_findings, not_listed
from pipeline.model import ASIDE, Interpreted, Validated
from pipeline.named_sessions import ids_of
from pipeline.validate.failures import Failed, say
from schemas.columns import as_objects, first_of, groups
from schemas.frames import DataFrame, Finding, NumberedEntry, SetAside, UnusedKeycode, typed
from schemas.rules import RULES, TOO_MANY_ERRORS
from schemas.validation_options import ValidationOptions
from schemas.words import Outcome, Severity

_LISTED = 20  # of each rule, so that a person can look
_NAMED = 5  # rules, in the sentence about the whole file
_OF_SESSIONS = {"question-twice", "kinds-mixed"}  # rules that are told once for each


def without_those_too_wrong(
    sources: Sequence[Interpreted],
    failed: Sequence[Failed],
    entries: DataFrame[NumberedEntry],
    options: ValidationOptions,
) -> tuple[Interpreted, ...] | None:
    """The sources, with nothing of those that have too many errors; None where none has."""
    wrong = [
        (code, _of_one_file(at, entries) if code in _OF_SESSIONS else at)
        for code, at in failed
        if RULES[code].severity is Severity.ERROR or code in options.hold_on
    ]
    errors = Counter(_in_findings(sources, options.hold_on))
    for code, at in wrong:
        counted = at.drop_duplicates("submission") if code in _OF_SESSIONS else at
        errors.update(counted["file"].astype(str).tolist())
    found = {
        file: concat_findings(
            [_of_the_file(source.findings, options.hold_on), *_first_ones(file, wrong, entries)]
        )
        for source in sources
        if errors[file := source.source.name] > options.max_errors
    }
    return _without(found, sources, options)


def without_those_held_too_often(
    read: Validated, options: ValidationOptions
) -> tuple[Interpreted, ...] | None:
    """The same of what was validated, with what the tripwires hold."""
    errors = _errors_in(read.findings, options.hold_on)
    findings = _of_the_file(read.findings, options.hold_on)
    found = {
        file: findings[findings["file"] == file]
        for source in read.sources
        if len(source.entries) and errors.get(file := source.source.name, 0) > options.max_errors
    }
    return _without(found, read.sources, options)


def _without(
    found: Mapping[str, DataFrame[Finding]],
    sources: Sequence[Interpreted],
    options: ValidationOptions,
) -> tuple[Interpreted, ...] | None:
    """The sources without these files, of which it was found; None where there is none."""
    if not found:
        return None
    others = any(len(each.entries) and each.source.name not in found for each in sources)
    return tuple(
        replace(
            _refused(each, found[each.source.name], options),
            # Of a session that stands in another file too a part is missing.
            unused=_with_ids(each) if others else each.unused,
        )
        if each.source.name in found
        else each
        for each in sources
    )


def _with_ids(source: Interpreted) -> DataFrame[UnusedKeycode]:
    parts: list[pd.DataFrame] = [source.unused, ids_of(source.entries)]
    return typed(pd.concat(parts, ignore_index=True), UnusedKeycode)


def _of_one_file(
    at: DataFrame[NumberedEntry], entries: DataFrame[NumberedEntry]
) -> DataFrame[NumberedEntry]:
    """Without the sessions that are wrong by two files together."""
    files = entries[["whose", "file"]].drop_duplicates()
    several = files["whose"][files["whose"].duplicated()]
    return at[~at["whose"].isin(several)]


def _in_findings(sources: Sequence[Interpreted], hold_on: Collection[str]) -> dict[str, int]:
    return {
        source.source.name: sum(_errors_in(source.findings, hold_on).values())
        for source in sources
        if len(source.entries)
    }


def _errors_in(findings: DataFrame[Finding], hold_on: Collection[str]) -> dict[str, int]:
    """For each file how many findings say that it is to be mended, or hold its sessions."""
    wrong = _is_wrong(findings, hold_on)
    counts = counts_of(findings[wrong])
    return {str(k): int(n) for k, n in counts.groupby(findings.loc[wrong, "file"]).sum().items()}


def _of_the_file(findings: DataFrame[Finding], hold_on: Collection[str]) -> DataFrame[Finding]:
    """Without what was found of a session alone, such as that Surpass does not know it."""
    return findings[findings["outcome"].isna() | _is_wrong(findings, hold_on)]


def _is_wrong(findings: pd.DataFrame, hold_on: Collection[str]) -> pd.Series[bool]:
    return (findings["outcome"] == str(Outcome.INVALID)) | findings["rule"].isin([*hold_on])


def _first_ones(
    file: str, wrong: Sequence[Failed], entries: DataFrame[NumberedEntry]
) -> list[DataFrame[Finding]]:
    """Of each rule that the file breaks the first findings, and the number of the others."""
    parts = []
    for code, at in wrong:
        here = at[(at["file"] == file).to_numpy()]
        first = pd.Series(range(len(here)), here.index) < _LISTED
        if code in _OF_SESSIONS:
            first = here["submission"].isin(here["submission"].unique()[:_LISTED])
        rest = here[~first]
        if code in _OF_SESSIONS:
            rest = rest.drop_duplicates("submission")
        parts += [say(code, here[first], entries), not_listed(code, rest)]
    return parts


def _refused(
    source: Interpreted, findings: pd.DataFrame, options: ValidationOptions
) -> Interpreted:
    """The source with nothing of it used; ``findings`` are those of its file."""
    few = bounded(findings, findings["row"].notna(), _LISTED)
    few = few.assign(submission=None, outcome=None)
    few["submission"] = few["submission"].astype("Int64")
    held = few["rule"].isin([*options.hold_on])
    few["severity"] = few["severity"].mask(held, str(Severity.ERROR))
    place = pd.DataFrame([{"file": source.source.name, "sheet": "", "row": None, "column": None}])
    errors = few[few["severity"] == str(Severity.ERROR)]
    refusal = make_findings(
        TOO_MANY_ERRORS,
        place,
        count=int(counts_of(errors).sum()),
        maximum=options.max_errors,
        other=_by_rule(errors),
    )
    return replace(
        source,
        entries=source.entries.iloc[:0],
        set_aside=_all_aside(source),
        findings=concat_findings([refusal, few]),
        readable=False,
        cells_read=None,
        cells_by_role={},
        slips=(),
    )


def _by_rule(errors: pd.DataFrame) -> str:
    """How often each rule is broken, the commonest first, and where first."""
    counts = counts_of(errors).groupby(errors["rule"]).sum().sort_values(ascending=False)
    in_a_cell = errors.sort_values("row", key=pd.isna, kind="stable")
    firsts = in_a_cell.drop_duplicates("rule").set_index("rule")
    parts = []
    for code, count in counts.head(_NAMED).items():
        first = firsts.loc[str(code)].to_dict()
        cell = "" if pd.isna(first["row"]) else f"{first['column'] or ''}{first['row']}"
        where = ", ".join(filter(None, (first["sheet"], cell)))
        at = f", first in {where}" if where else ""
        parts.append(f"{count} times {code}{at}: {first['message']}")
    more = len(counts) - _NAMED
    return " ".join(parts) + (f" And {more} other rules." if more > 0 else "")


def _all_aside(source: Interpreted) -> DataFrame[SetAside]:
    entries = source.entries
    rows = entries.iloc[first_of(groups([entries["sheet"], entries["row"]]))]
    used = as_objects(rows[["file", "sheet", "row"]]).assign(reason="too many errors")
    parts: list[pd.DataFrame] = [source.set_aside, used[ASIDE]]
    return typed(pd.concat(parts, ignore_index=True), SetAside)
