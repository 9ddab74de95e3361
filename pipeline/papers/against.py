"""Hold sessions and entries against the paper definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from pipeline.findings import make_findings
from pipeline.papers.paper import Paper, Papers
from pipeline.papers.versions import is_by_position
from pipeline.surpass import Session

Sessions = Mapping[int, Session]
"""What Surpass told of the sessions, by submission."""


def asked(sessions: Sessions, papers: Papers) -> pd.DataFrame:
    """The questions of each session that anybody tells, with their maxima; Surpass first."""
    rows = [
        (number, question, maximum, by)
        for number, session in sessions.items()
        for question, maximum, by in _questions(session, papers.of(session))
    ]
    found = pd.DataFrame(rows, columns=["submission", "question", "maximum", "told_by"])
    return found.astype({"submission": "int64", "maximum": "float64", "question": "object"})


def _questions(session: Session, paper: Paper | None) -> Iterator[tuple[str, float | None, str]]:
    defined = {} if paper is None else paper.questions
    for question, item in session.items.items():
        entries_ = defined.get(question)
        maximum = (
            entries_.maximum if item.available_marks is None and entries_ else item.available_marks
        )
        yield question, maximum, "Surpass"
    if paper is not None and not session.items:
        for question, entries_ in defined.items():
            yield question, entries_.maximum, paper.file


def not_numbered(
    sessions: Sessions, papers: Papers, entries: pd.DataFrame, firsts: pd.DataFrame
) -> pd.DataFrame:
    """Sessions of a paper with versions whose questions are not numbered as the paper's."""
    known = {number: paper for number in sessions if (paper := papers.of(sessions[number]))}
    known = {number: paper for number, paper in known.items() if paper.versions}
    entries_ = entries[entries["submission"].isin(known)]
    entries_ = entries_[~entries_["renumbered"].astype(bool)]
    why = {}
    for number, rows in entries_.groupby("submission"):
        at = int(str(number))
        reason_ = _unplaced(known[at], rows["version"].tolist(), rows["question"].tolist())
        why[at] = reason_ or "Surpass did not tell its test form when the file was read"
    places = firsts[firsts["submission"].isin(why)]
    return make_findings("version-unknown", places, why=[why[at] for at in places["submission"]])


def _unplaced(paper: Paper, versions: Sequence[str], questions: Sequence[str]) -> str:
    """Why a session's questions cannot be numbered by its paper; "" where they can."""
    found = sorted(set(versions))
    if found == [""]:
        return "its row says no version"
    if len(found) > 1:
        return f"its rows say {' and '.join(version or 'no version' for version in found)}"
    places = paper.versions.get(found[0].casefold())
    if places is None:
        known = ", ".join(sorted(paper.versions)).upper()
        return f"{paper.file} has no version {found[0]}: it has {known}"
    lacking = [question for question in questions if question not in places]
    return f"in {paper.file} version {found[0]} has no question {lacking[0]}" if lacking else ""


def versions_mixed(
    sessions: Sessions, papers: Papers, entries: pd.DataFrame, firsts: pd.DataFrame
) -> pd.DataFrame:
    """Sessions of a test form of which several versions came, and no definition places them."""
    form = {
        number: _form(session)
        for number, session in sessions.items()
        if (paper := papers.of(session)) is None or not paper.versions
    }
    reason_ = entries[is_by_position(entries)]
    sheets = pd.MultiIndex.from_frame(reason_[["file", "sheet"]].drop_duplicates())
    # A row of such a sheet that says no version may be of any.
    beside = pd.MultiIndex.from_frame(entries[["file", "sheet"]]).isin(sheets)
    numbered = entries["renumbered"].astype(bool)
    entries_ = entries[beside & ~numbered & entries["submission"].isin(form)]
    entries_ = entries_.assign(form=entries_["submission"].map(form))
    found = (
        entries_[entries_["version"] != ""]
        .groupby("form")["version"]
        .agg(lambda versions_: sorted(set(versions_)))
    )
    several = {name: versions for name, versions in found.items() if len(versions) > 1}
    rows = (
        entries_[entries_["form"].isin(several)]
        .drop_duplicates("submission")
        .set_index("submission")
    )
    places = firsts[firsts["submission"].isin(rows.index)]
    rows = rows.loc[places["submission"]]
    others = [
        " and ".join(version_ for version_ in several[form] if version_ != version)
        for form, version in zip(rows["form"], rows["version"], strict=True)
    ]
    version = [version_ or "not told" for version_ in rows["version"]]
    return make_findings("versions-mixed", places.assign(version=version), other=others)


def _form(session: Session) -> str:
    found = session.test_form or session.test
    return "" if found is None else str(found.reference or found.id or found.name)


def differences(sessions: Sessions, papers: Papers) -> pd.DataFrame:
    """Where a definition and Surpass tell of one paper differently, at the definition's cell."""
    found = {
        (paper.file, paper.sheet, row, column, why): None
        for session in sessions.values()
        if (paper := papers.of(session)) is not None
        for row, column, why in _different(session, paper)
    }
    places = pd.DataFrame([*found], columns=["file", "sheet", "row", "column", "why"])
    return make_findings("paper-differs", places)


def _different(session: Session, paper: Paper) -> Iterator[tuple[int, str, str]]:
    """The rows and columns that Surpass contradicts, and how."""
    items = session.items
    for number, question in paper.questions.items() if items else ():
        item = items.get(number)
        if item is None:
            why = f"that there is a question {number}, Surpass has none"
            yield question.row, paper.columns["question"], why
        elif None not in (question.maximum, item.available_marks) and (
            question.maximum != item.available_marks
        ):
            why = (
                f"that question {number} has {question.maximum:g} marks, Surpass says "
                f"{item.available_marks:g}"
            )
            yield question.row, paper.columns["maximum"], why
    for number in items:
        if number not in paper.questions:
            first = min(question.row for question in paper.questions.values())
            why = f"that there is no question {number}, Surpass has one"
            yield first, paper.columns["question"], why


def kinds_and_options(
    sessions: Sessions, papers: Papers, entries: pd.DataFrame
) -> list[pd.DataFrame]:
    """Entries of another kind than their question's, and answers that are no option of it."""
    rows = [
        (number, name, question.kind and str(question.kind), question.options)
        for number, session in sessions.items()
        if (paper := papers.of(session)) is not None
        for name, question in paper.questions.items()
    ]
    if not rows:
        return []
    defined = pd.DataFrame(rows, columns=["submission", "question", "defined", "options"])
    both = entries.merge(defined.astype({"submission": "int64", "question": "object"}))
    other_kind = both[both["defined"].notna() & (both["defined"] != both["kind"])]
    other_kind = other_kind.drop_duplicates("submission")
    answered = both[(both["kind"] == "responses") & both["value"].notna()]
    beside = [
        bool(options) and value not in options
        for value, options in zip(answered["value"], answered["options"], strict=True)
    ]
    no_option = answered[pd.Series(beside, answered.index, dtype=bool)]
    return [
        make_findings("kind-differs", other_kind, other=other_kind["defined"].tolist()),
        make_findings(
            "answer-not-an-option", no_option, other=[", ".join(o) for o in no_option["options"]]
        ),
    ]
