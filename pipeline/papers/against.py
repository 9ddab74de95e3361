"""Hold sessions and entries against the paper definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from pipeline.findings import make_findings
from pipeline.papers.paper import RENUMBERED, Paper, Papers
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
    told = pd.DataFrame(rows, columns=["submission", "question", "maximum", "told_by"])
    return told.astype({"submission": "int64", "maximum": "float64", "question": "object"})


def _questions(session: Session, paper: Paper | None) -> Iterator[tuple[str, float | None, str]]:
    defined = {} if paper is None else paper.questions
    for question, item in session.items.items():
        own = defined.get(question)
        maximum = own.maximum if item.available_marks is None and own else item.available_marks
        yield question, maximum, "Surpass"
    if paper is not None and not session.items:
        for question, own in defined.items():
            yield question, own.maximum, paper.file


def not_numbered(
    sessions: Sessions, papers: Papers, entries: pd.DataFrame, firsts: pd.DataFrame
) -> pd.DataFrame:
    """Sessions of a paper with versions whose questions are not numbered as the paper's."""
    known = {number: paper for number in sessions if (paper := papers.of(sessions[number]))}
    known = {number: paper for number, paper in known.items() if paper.versions}
    own = entries[entries["submission"].isin(known)]
    own = own[~own["version"].str.startswith(RENUMBERED)]
    why = {}
    for number, rows in own.groupby("submission"):
        at = int(str(number))
        said = _unplaced(known[at], rows["version"].tolist(), rows["question"].tolist())
        why[at] = said or "Surpass did not tell its test form when the file was read"
    places = firsts[firsts["submission"].isin(why)]
    return make_findings("version-unknown", places, why=[why[at] for at in places["submission"]])


def _unplaced(paper: Paper, versions: Sequence[str], questions: Sequence[str]) -> str:
    """Why a session's questions cannot be numbered by its paper; "" where they can."""
    told = sorted(set(versions))
    if told == [""]:
        return "its row says no version"
    if len(told) > 1:
        return f"its rows say {' and '.join(version or 'no version' for version in told)}"
    places = paper.versions.get(told[0].casefold())
    if places is None:
        known = ", ".join(sorted(paper.versions)).upper()
        return f"{paper.file} has no version {told[0]}: it has {known}"
    lacking = [question for question in questions if question not in places]
    return f"in {paper.file} version {told[0]} has no question {lacking[0]}" if lacking else ""


def versions_mixed(
    sessions: Sessions, papers: Papers, entries: pd.DataFrame, firsts: pd.DataFrame
) -> pd.DataFrame:
    """Sessions of a test form of which several versions came, and no definition places them."""
    form = {
        number: _form(session)
        for number, session in sessions.items()
        if (paper := papers.of(session)) is None or not paper.versions
    }
    said = entries[is_by_position(entries)]
    sheets = pd.MultiIndex.from_frame(said[["file", "sheet"]].drop_duplicates())
    # A row of such a sheet that says no version may be of any.
    beside = pd.MultiIndex.from_frame(entries[["file", "sheet"]]).isin(sheets)
    numbered = entries["version"].str.startswith(RENUMBERED)
    own = entries[beside & ~numbered & entries["submission"].isin(form)]
    own = own.assign(form=own["submission"].map(form))
    told = own[own["version"] != ""].groupby("form")["version"].agg(lambda each: sorted(set(each)))
    several = {name: versions for name, versions in told.items() if len(versions) > 1}
    rows = own[own["form"].isin(several)].drop_duplicates("submission").set_index("submission")
    places = firsts[firsts["submission"].isin(rows.index)]
    rows = rows.loc[places["submission"]]
    others = [
        " and ".join(one for one in several[form] if one != version)
        for form, version in zip(rows["form"], rows["version"], strict=True)
    ]
    version = [one or "not told" for one in rows["version"]]
    return make_findings("versions-mixed", places.assign(version=version), other=others)


def _form(session: Session) -> str:
    told = session.test_form or session.test
    return "" if told is None else str(told.reference or told.id or told.name)


def differences(sessions: Sessions, papers: Papers) -> pd.DataFrame:
    """Where a definition and Surpass tell of one paper differently, at the definition's cell."""
    told = {
        (paper.file, paper.sheet, row, column, why): None
        for session in sessions.values()
        if (paper := papers.of(session)) is not None
        for row, column, why in _different(session, paper)
    }
    places = pd.DataFrame([*told], columns=["file", "sheet", "row", "column", "why"])
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
