"""Check: each session is read from Surpass before anything is sent.

It must be in PaperResponseUpload; where Surpass tells its questions and maxima, or else the
office's paper definition, every question must be there and every mark within them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pandas as pd

from pipeline.deliver import identity
from pipeline.deliver.readback import differs
from pipeline.errors import Forbidden, NotFound, Refused, SurpassError
from pipeline.findings import concat_findings, endings, make_findings
from pipeline.model import Ending, Recalled, Submission, Validated
from pipeline.papers import against
from pipeline.papers.paper import NO_PAPERS, Papers
from pipeline.surpass import Session, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.words import Outcome

_LOOK_ALIKES = frozenset("0O1I")
_SPOKEN_FOR = 5  # sessions of one test form from which 'nearly all others' can be said
_NEARLY_ALL = 0.8


@dataclass(frozen=True)
class Checked:
    """What is open, and all that stops the others."""

    open: tuple[Submission, ...]
    sessions: Mapping[int, Session]  # by submission, where Surpass told of it
    findings: pd.DataFrame  # FINDINGS, those of reading and validating too
    endings: tuple[Ending, ...]  # of all submissions that are not open


async def check(
    submissions: Sequence[Submission],
    read: Validated,
    recalled: Recalled,
    surpass: Surpass,
    line: CircuitBreaker,
    ours: Callable[[Collection[str]], Collection[str]],
    advance: Callable[[], None],
    papers: Papers = NO_PAPERS,
) -> Checked:
    """Read the session of each submission, at the line's pace, and hold the entries against it.

    ``ours`` tells which of these keycodes another of our runs is sending right now: those are not
    open because of us, and delivery waits to see how that ends.
    """
    sessions: dict[int, Session] = {}
    untold: dict[int, SurpassError] = {}
    unread: list[Ending] = []

    async def look(submission: Submission) -> None:
        try:
            async with line.slot():
                sessions[submission.number] = await surpass.session(submission.keycode)
        except (NotFound, Forbidden, Refused) as error:
            untold[submission.number] = error
        except SurpassError as error:
            unread.append(Ending(submission.number, Outcome.FAILED, f"not sent: {error}"))
        advance()

    submissions = [each for each in submissions if each.number not in recalled.numbers]
    await asyncio.gather(*map(look, submissions))
    shut = [each for each in submissions if _is_shut(sessions.get(each.number))]
    under_way = await asyncio.to_thread(ours, [submission.keycode for submission in shut])
    closed = {
        each.number: _theirs(each, sessions[each.number])
        for each in shut
        if each.keycode not in under_way
    }
    elsewhere = await identity.known_elsewhere(sessions, read.entries, surpass, line)
    told = _findings(sessions, untold, closed, read.entries, papers, elsewhere)
    findings = concat_findings([read.findings, recalled.findings, told])
    return _sorted_out(submissions, sessions, findings, (*recalled.endings, *unread))


def _is_shut(session: Session | None) -> bool:
    return session is not None and not session.is_open


def _theirs(submission: Submission, session: Session) -> str:
    """How what somebody keyed in Surpass compares with the file, where Surpass tells it."""
    difference = differs(submission, session)
    if difference is None:
        return ""
    return f" There, {difference}." if difference else " It has this very content already."


def unchecked(submissions: Sequence[Submission], read: Validated, recalled: Recalled) -> Checked:
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
    open_ = tuple(each for each in submissions if each.number not in numbers)
    return Checked(open_, sessions, findings, stopped)


def _findings(
    sessions: Mapping[int, Session],
    untold: Mapping[int, SurpassError],
    shut: Mapping[int, str],
    entries: pd.DataFrame,
    papers: Papers,
    elsewhere: Collection[str],
) -> pd.DataFrame:
    """All that Surpass's answers say against the entries, in columns."""
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
                state=[str(sessions[number].state_told) for number in closed["submission"]],
                theirs=[shut[number] for number in closed["submission"]],
            ),
            astray,
            identity.disagreements(sessions, open_entries, elsewhere),
            *_against_items(against.asked(sessions, papers), open_entries, firsts),
            *against.kinds_and_options(sessions, papers, open_entries),
            against.differences(sessions, papers),
            _over_total(sessions, open_entries, firsts),
            _fewer_than_others(sessions, papers, open_entries, firsts),
        ]
    )


def _hint(keycode: str) -> str:
    alike = ", ".join(sorted(_LOOK_ALIKES & set(keycode)))
    return f" Mind the look-alikes 0 and O, 1 and I: it has {alike}." if alike else ""


def _against_items(
    items: pd.DataFrame, entries: pd.DataFrame, firsts: pd.DataFrame
) -> list[pd.DataFrame]:
    """Questions that the paper does not have, has besides, or for which a mark is too high."""
    by = items.drop_duplicates("submission").set_index("submission")["told_by"]
    told = entries[entries["submission"].isin(items["submission"])]
    joined = told.merge(items, how="left", on=["submission", "question"], indicator="where")
    over = joined[(joined["mark"].astype("Float64") > joined["maximum"]).fillna(value=False)]
    unknown = joined[joined["where"] == "left_only"]
    asked = items[items["submission"].isin(told["submission"])].merge(
        told[["submission", "question"]], how="left", indicator="where"
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
