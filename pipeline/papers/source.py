"""Where each paper's questions and maxima are known from: Surpass, the office, or nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from pipeline.findings import concat_findings, make_findings
from pipeline.model import PaperSource
from pipeline.papers.paper import Paper, Papers
from pipeline.surpass import Numbering, Reference, Session
from schemas.frames import DataFrame, Finding, NumberedEntry

_SURPASS, _NOWHERE = "Surpass", "nowhere"


def sources_of(sessions: Mapping[int, Session], papers: Papers) -> tuple[PaperSource, ...]:
    """The papers of these sessions, one for each way in which they are known."""
    groups: dict[tuple[str | None, str | None, Numbering, str], list[Session]] = defaultdict(list)
    for session in sessions.values():
        questions = session.questions
        key = _reference(session.test), _reference(session.test_form)
        groups[(*key, questions.numbering, questions.why)].append(session)
    return tuple(
        _source(group, key[0], key[1], papers.of(group[0]))
        for key, group in sorted(groups.items(), key=lambda item: str(item[0]))
    )


def _source(
    group: list[Session], test: str | None, form: str | None, paper: Paper | None
) -> PaperSource:
    questions = group[0].questions
    defined = _NOWHERE if paper is None else paper.file
    by_surpass = bool(questions.by_number)
    tells_maxima = by_surpass and all(
        item.available_marks is not None for item in questions.by_number.values()
    )
    maxima_from = _SURPASS if tells_maxima else defined
    return PaperSource(
        test,
        form,
        len(group),
        _SURPASS if by_surpass else defined,
        maxima_from,
        str(questions.numbering),
        _note(questions.numbering, questions.why, maxima_from),
    )


def _note(numbering: Numbering, why: str, maxima_from: str) -> str:
    notes = []
    if numbering is Numbering.POSITION:
        notes.append("question numbers restart in each section: counted over the whole paper")
    if numbering is Numbering.UNCLEAR:
        notes.append(f"its question numbers in Surpass are not clear: {why}")
    if maxima_from == _NOWHERE:
        notes.append("nobody tells the maxima: marks that are too high cannot be seen")
    return "; ".join(notes)


def numbering_findings(
    sessions: Mapping[int, Session], firsts: DataFrame[NumberedEntry]
) -> DataFrame[Finding]:
    """A warning for each paper whose numbers restart or are not clear, at its first session.

    ``firsts`` has the first entry of each submission, at its keycode.
    """
    parts = []
    for numbering, rule in _RULES.items():
        papers: dict[tuple[str, str], list[int]] = defaultdict(list)
        for number, session in sessions.items():
            if session.questions.numbering is numbering:
                papers[_paper_name(session), session.questions.why].append(number)
        for (name, why), numbers in papers.items():
            at = firsts[firsts["submission"].isin(numbers)].head(1)
            parts.append(make_findings(rule, at, layout=name, why=why))
    return concat_findings(parts)


_RULES = {
    Numbering.POSITION: "question-numbers-restart",
    Numbering.UNCLEAR: "question-numbers-unclear",
}


def _paper_name(session: Session) -> str:
    return _reference(session.test_form) or _reference(session.test) or "the paper"


def _reference(link: Reference | None) -> str | None:
    return None if link is None else link.reference or link.name
