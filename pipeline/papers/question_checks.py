"""Hold entries against their papers: the questions, maxima, kinds and options of a test form.

A paper is known from Surpass, or else from the office's own definition of it. The rules that need
one stand in this room; those that need only the file in ``pipeline/validate``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import cast

import pandas as pd

from pipeline.findings import concat_findings, make_findings
from pipeline.papers.contradictions import contradicted_definitions
from pipeline.papers.paper import Paper, Papers, Sessions
from pipeline.papers.source import numbering_findings
from pipeline.surpass import Session
from schemas.frames import DataFrame, Finding, KnownQuestion, NumberedEntry, typed

_MIN_SESSIONS_COMPARED = 5  # of one test form, from which 'nearly all others' can be said
_NEARLY_ALL = 0.8


def question_findings(
    sessions: Sessions,
    papers: Papers,
    entries: DataFrame[NumberedEntry],
    firsts: DataFrame[NumberedEntry],
) -> DataFrame[Finding]:
    """Entries of open sessions that their paper contradicts, and papers that are not certain.

    ``entries`` and ``firsts`` are of submissions that are numbered as their paper is.
    """
    return concat_findings(
        [
            *_questions_and_maxima(_known_questions(sessions, papers), entries, firsts),
            *_kinds_and_options(sessions, papers, entries),
            contradicted_definitions(sessions, papers),
            numbering_findings(sessions, firsts),
            _total_over_maximum(sessions, entries, firsts),
            _fewer_questions_than_others(sessions, papers, entries, firsts),
        ]
    )


def _known_questions(sessions: Sessions, papers: Papers) -> DataFrame[KnownQuestion]:
    """The questions of each session that are known, with their maxima; Surpass's word first."""
    rows = [
        (number, question, maximum, by)
        for number, session in sessions.items()
        for question, maximum, by in _questions(session, papers.of(session))
    ]
    questions = pd.DataFrame(rows, columns=["submission", "question", "maximum", "told_by"])
    kinds = {"submission": "int64", "maximum": "float64", "question": "object"}
    return typed(questions.astype(kinds), KnownQuestion)


def _questions(session: Session, paper: Paper | None) -> Iterator[tuple[str, float | None, str]]:
    defined = {} if paper is None else paper.questions
    for question, item in session.items.items():
        definition = defined.get(question)
        maximum = item.available_marks
        if maximum is None and definition is not None:
            maximum = definition.maximum
        yield question, maximum, "Surpass"
    if paper is not None and not session.items:
        for question, definition in defined.items():
            yield question, definition.maximum, paper.file


def _kinds_and_options(
    sessions: Sessions, papers: Papers, entries: DataFrame[NumberedEntry]
) -> list[DataFrame[Finding]]:
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
    outside = [
        bool(options) and value not in options
        for value, options in zip(answered["value"], answered["options"], strict=True)
    ]
    no_option = answered[pd.Series(outside, answered.index, dtype=bool)]
    return [
        make_findings("kind-differs", other_kind, other=other_kind["defined"].tolist()),
        make_findings(
            "answer-not-an-option", no_option, other=[", ".join(o) for o in no_option["options"]]
        ),
    ]


def _questions_and_maxima(
    questions: DataFrame[KnownQuestion],
    entries: DataFrame[NumberedEntry],
    firsts: DataFrame[NumberedEntry],
) -> list[DataFrame[Finding]]:
    """Entries of questions that the paper lacks, questions without entry, marks too high."""
    if questions.empty:
        return []
    source = questions.drop_duplicates("submission").set_index("submission")["told_by"]
    checkable = entries[entries["submission"].isin(questions["submission"])]
    joined = checkable.merge(
        questions, how="left", on=["submission", "question"], indicator="where"
    )
    over = joined[(joined["mark"].astype("Float64") > joined["maximum"]).fillna(value=False)]
    unknown = joined[joined["where"] == "left_only"]
    expected = questions[questions["submission"].isin(checkable["submission"])].merge(
        checkable[["submission", "question"]], how="left", indicator="where"
    )
    lacking = (
        expected[expected["where"] == "left_only"]
        .groupby("submission")["question"]
        .agg([list, len])
    )
    at = firsts[firsts["submission"].isin(lacking.index)]
    missing = lacking.loc[at["submission"]]
    return [
        make_findings(
            "question-unknown", unknown, told_by=source.loc[unknown["submission"]].tolist()
        ),
        make_findings(
            "mark-over-maximum", over, maximum=[f"{value:g}" for value in over["maximum"]]
        ),
        make_findings(
            "questions-missing",
            at,
            other=[", ".join(questions) for questions in missing["list"]],
            count=missing["len"].tolist(),
            told_by=source.loc[at["submission"]].tolist(),
        ),
    ]


def _total_over_maximum(
    sessions: Sessions, entries: DataFrame[NumberedEntry], firsts: DataFrame[NumberedEntry]
) -> DataFrame[Finding]:
    """Submissions whose marks add up to more than the paper has, where only its total is known."""
    maxima = {
        number: session.available_marks
        for number, session in sessions.items()
        if session.available_marks and not session.items
    }
    if not maxima:
        return concat_findings([])
    totals = entries.groupby("submission")["mark"].sum()
    at = firsts[firsts["submission"].isin(maxima) & firsts["submission"].isin(totals.index)]
    at = at.assign(
        count=totals.loc[at["submission"]].tolist(),
        maximum=[maxima[number] for number in at["submission"]],
    )
    over = at[(at["count"] > at["maximum"]).astype(bool)]
    return make_findings(
        "total-over-maximum", over, maximum=[f"{value:g}" for value in over["maximum"]]
    )


def _fewer_questions_than_others(
    sessions: Sessions,
    papers: Papers,
    entries: DataFrame[NumberedEntry],
    firsts: DataFrame[NumberedEntry],
) -> DataFrame[Finding]:
    """Submissions without what nearly all others of their test form have, its paper not known.

    A row that was forgotten in a long sheet would else send a session in part, for good.
    """
    forms = {
        number: session.test_form.reference or session.test_form.id
        for number, session in sessions.items()
        if session.test_form is not None and not session.items and papers.of(session) is None
    }
    if len(forms) < _MIN_SESSIONS_COMPARED:
        return concat_findings([])
    unchecked = entries[entries["submission"].isin(forms)]
    lacking: dict[int, list[str]] = {}
    for _, group in unchecked.groupby([unchecked["submission"].map(forms), unchecked["kind"]]):
        questions_of = group.groupby("submission")["question"].agg(set)
        if len(questions_of) < _MIN_SESSIONS_COMPARED:
            continue
        counts = Counter(question for questions in questions_of for question in questions)
        enough = _NEARLY_ALL * len(questions_of)
        common = [question for question, count in counts.items() if count >= enough]
        for number, questions in questions_of.items():
            if missing := [question for question in common if question not in questions]:
                lacking[cast(int, number)] = missing
    at = firsts[firsts["submission"].isin(lacking)]
    other = [", ".join(lacking[number]) for number in at["submission"]]
    return make_findings("questions-fewer-than-others", at, other=other)
