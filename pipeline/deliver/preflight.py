"""Check: each session is read from Surpass before anything is sent.

It must be in PaperResponseUpload; where Surpass tells its questions and maxima, or else the
office's paper definition, every question must be there and every mark within them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import pandas as pd

from pipeline.deliver.context import RunContext
from pipeline.deliver.readback import Agreement, compare, read_back
from pipeline.errors import Forbidden, NotFound, SurpassError
from pipeline.findings import concat_findings, endings, make_findings
from pipeline.model import AlreadySent, Ending, PaperSource, Submission, Validated
from pipeline.papers import against
from pipeline.papers.paper import Papers
from pipeline.papers.source import numbering_findings, sources_of
from pipeline.surpass import Result, Session
from schemas.words import Outcome

_LOOK_ALIKES = frozenset("0O1I")
_SPOKEN_FOR = 5  # sessions of one test form from which 'nearly all others' can be said
_NEARLY_ALL = 0.8
_OF_SOMETHING_ELSE = 0.5  # share of a sheet's rows from which on its candidates are no references


@dataclass(frozen=True)
class Checked:
    """What is open, and all that stops the others."""

    open: tuple[Submission, ...]
    sessions: Mapping[int, Session]  # by submission, where Surpass tells of it
    findings: pd.DataFrame  # FINDINGS, those of reading and validating too
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
    found = _findings(readings, shut, read.entries, context.papers)
    findings = concat_findings([read.findings, known.findings, found])
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

    await asyncio.gather(*map(look, submissions))
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
    findings: pd.DataFrame,
    others: Sequence[Ending],
) -> Checked:
    stopped = (*endings(findings), *others)
    numbers = {ending.submission for ending in stopped}
    open_ = tuple(submission for submission in submissions if submission.number not in numbers)
    return Checked(open_, sessions, findings, stopped)


def _findings(
    readings: _Readings, shut: Mapping[int, _Closed], entries: pd.DataFrame, papers: Papers
) -> pd.DataFrame:
    """All that Surpass's answers say against the entries, in columns."""
    sessions, untold = readings.sessions, readings.refusals
    numbers = entries["submission"]
    firsts = entries.drop_duplicates("submission").assign(
        column=lambda first: first["id_column"], text=lambda first: first["id_text"], question=None
    )
    of_first = firsts["submission"]
    open_ = {number for number, session in sessions.items() if session.is_open}
    astray = concat_findings(
        [
            against.not_numbered(sessions, papers, entries[numbers.isin(open_)], firsts),
            # Of those that are not open too: a re-run would meet one version of them alone.
            against.versions_mixed(sessions, papers, entries, firsts),
        ]
    )
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
            _of_another_candidate(sessions, open_entries),
            *_against_items(against.asked(sessions, papers), open_entries, firsts),
            *against.kinds_and_options(sessions, papers, open_entries),
            against.differences(sessions, papers),
            numbering_findings(sessions, firsts[of_first.isin(open_)]),
            _over_total(sessions, open_entries, firsts),
            _fewer_than_others(sessions, papers, open_entries, firsts),
        ]
    )


def _hint(keycode: str) -> str:
    alike = ", ".join(sorted(_LOOK_ALIKES & set(keycode)))
    return f" Mind the look-alikes 0 and O, 1 and I: it has {alike}." if alike else ""


def _of_another_candidate(sessions: Mapping[int, Session], entries: pd.DataFrame) -> pd.DataFrame:
    """Rows that name another candidate than Surpass does for their keycode.

    Where most rows of a sheet differ, its column holds something else, such as names.
    """
    theirs = {
        number: session.candidate.reference
        for number, session in sessions.items()
        if session.candidate is not None and session.candidate.reference
    }
    rows = entries[entries["submission"].isin(theirs) & (entries["candidate"] != "")]
    rows = rows.drop_duplicates(["file", "sheet", "row"])
    rows = rows.assign(
        column=rows["id_column"],
        text=rows["id_text"],
        question=None,
        other=[theirs[number] for number in rows["submission"]],
    )
    differ = _reference(rows["candidate"]) != _reference(rows["other"])
    share = differ.groupby([rows["file"], rows["sheet"]]).transform("mean")
    differing = rows[differ & (share <= _OF_SOMETHING_ELSE)]
    return make_findings("candidate-differs", differing.drop_duplicates("submission"))


def _reference(texts: pd.Series[str]) -> pd.Series[str]:
    """Candidate references to compare: without case, and without zeros that Excel drops."""
    return texts.astype(str).str.casefold().str.lstrip("0")


def _against_items(
    items: pd.DataFrame, entries: pd.DataFrame, firsts: pd.DataFrame
) -> list[pd.DataFrame]:
    """Questions that the paper does not have, has besides, or for which a mark is too high."""
    by = items.drop_duplicates("submission").set_index("submission")["told_by"]
    covered = entries[entries["submission"].isin(items["submission"])]
    joined = covered.merge(items, how="left", on=["submission", "question"], indicator="where")
    over = joined[(joined["mark"].astype("Float64") > joined["maximum"]).fillna(value=False)]
    unknown = joined[joined["where"] == "left_only"]
    asked = items[items["submission"].isin(covered["submission"])].merge(
        covered[["submission", "question"]], how="left", indicator="where"
    )
    lacking = (
        asked[asked["where"] == "left_only"].groupby("submission")["question"].agg([list, len])
    )
    at = firsts[firsts["submission"].isin(lacking.index)]
    missing = lacking.loc[at["submission"]]
    return [
        make_findings("question-unknown", unknown, told_by=by.loc[unknown["submission"]].tolist()),
        make_findings(
            "mark-over-maximum", over, maximum=[f"{value:g}" for value in over["maximum"]]
        ),
        make_findings(
            "questions-missing",
            at,
            other=[", ".join(questions) for questions in missing["list"]],
            count=missing["len"].tolist(),
            told_by=by.loc[at["submission"]].tolist(),
        ),
    ]


def _over_total(
    sessions: Mapping[int, Session], entries: pd.DataFrame, firsts: pd.DataFrame
) -> pd.DataFrame:
    """Papers whose marks add up to more than there are, where only the total is told."""
    maxima = {
        number: session.available_marks
        for number, session in sessions.items()
        if session.available_marks and not session.items
    }
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


def _fewer_than_others(
    sessions: Mapping[int, Session], papers: Papers, entries: pd.DataFrame, firsts: pd.DataFrame
) -> pd.DataFrame:
    """Sessions that lack what nearly all others of their test form have, where Surpass is silent.

    A row that was forgotten in a long sheet would else send a session in part, for good.
    """
    form = {
        number: session.test_form.reference or session.test_form.id
        for number, session in sessions.items()
        if session.test_form is not None and not session.items and papers.of(session) is None
    }
    known = entries[entries["submission"].isin(form)]
    lacking: dict[int, list[str]] = {}
    for _, group in known.groupby([known["submission"].map(form), known["kind"]]):
        sets = group.groupby("submission")["question"].agg(set)
        if len(sets) < _SPOKEN_FOR:
            continue
        counts = Counter(question for questions in sets for question in questions)
        common = [name for name, count in counts.items() if count >= _NEARLY_ALL * len(sets)]
        for number, questions in sets.items():
            if missing := [name for name in common if name not in questions]:
                lacking[cast(int, number)] = missing
    at = firsts[firsts["submission"].isin(lacking)]
    other = [", ".join(lacking[number]) for number in at["submission"]]
    return make_findings("questions-fewer-than-others", at, other=other)
