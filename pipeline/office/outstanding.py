"""Outstanding: which sessions still wait for marks, and what the ledger knows of each.

    frame = await outstanding(surpass, ledger, {"centre/reference": "12345"}, now)
    path.write_bytes(workbook(path.parent, frame))

No names; candidate references are in the frame and the workbook, and belong in no log.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import pandas as pd

from pipeline.ledger import Ledger, Seen, State
from pipeline.profile import Profile
from pipeline.progress import QUIET, Progress
from pipeline.report import sheets
from pipeline.surpass import Reference, Surpass, filters
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.dates import read_date
from pipeline.surpass.waiting import WaitingSession, waiting_sessions
from pipeline.time_zones import server_time
from schemas.frames import (
    OUTSTANDING,
    OUTSTANDING_COUNTS,
    DataFrame,
    DoneCount,
    OutstandingCount,
    OutstandingSession,
    typed,
)
from schemas.states import TestState
from schemas.words import Outcome


class Standing(StrEnum):
    """How far papermarks has come with a session that waits."""

    NEVER_SEEN = "never seen"  # in no file of any run
    TO_COME = "to come"  # nor could it be: its last day is still to come
    NOT_SENT = "not sent"  # in a file, and nothing of it sent: see the outcome
    ABSENT = "absent, to void"  # a file says so: papermarks absent, and its run
    SENT = "sent, unconfirmed"  # sent or about to be, and yet it waits: somebody must look
    UNKNOWN = "unknown"  # Surpass lists it and does not show it: see the reason


_COUNTED = {
    "never_seen": Standing.NEVER_SEEN,
    "not_sent": Standing.NOT_SENT,
    "absent": Standing.ABSENT,
    "sent": Standing.SENT,
    "to_come": Standing.TO_COME,
}
_DONE = frozenset(
    {
        TestState.AWAITING_MARKING,
        TestState.AWAITING_VERIFICATION,
        TestState.MARKED,
        TestState.SCRIPT_VERIFIED,
        TestState.ARCHIVED,
    }
)
_GENTLE_PACE = (4, 5)  # at once, and failures in a row to stop after: nobody waits for it


async def outstanding(
    surpass: Surpass,
    ledger: Ledger,
    where: Mapping[str, str],
    now: dt.datetime,
    breaker: CircuitBreaker | None = None,
    progress: Progress = QUIET,
    time_zone: str | None = None,
    auto_void_days: int | None = None,
) -> DataFrame[OutstandingSession]:
    """List the sessions that still wait for marks, the oldest first.

    ``where`` narrows, as Surpass's list does. ``days`` are counted to the day that ``now`` is on
    Surpass's clock, in ``time_zone`` or else the zone that it tells; where neither is known, on
    this machine's, which may be a day off. Without a breaker it goes at a gentle pace of its own.
    Raises SurpassError or LedgerError.
    """
    listed = await waiting_sessions(
        surpass, where, breaker or CircuitBreaker(*_GENTLE_PACE), progress
    )
    keycodes = [entry.session.keycode for entry in listed if entry.session.keycode is not None]
    last_seen = await asyncio.to_thread(ledger.last_seen, keycodes)
    history = await asyncio.to_thread(ledger.known, keycodes)
    sent = {code for code, each in history.items() if each.state is not State.OPEN}
    zone = next(filter(None, (entry.session.server_time_zone for entry in listed)), None)
    moment = server_time(now, setting=time_zone, reported=zone).moment
    return _to_frame(listed, last_seen, sent, moment, auto_void_days)


async def done(surpass: Surpass, frame: DataFrame[OutstandingSession]) -> DataFrame[DoneCount]:
    """How many of the same tests and centres no longer wait: ``test``, ``centre``, ``done``.

    Sessions are counted as Surpass lists them; one that has become a result is listed no more.
    """
    rows = [
        (_reference(session.test), _reference(session.centre))
        for test in frame["test"].dropna().unique()
        if filters.can_ask_for(test)
        async for session in surpass.sessions({"test/reference": test})
        if session.state in _DONE and _reference(session.test) == test
    ]
    counted = pd.DataFrame(rows, columns=["test", "centre"], dtype=object).fillna("")
    counts = counted.groupby(["test", "centre"]).size().rename("done").reset_index()
    return typed(counts, DoneCount)


def summary(
    frame: DataFrame[OutstandingSession], over: DataFrame[DoneCount] | None = None
) -> DataFrame[OutstandingCount]:
    """Count what is outstanding by test and centre, the oldest first.

    ``over`` is what `done` gave; without it ``expected`` and ``done`` are null.
    """
    counted = frame.assign(
        **{name: frame["standing"] == standing for name, standing in _COUNTED.items()}
    )
    groups = counted.fillna({"centre": "", "test": ""}).groupby(["test", "centre"], sort=True)
    counts = (
        groups[list(_COUNTED)]
        .sum()
        .assign(
            waiting=groups.size(), oldest=groups["days"].max(), first_void=groups["voids_on"].min()
        )
        .reset_index()
    )
    ended = over if over is not None else counts[["test", "centre"]].assign(done=None)
    counts = counts.merge(ended, how="left", on=["test", "centre"])
    counts["done"] = counts["done"].astype("Int64")
    if over is not None:
        counts["done"] = counts["done"].fillna(0)
    counts["expected"] = counts["waiting"] + counts["done"]
    oldest_first = counts.sort_values("oldest", ascending=False, kind="stable")
    return typed(oldest_first[OUTSTANDING_COUNTS], OutstandingCount)


def workbook(
    folder: Path,
    frame: DataFrame[OutstandingSession],
    profile: Profile | None = None,
    over: DataFrame[DoneCount] | None = None,
) -> bytes:
    """An Excel workbook of what is outstanding: the summary, then every session.

    ``folder`` is used meanwhile: sheets lie there while they are written.
    """
    return sheets.build_tables(
        folder,
        ("Outstanding", summary(frame, over), _SUMMARY_COLUMNS),
        ("Sessions", frame, _COLUMNS),
        profile=profile,
    )


def _to_frame(
    listed: Sequence[WaitingSession],
    last_seen: Mapping[str, Seen],
    sent: Collection[str],
    now: dt.datetime,
    auto_void_days: int | None,
) -> DataFrame[OutstandingSession]:
    frame = pd.DataFrame([_row(entry) for entry in listed], columns=_OF_SESSION, dtype=object)
    submissions_frame = pd.DataFrame(
        [
            (last.keycode, last.outcome, last.run, last.began, last.reason)
            for last in last_seen.values()
        ],
        columns=["keycode", *_OF_LEDGER],
        dtype=object,
    )
    frame = frame.merge(submissions_frame, how="left", on="keycode")
    frame = frame.assign(
        days=_days(frame, now.date()),
        voids_on=_voids_on(frame, auto_void_days),
        run_began=pd.to_datetime(frame["run_began"].astype("Float64"), unit="s").dt.floor("s"),
        reason=frame["reason"].where(frame["unread"].isna(), frame["unread"]),
    )
    frame["standing"] = _standing(frame, sent)
    order = ["days", "centre", "test", "keycode"]
    ordered = frame.sort_values(order, ascending=[False, True, True, True], kind="stable")
    return typed(ordered[OUTSTANDING].reset_index(drop=True), OutstandingSession)


_OF_SESSION = [*OUTSTANDING[: OUTSTANDING.index("days")], "unread"]
_OF_LEDGER = ["outcome", "run", "run_began", "reason"]


def _row(entry: WaitingSession) -> tuple[str | None, ...]:
    session = entry.session
    linked = (session.test, session.test_form, session.centre, session.candidate)
    unread = None if entry.unread is None else str(entry.unread)
    dates = (session.start_date, session.end_date)
    return (
        session.keycode,
        *map(_reference, linked),
        *map(_iso_date, dates),
        unread,
    )


def _iso_date(date: str | None) -> str | None:
    read = read_date(date)
    return date if read is None else read.isoformat()


def _reference(link: Reference | None) -> str | None:
    return None if link is None else link.reference


def _last_days(frame: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    ends, starts = (
        pd.to_datetime(frame[name], format="%Y-%m-%d", errors="coerce")
        for name in ("end_date", "start_date")
    )
    return ends.fillna(starts)


def _days(frame: pd.DataFrame, today: dt.date) -> pd.Series[int]:
    """Whole days since the session's last day; null where Surpass tells none."""
    return (pd.Timestamp(today) - _last_days(frame)).dt.days.astype("Int64")


