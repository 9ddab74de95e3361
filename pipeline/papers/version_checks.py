"""Submissions whose questions are not numbered as their paper's: their version is not clear."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.findings import concat_findings, make_findings
from pipeline.papers.paper import Paper, Papers, Sessions
from pipeline.papers.versions import is_by_position
from pipeline.surpass import Session
from schemas.frames import DataFrame, Finding, NumberedEntry


def version_findings(
    sessions: Sessions,
    papers: Papers,
    entries: DataFrame[NumberedEntry],
    firsts: DataFrame[NumberedEntry],
) -> DataFrame[Finding]:
    """Submissions whose questions are not numbered as their paper's: their version is not clear.

    ``firsts`` has the first entry of each submission, at its keycode.
    """
    open_ = [number for number, session in sessions.items() if session.is_open]
    return concat_findings(
        [
            _versions_unknown(sessions, papers, entries[entries["submission"].isin(open_)], firsts),
            # Of those that are not open too: a re-run would meet one version of them alone.
            _versions_mixed(sessions, papers, entries, firsts),
        ]
    )


def _versions_unknown(
    sessions: Sessions,
    papers: Papers,
    entries: DataFrame[NumberedEntry],
    firsts: DataFrame[NumberedEntry],
) -> DataFrame[Finding]:
    """Sessions of a paper with versions whose questions are not numbered as the paper's."""
    with_versions = {
        number: paper
        for number, session in sessions.items()
        if (paper := papers.of(session)) is not None and paper.versions
    }
    if not with_versions:
        return concat_findings([])
    by_position = entries[entries["submission"].isin(with_versions) & ~_is_renumbered(entries)]
    reasons = {}
    for at, rows in by_position.groupby("submission"):
        number = int(str(at))
        reason = _why_not_numbered(
            with_versions[number], rows["version"].tolist(), rows["question"].tolist()
        )
        reasons[number] = reason or "Surpass did not tell its test form when the file was read"
    places = firsts[firsts["submission"].isin(reasons)]
    return make_findings(
        "version-unknown", places, why=[reasons[number] for number in places["submission"]]
    )


def _why_not_numbered(paper: Paper, versions: Sequence[str], questions: Sequence[str]) -> str:
    """Why a session's questions cannot be numbered by its paper; "" where they can."""
    distinct = sorted(set(versions))
    if distinct == [""]:
        return "its row says no version"
    if len(distinct) > 1:
        return f"its rows say {' and '.join(version or 'no version' for version in distinct)}"
    version = distinct[0]
    positions = paper.versions.get(version.casefold())
    if positions is None:
        known = ", ".join(sorted(paper.versions)).upper()
        return f"{paper.file} has no version {version}: it has {known}"
    lacking = [question for question in questions if question not in positions]
    return f"in {paper.file} version {version} has no question {lacking[0]}" if lacking else ""


def _versions_mixed(
    sessions: Sessions,
    papers: Papers,
    entries: DataFrame[NumberedEntry],
    firsts: DataFrame[NumberedEntry],
) -> DataFrame[Finding]:
    """Sessions of a test form of which several versions came, and no definition places them."""
    forms = {
        number: _test_form(session)
        for number, session in sessions.items()
        if (paper := papers.of(session)) is None or not paper.versions
    }
    with_version = entries[is_by_position(entries)]
    if with_version.empty:
        return concat_findings([])
    sheets = pd.MultiIndex.from_frame(with_version[["file", "sheet"]].drop_duplicates())
    # A row of such a sheet that says no version may be of any.
    of_sheets = pd.MultiIndex.from_frame(entries[["file", "sheet"]]).isin(sheets)
    candidates = entries[of_sheets & ~_is_renumbered(entries) & entries["submission"].isin(forms)]
    candidates = candidates.assign(form=candidates["submission"].map(forms))
    named = candidates[candidates["version"] != ""].drop_duplicates(["form", "version"])
    versions_of = named.groupby("form")["version"].agg(sorted)
    mixed = {form: versions for form, versions in versions_of.items() if len(versions) > 1}
    rows = candidates[candidates["form"].isin(mixed)]
    rows = rows.drop_duplicates("submission").set_index("submission")
    places = firsts[firsts["submission"].isin(rows.index)]
    rows = rows.loc[places["submission"]]
    others = [
        " and ".join(other for other in mixed[form] if other != version)
        for form, version in zip(rows["form"], rows["version"], strict=True)
    ]
    shown = [version or "not told" for version in rows["version"]]
    return make_findings("versions-mixed", places.assign(version=shown), other=others)


def _is_renumbered(entries: DataFrame[NumberedEntry]) -> pd.Series[bool]:
    """Which entries are numbered as their paper is, no longer by their position in a version."""
    return entries["renumbered"].astype(bool)


def _test_form(session: Session) -> str:
    form = session.test_form or session.test
    return "" if form is None else str(form.reference or form.id or form.name)
