"""What is outstanding: every session that waits, how long, and how far it has come with us."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest
from openpyxl import load_workbook

from pipeline.ledger import open_ledger
from pipeline.office.outstanding import outstanding, summary, workbook
from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession
from pipeline.settings import Settings
from pipeline.surpass import Surpass, access_of
from schemas.frames import (
    OUTSTANDING,
    OUTSTANDING_COUNTS,
    DataFrame,
    OutstandingCount,
    OutstandingSession,
)
from schemas.states import TestState
from tests.ledger.records import begin, keycode, opened, paper
from tests.ledger.running import ingested, session, settings, sheet
from tests.serving import plain_wire, reply, saying, served, single

NOW = dt.datetime(2025, 6, 12, 8, tzinfo=dt.UTC)
NOTHING: Mapping[str, str] = {}


@dataclass
class Office:
    """A sandbox, and an office beside it."""

    sandbox: Sandbox
    settings: Settings

    def outstanding(
        self, where: Mapping[str, str] = NOTHING, now: dt.datetime = NOW
    ) -> DataFrame[OutstandingSession]:
        async def ask() -> DataFrame[OutstandingSession]:
            with open_ledger(self.settings) as ledger:
                async with Surpass(access_of(self.settings), plain_wire()) as surpass:
                    return await outstanding(surpass, ledger, where, now)

        frame = asyncio.run(ask())
        OutstandingSession.validate(frame)
        return frame

    def standing(self) -> dict[str, str]:
        frame = self.outstanding()
        return dict(zip(frame["keycode"], frame["standing"], strict=True))


@contextmanager
def office(folder: Path, *sessions: SandboxSession, **options: Any) -> Iterator[Office]:
    with served(sessions, **options) as (sandbox, where):
        yield Office(sandbox, settings(folder / "home", where.url))


def test_what_no_file_had_was_never_seen(tmp_path: Path) -> None:
    waits = session("AAAA0001", candidate_reference="0012", test_reference="BIO")
    with office(tmp_path, waits, session("AAAA0002", state=TestState.MARKED)) as server:
        frame = server.outstanding()
    assert list(frame.columns) == OUTSTANDING
    (row,) = frame.astype(object).where(frame.notna(), None).to_dict("records")
    assert row == {
        "keycode": "AAAA0001",
        "test": "BIO",
        "test_form": "FORM-1",
        "centre": "CENTRE-1",
        "candidate": "0012",
        "start_date": "2025-06-02",
        "end_date": "2025-06-02",
        "days": 10,
        "voids_on": None,
        "standing": "never seen",
        **dict.fromkeys(("outcome", "run", "run_began", "reason")),
    }


@pytest.mark.parametrize(
    ("zone", "days"),
    [("GMT Standard Time", 10), ("Tokyo Standard Time", 11)],
)
def test_the_day_is_that_of_surpasss_clock(tmp_path: Path, zone: str, days: int) -> None:
    """At 20:00 in London it is tomorrow in Tokyo."""
    evening = NOW.replace(hour=20)
    with office(tmp_path, session("AAAA0001"), server_time_zone=zone) as server:
        frame = server.outstanding(now=evening)
    assert frame["days"].tolist() == [days]


@dataclass(frozen=True)
class DateCase:
    start: str | None
    end: str | None
    shown: tuple[str | None, str | None]
    days: int | None


DATES = {
    "iso": DateCase(
        start="2025-06-02", end="2025-06-03", shown=("2025-06-02", "2025-06-03"), days=9
    ),
    "iso-with-times": DateCase(
        start="2025-06-02T09:00:00",
        end="2025-06-03T17:00:00",
        shown=("2025-06-02", "2025-06-03"),
        days=9,
    ),
    "slashes": DateCase(
        start="02/06/2025", end="03/06/2025", shown=("2025-06-02", "2025-06-03"), days=9
    ),
    "dashes-and-no-end": DateCase(
        start="02-06-2025", end=None, shown=("2025-06-02", None), days=10
    ),
    "month-first-is-not-read": DateCase(
        start="02.06.2025", end="06/13/2025", shown=("2025-06-02", "06/13/2025"), days=10
    ),
    "words": DateCase(start="soon", end=None, shown=("soon", None), days=None),
    "none": DateCase(start=None, end=None, shown=(None, None), days=None),
}


@pytest.mark.parametrize("name", DATES)
def test_dates_are_read_in_iso_or_day_first(tmp_path: Path, name: str) -> None:
    case = DATES[name]
    listed = {"id": 7, "reference": "AAAA0001", "currentExamState": "PaperResponseUpload"}
    session = single(
        id=7,
        keycode="AAAA0001",
        testState="PaperResponseUpload",
        startDate=case.start,
        endDate=case.end,
    )
    with saying(reply(single(**listed)), reply(session)) as server:
        frame = Office(Sandbox(), settings(tmp_path / "home", server.url)).outstanding()
    row = frame.astype(object).where(frame.notna(), None).to_dict("records")[0]
    assert (row["start_date"], row["end_date"]) == case.shown
    assert row["days"] == case.days


def test_what_a_file_had_is_told_with_its_last_outcome_and_run(tmp_path: Path) -> None:
    sessions = [session(f"AAAA000{number}") for number in range(1, 4)]
    with office(tmp_path, *sessions) as server:
        rows: dict[str, list[object]] = {"AAAA0001": [1, 2], "AAAA0002": [1, "ABS"]}
        ingested(server.settings, [sheet(tmp_path / "1.csv", {**rows, "AAAA0003": ["x", 2]})])
        later = ingested(server.settings, [sheet(tmp_path / "2.csv", {"AAAA0003": [11, 2]})])
        frame = server.outstanding().set_index("keycode")
    assert frame.index.tolist() == ["AAAA0002", "AAAA0003"], "what was accepted waits no more"
    assert frame["standing"].tolist() == ["not sent", "not sent"]
    assert frame["outcome"].tolist() == ["held", "invalid"]
    assert frame.loc["AAAA0003", "run"] == later.reconciliation.run.id
    assert "over its maximum" in str(frame.loc["AAAA0003", "reason"])
    began = later.reconciliation.run.started.replace(tzinfo=None, microsecond=0)
    assert frame.loc["AAAA0003", "run_began"] == began


def test_what_was_sent_and_waits_all_the_same_is_for_a_person(tmp_path: Path) -> None:
    still = TestState.PAPER_RESPONSE_UPLOAD
    with office(tmp_path, session("AAAA0001"), state_after_marks=still) as server:
        ingested(server.settings, [sheet(tmp_path / "1.csv", {"AAAA0001": [1, 2]})])
        frame = server.outstanding()
    assert frame["standing"].tolist() == ["sent, unconfirmed"]
    assert frame["outcome"].tolist() == ["accepted"], "the marks are there, and yet it waits"


def test_what_surpass_said_it_took_and_did_not_store_is_for_a_person(tmp_path: Path) -> None:
    with office(tmp_path, session("AAAA0001")) as server:
        server.sandbox.faults.set(Fault(FaultKind.NOT_STORED))
        ingested(server.settings, [sheet(tmp_path / "1.csv", {"AAAA0001": [1, 2]})])
        frame = server.outstanding()
    assert frame["standing"].tolist() == ["sent, unconfirmed"]
    assert frame["outcome"].tolist() == ["unconfirmed"]


@pytest.mark.parametrize("status", [404, 400])
def test_what_has_become_a_result_waits_no_more(tmp_path: Path, status: int) -> None:
    sessions = [session("AAAA0001"), session("AAAA0002")]
    with office(tmp_path, *sessions, becomes_result=True, result_gone_status=status) as server:
        ingested(server.settings, [sheet(tmp_path / "1.csv", {"AAAA0001": [1, 2]})])
        assert server.sandbox.session("AAAA0001").is_result
        assert server.standing() == {"AAAA0002": "never seen"}


def test_what_was_accepted_and_put_back_is_for_a_person_too(tmp_path: Path) -> None:
    with office(tmp_path, session("AAAA0001")) as server:
        ingested(server.settings, [sheet(tmp_path / "1.csv", {"AAAA0001": [1, 2]})])
        assert server.standing() == {}
        server.sandbox.put_in_state("AAAA0001", TestState.PAPER_RESPONSE_UPLOAD)
        frame = server.outstanding()
    assert frame["standing"].tolist() == ["sent, unconfirmed"]
    assert frame["outcome"].tolist() == ["accepted"]


def test_a_run_that_died_left_no_outcome(tmp_path: Path) -> None:
    with office(tmp_path, session(keycode(1))) as server:
        ledger = f"sqlite:///{tmp_path / 'home' / 'ledger.sqlite'}"
        with opened(ledger, urlsplit(str(server.settings.surpass_url)).netloc) as dead:
            run = begin(dead, [paper(1)])
        frame = server.outstanding()
    assert frame["standing"].tolist() == ["not sent"]
    assert frame["run"].tolist() == [run.id]
    assert frame["outcome"].isna().all()


def test_an_exam_that_is_still_to_come_is_not_missed(tmp_path: Path) -> None:
    days = {"AAAA0001": 13, "AAAA0002": 12, "AAAA0003": 11}
    sessions = [session(code, scheduled=dt.date(2025, 6, day)) for code, day in days.items()]
    with office(tmp_path, *sessions) as server:
        assert server.standing() == {
            "AAAA0003": "never seen",
            "AAAA0002": "never seen",
            "AAAA0001": "to come",
        }
        assert server.outstanding()["days"].tolist() == [1, 0, -1]


def test_one_that_surpass_does_not_show_is_not_left_out(tmp_path: Path) -> None:
    with office(tmp_path, session("AAAA0001"), session("AAAA0002")) as server:
        server.sandbox.faults.set(Fault(FaultKind.ERROR_IN_200, keycode="AAAA0002"))
        frame = server.outstanding().set_index("keycode")
    assert frame.loc["AAAA0002", "standing"] == "unknown"
    assert "Something is wrong" in str(frame.loc["AAAA0002", "reason"])
    assert pd.isna(frame.loc["AAAA0002", "days"])  # type: ignore[arg-type]  # one value
    assert frame.loc["AAAA0001", "standing"] == "never seen"


def test_the_oldest_come_first_and_the_summary_adds_up(tmp_path: Path) -> None:
    sessions = [
        session(
            f"AAAA00{number:02d}",
            centre_reference=f"C{number % 3}",
            test_reference=f"T{number % 2}",
            scheduled=dt.date(2025, 6, number),
        )
        for number in range(1, 25)
    ]
    with office(tmp_path, *sessions) as server:
        frame = server.outstanding()
        of_centre = server.outstanding({"centre/reference": "C1"})
    assert frame["days"].is_monotonic_decreasing
    assert set(of_centre["centre"]) == {"C1"}
    counted = summary(frame)
    assert list(counted.columns) == OUTSTANDING_COUNTS
    OutstandingCount.validate(counted)
    assert len(counted) == 6
    assert counted["waiting"].sum() == len(frame) == 24
    assert counted["to_come"].sum() == 12
    counts = counted[["never_seen", "not_sent", "sent", "to_come"]]
    assert counts.sum(axis=1).tolist() == counted["waiting"].tolist()
    assert counted["oldest"].iloc[0] == frame["days"].max() == 11


def test_where_nothing_waits_there_is_an_empty_workbook(tmp_path: Path) -> None:
    with office(tmp_path, session("AAAA0001", state=TestState.MARKED)) as server:
        frame = server.outstanding()
    assert list(frame.columns) == OUTSTANDING
    assert frame.empty
    assert summary(frame).empty
    book = load_workbook(io.BytesIO(workbook(tmp_path, frame)))
    assert [sheet.max_row for sheet in book] == [1, 1]


def test_the_workbook_has_every_session(tmp_path: Path) -> None:
    sessions = [session(f"AAAA000{at}", candidate_reference=f"00{at}") for at in range(4)]
    with office(tmp_path, *sessions) as server:
        book = load_workbook(io.BytesIO(workbook(tmp_path, server.outstanding())))
    (first, *_), (heading, *rows) = (list(page.values) for page in book)
    assert first[0] == "Test"
    assert heading[:2] == ("Keycode", "Candidate Reference")
    assert [row[:2] for row in rows] == [(f"AAAA000{at}", f"00{at}") for at in range(4)]
