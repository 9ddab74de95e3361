"""Check: each session is read from Surpass before anything is sent.

It must be in PaperResponseUpload; where Surpass tells its questions and maxima, or else the
office's paper definition, every question must be there and every mark within them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.concurrently import concurrently
from pipeline.deliver import identity
from pipeline.deliver.context import RunContext
from pipeline.deliver.readback import Agreement, compare, read_back
from pipeline.errors import Forbidden, NotFound, SurpassError
from pipeline.findings import concat_findings, endings, make_findings
from pipeline.model import AlreadySent, Ending, PaperSource, Submission, Validated
from pipeline.papers.paper import Papers
from pipeline.papers.question_checks import question_findings
from pipeline.papers.source import sources_of
from pipeline.papers.version_checks import version_findings
from pipeline.surpass import Result, Session
from schemas.frames import DataFrame, Finding
from schemas.words import Outcome

_LOOK_ALIKES = frozenset("0O1I")


@dataclass(frozen=True)
class Checked:
    """What is open, and all that stops the others."""

    open: tuple[Submission, ...]
    sessions: Mapping[int, Session]  # by submission, where Surpass tells of it
    findings: DataFrame[Finding]  # FINDINGS, those of reading and validating too
    endings: tuple[Ending, ...]  # of all submissions that are not open
    papers: tuple[PaperSource, ...] = ()


@dataclass
class _Readings:
    """What Surpass says of each submission's session, by its number."""

    sessions: dict[int, Session] = field(default_factory=dict)
    results: dict[int, Result] = field(default_factory=dict)  # of sessions that are no more
    refusals: dict[int, SurpassError] = field(default_factory=dict)
    failures: dict[int, SurpassError] = field(default_factory=dict)

    def closed(self, submissions: Sequence[Submission]) -> dict[int, Session | Result]:
        """What takes no marks any more, or not yet."""
        found: dict[int, Session | Result] = {}
        for submission in submissions:
            session = self.sessions.get(submission.number)
            if session is not None and not session.is_open:
                found[submission.number] = session
        return found | self.results


async def check(
    submissions: Sequence[Submission],
    read: Validated,
    known: AlreadySent,
    context: RunContext,
    advance: Callable[[], None],
) -> Checked:
    """Read the session of each submission, at the breaker's pace, and hold the entries against it.

    What another of our runs is sending right now is not open because of us: it is passed on, and
    delivery waits to see how that ends.
    """
    submissions = [
        submission for submission in submissions if submission.number not in known.numbers
    ]
    readings = await _read_all(submissions, context, advance)
    closed = readings.closed(submissions)
    keycodes = [submission.keycode for submission in submissions if submission.number in closed]
    under_way = await asyncio.to_thread(context.ledger.under_way, keycodes)
    shut = {
        submission.number: _closed(submission, closed[submission.number])
        for submission in submissions
        if submission.number in closed and submission.keycode not in under_way
    }
    references = await identity.references_in(
        read.entries, readings.sessions, context.client, context.breaker
    )
    of_sessions = await asyncio.to_thread(
        _findings, readings, shut, read, context.papers, references
    )
    findings = concat_findings([read.findings, known.findings, of_sessions])
    failed = [
        Ending(number, Outcome.FAILED, f"not sent: {error}")
        for number, error in readings.failures.items()
    ]
    checked = _sorted_out(submissions, readings.sessions, findings, (*known.endings, *failed))
    return replace(checked, papers=sources_of(readings.sessions, context.papers))


async def _read_all(
    submissions: Sequence[Submission], context: RunContext, advance: Callable[[], None]
) -> _Readings:
    readings = _Readings()

    async def look(submission: Submission) -> None:
        number = submission.number
        try:
            async with context.breaker.slot():
                reading = await read_back(context.client, submission.keycode)
            if isinstance(reading, Result):
                readings.results[number] = reading
            else:
                readings.sessions[number] = reading
        except (NotFound, Forbidden) as error:
            readings.refusals[number] = error
        except SurpassError as error:
            readings.failures[number] = error
        advance()

    await concurrently(map(look, submissions))
    return readings


@dataclass(frozen=True)
class _Closed:
    """A session that takes no marks: its state, and how its content compares with the file's."""

    state: str
    comparison: str


def _closed(submission: Submission, reading: Session | Result) -> _Closed:
    state = "Result" if isinstance(reading, Result) else reading.state_name or "not told"
    found = compare(submission, reading)
    if found.agrees and found.shows_storing:
        return _Closed(state, " It has this very content already.")
    if found.agreement is Agreement.DIFFERENT:
        return _Closed(state, f" There, {found.difference}.")
    return _Closed(state, "")


def unchecked(submissions: Sequence[Submission], read: Validated, recalled: AlreadySent) -> Checked:
    """What a check without Surpass can say: what was found in the files, and in the ledger."""
    findings = concat_findings([read.findings, recalled.findings])
    return _sorted_out(submissions, {}, findings, recalled.endings)


def _sorted_out(
    submissions: Sequence[Submission],
    sessions: Mapping[int, Session],
    findings: DataFrame[Finding],
    others: Sequence[Ending],
) -> Checked:
    stopped = (*endings(findings), *others)
    numbers = {ending.submission for ending in stopped}
    open_ = tuple(submission for submission in submissions if submission.number not in numbers)
    return Checked(open_, sessions, findings, stopped)


def _findings(
    readings: _Readings,
    shut: Mapping[int, _Closed],
    read: Validated,
    papers: Papers,
    references: identity.References,
) -> DataFrame[Finding]:
    """All that Surpass's answers say against the entries, in columns."""
    sessions, untold, entries = readings.sessions, readings.refusals, read.entries
    numbers = entries["submission"]
    firsts = entries.drop_duplicates("submission").assign(
        column=lambda first: first["id_column"], text=lambda first: first["id_text"], question=None
    )
    of_first = firsts["submission"]
    open_ = {number for number, session in sessions.items() if session.is_open}
    astray = version_findings(sessions, papers, entries, firsts)
    # What is not numbered as the paper is cannot be held against its questions.
    open_ -= {*astray["submission"]}
    open_entries = entries[numbers.isin(open_)]
    unknown = {number for number, error in untold.items() if isinstance(error, NotFound)}
    unseen = firsts[of_first.isin(unknown)]
    hidden = firsts[of_first.isin(untold.keys() - unknown)]
    closed = firsts[of_first.isin(shut)]
    return concat_findings(
        [
            make_findings(
                "session-unknown", unseen, hint=[_hint(code) for code in unseen["keycode"]]
            ),
            make_findings(
                "session-not-shown", hidden, why=[str(untold[at]) for at in hidden["submission"]]
            ),
            make_findings(
                "session-not-open",
                closed,
                state=[shut[number].state for number in closed["submission"]],
                theirs=[shut[number].comparison for number in closed["submission"]],
            ),
            astray,
            identity.disagreements(sessions, open_entries, references),
            identity.in_unused_sheets(sessions, read.sources, firsts[of_first.isin(open_)]),
            question_findings(sessions, papers, open_entries, firsts[of_first.isin(open_)]),
        ]
    )


def _hint(keycode: str) -> str:
    alike = ", ".join(sorted(_LOOK_ALIKES & set(keycode)))
    return f" Mind the look-alikes 0 and O, 1 and I: it has {alike}." if alike else ""