def _voids_on(frame: pd.DataFrame, after_days: int | None) -> pd.Series[str]:
    if after_days is None:
        return pd.Series(None, frame.index, dtype=object)
    days = _last_days(frame) + pd.Timedelta(days=after_days)
    return days.dt.strftime("%Y-%m-%d").astype(object).where(days.notna(), None)


def _standing(frame: pd.DataFrame, sent: Collection[str]) -> pd.Series[str]:
    standing = pd.Series(str(Standing.NEVER_SEEN), frame.index, dtype=object)
    standing[(frame["days"] < 0).fillna(value=False)] = str(Standing.TO_COME)
    standing[frame["run"].notna()] = str(Standing.NOT_SENT)
    standing[frame["outcome"] == Outcome.ABSENT] = str(Standing.ABSENT)
    standing[frame["keycode"].isin(sent)] = str(Standing.SENT)
    standing[frame["unread"].notna()] = str(Standing.UNKNOWN)
    return standing


_SUMMARY_COLUMNS: list[sheets.Column] = [
    ("Test", "test", 24),
    ("Centre", "centre", 24),
    ("Expected", "expected", 10),
    ("Done", "done", 10),
    ("Waiting", "waiting", 10),
    ("Never seen", "never_seen", 12),
    ("Not sent", "not_sent", 12),
    ("Absent, to void", "absent", 16),
    ("Sent, unconfirmed", "sent", 18),
    ("To come", "to_come", 10),
    ("Oldest, days", "oldest", 13),
    ("First voids on", "first_void", 14),
]
_COLUMNS: list[sheets.Column] = [
    ("Keycode", "keycode", 12),
    ("Candidate Reference", "candidate", 22),
    ("Centre", "centre", 18),
    ("Test", "test", 18),
    ("Test form", "test_form", 18),
    ("Starts", "start_date", 11),
    ("Ends", "end_date", 11),
    ("Days", "days", 7),
    ("Voids on", "voids_on", 11),
    ("Standing", "standing", 18),
    ("Last outcome", "outcome", 13),
    ("In run", "run", 22),
    ("Why", "reason", 50),
]
