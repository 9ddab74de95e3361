"""Purge: personal data goes, what is open stays, nothing is sent twice, the chain still proves."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.evidence.finding import Verdict
from pipeline.evidence.purge import Purge, plan, purge
from pipeline.evidence.session_record import session_records
from pipeline.ledger import State, open_ledger
from pipeline.ledger import purge as ledger_purge
from pipeline.model import Ending
from pipeline.sandbox import Sandbox
from pipeline.settings import Settings
from pipeline.surpass import Access
from schemas.words import NEVER_PURGED, NOTHING_SENT, SETTLED, Outcome
from tests.evidence.offices import CODES, SHEET, altered, verified
from tests.ledger.records import begin, behind, doomed, intend, keycode, opened, paper, papers
from tests.ledger.running import again, ingested, outcomes, reason, sheet

TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def purged(office: Settings, before: dt.datetime = TOMORROW, *, unsent_too: bool = False) -> Purge:
    with open_ledger(office) as ledger:
        return purge(ledger, office, before, unsent_too=unsent_too)


def everywhere(office: Settings) -> bytes:
    """All that is on the disk."""
    return b"".join(path.read_bytes() for path in office.home.rglob("*") if path.is_file())


def test_nothing_personal_is_left(fresh: Settings, tmp_path: Path) -> None:
    ingested(fresh, [sheet(tmp_path / "Ada Lovelace.csv", SHEET)])
    before = everywhere(fresh)
    for personal in (*CODES[:2], "Ada Lovelace"):
        assert personal.encode() in before
    done = purged(fresh)
    assert (len(done.runs), done.archived, done.reports, done.copies) == (1, 1, 1, 1)
    left = everywhere(fresh)
    for personal in (*CODES[:2], "Ada Lovelace"):
        assert personal.encode() not in left
    assert altered(fresh) == []


def test_what_was_purged_is_not_sent_again(
    surpass: tuple[Sandbox, Access], fresh: Settings, tmp_path: Path
) -> None:
    first = ingested(fresh, [sheet(tmp_path / "marks.csv", SHEET)])
    purged(fresh)
    same = ingested(fresh, [sheet(tmp_path / "again.csv", SHEET)])
    assert set(outcomes(same).values()) == {"unchanged"}
    other = ingested(fresh, [sheet(tmp_path / "other.csv", {CODES[0]: (9, 9)})])
    assert outcomes(other) == {CODES[0]: "held"}
    assert f"run {first.folder.name} with other content" in reason(other, CODES[0])
    assert len(surpass[0].journal.posts()) == 2


def test_it_is_known_as_purged(fresh: Settings, tmp_path: Path) -> None:
    run = ingested(fresh, [sheet(tmp_path / "marks.csv", SHEET)]).folder.name
    purged(fresh)
    with open_ledger(fresh) as ledger:
        (record,) = session_records(ledger, CODES[0])
        (shown,) = ledger.runs()
        assert ledger.show(run)["submissions"] == []
    assert (record["state"], record["purged"], record["submissions"]) == ("accepted", run, [])
    assert shown["purged"] is not None


def test_what_is_younger_stays(fresh: Settings, tmp_path: Path) -> None:
    ingested(fresh, [sheet(tmp_path / "marks.csv", SHEET)])
    before = everywhere(fresh)
    assert purged(fresh, LONG_AGO).empty
    assert everywhere(fresh) == before


def test_a_file_that_a_younger_run_read_too_stays(fresh: Settings, tmp_path: Path) -> None:
    file = sheet(tmp_path / "marks.csv", SHEET)
    old = ingested(fresh, [file]).folder.name
    ingested(fresh, [file])
    with closing(sqlite3.connect(fresh.home / "ledger.sqlite")) as connection, connection:
        connection.execute("UPDATE runs SET started = 0 WHERE id = ?", (old,))
    done = purged(fresh, dt.datetime.now(dt.UTC) - dt.timedelta(days=1))
    assert (done.runs, done.archived) == ((old,), 0)
    assert len([*fresh.archive.iterdir()]) == 1


UNSETTLED = [None, *(outcome for outcome in Outcome if outcome in NEVER_PURGED | NOTHING_SENT)]


def ended(url: str, outcome: Outcome | None, number: int = 1) -> str:
    """A run whose one submission ended so; None: it died."""
    with doomed(url) as ledger:
        begun = begin(ledger, papers(1), number)
        if outcome is not None:
            ending = Ending(1, outcome, "why", 1, 1)
            if outcome in NEVER_PURGED or outcome is Outcome.ACCEPTED:
                intend(ledger, begun, paper(1))
            else:
                ledger.claim([keycode(1)])
            ledger.settle(begun.id, ending, keycode(1))
            ledger.finish(begun, [ending])
    return begun.id


@pytest.mark.parametrize("outcome", UNSETTLED)
def test_what_is_not_settled_stays(url: str, outcome: Outcome | None) -> None:
    run = ended(url, outcome)
    with opened(url) as ledger:
        found = ledger.transact(lambda c: ledger_purge.purge(c, TOMORROW.timestamp(), []))
        assert found.runs == ()
        assert [*found.kept] == [run]
        assert len(ledger.show(run)["submissions"]) == 1


@pytest.mark.parametrize("outcome", sorted(NOTHING_SENT))
def test_of_what_was_never_sent_it_goes_where_somebody_says_so(url: str, outcome: Outcome) -> None:
    run = ended(url, outcome)
    with opened(url) as ledger:
        found = ledger.transact(
            lambda c: ledger_purge.purge(c, TOMORROW.timestamp(), [], unsent_too=True)
        )
        assert found.runs == (run,)
        assert ledger.known([keycode(1)]) == {}  # it may be sent, as any other


@pytest.mark.parametrize("outcome", [None, *sorted(NEVER_PURGED)])
def test_what_was_sent_and_is_open_never_goes(url: str, outcome: Outcome | None) -> None:
    ended(url, outcome)
    with opened(url) as ledger:
        found = ledger.transact(
            lambda c: ledger_purge.purge(c, TOMORROW.timestamp(), [], unsent_too=True)
        )
        assert found.runs == ()


def test_each_outcome_is_in_one_class() -> None:
    gone_by_age = SETTLED | {Outcome.INVALID, Outcome.REFUSED}
    assert NEVER_PURGED | NOTHING_SENT | gone_by_age == {*Outcome}
    assert len(NEVER_PURGED) + len(NOTHING_SENT) + len(gone_by_age) == len(Outcome)


def test_a_purged_session_is_claimed_by_nobody(url: str) -> None:
    run = ended(url, Outcome.ACCEPTED)
    with opened(url) as ledger:
        ledger.transact(lambda c: ledger_purge.purge(c, TOMORROW.timestamp(), []))
        for known in (ledger.known([keycode(1)]), ledger.claim([keycode(1)])):
            assert (known[keycode(1)].state, known[keycode(1)].run) == (State.ACCEPTED, run)
            assert known[keycode(1)].was_sent(paper(1))
            assert not known[keycode(1)].was_sent(paper(1, mark=6))
    with opened(url, "another.surpass.com") as ledger:
        assert ledger.known([keycode(1)]) == {}
    with behind(url) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar() == 0


def test_what_a_later_run_made_good_goes(
    surpass: tuple[Sandbox, Access], fresh: Settings, tmp_path: Path
) -> None:
    away = fresh.model_copy(update={"surpass_url": surpass[1].url, "surpass_username": "nobody"})
    failed = ingested(away, [sheet(tmp_path / "marks.csv", SHEET)])
    assert set(outcomes(failed).values()) == {"failed"}
    assert purged(fresh).runs == ()
    again(fresh, failed.folder.name)
    assert len(purged(fresh).runs) == 2


def test_of_two_runs_of_one_second_the_later_one_counts(
    surpass: tuple[Sandbox, Access], fresh: Settings, tmp_path: Path
) -> None:
    """Their ids do not tell which that is: they sort by the second."""
    away = fresh.model_copy(update={"surpass_url": surpass[1].url, "surpass_username": "nobody"})
    failed = ingested(away, [sheet(tmp_path / "marks.csv", SHEET)])
    accepted = again(fresh, failed.folder.name)
    second = failed.folder.name[:-4]
    with sqlite3.connect(fresh.home / "ledger.sqlite") as ledger:
        ledger.execute("PRAGMA foreign_keys = OFF")
        for run, name in ((failed, f"{second}ffff"), (accepted, f"{second}0000")):
            change = (name, run.folder.name)
            ledger.execute("UPDATE runs SET id = ? WHERE id = ?", change)
            for table in ("submissions", "sessions", "sources", "attempts", "changes"):
                ledger.execute(f"UPDATE {table} SET run = ? WHERE run = ?", change)  # noqa: S608
    with closing(sqlite3.connect(fresh.home / "ledger.sqlite")) as ledger:
        assert ledger.execute("SELECT count(*) FROM runs").fetchone() == (2,)
    with open_ledger(fresh) as ledger:
        assert [run["id"] for run in ledger.runs()] == [f"{second}0000", f"{second}ffff"]
        assert len(purge(ledger, fresh, TOMORROW).runs) == 2


def test_a_kill_before_the_files_are_removed(fresh: Settings, tmp_path: Path) -> None:
    run = ingested(fresh, [sheet(tmp_path / "marks.csv", SHEET)]).folder.name
    with open_ledger(fresh) as ledger:
        ledger.transact(lambda c: ledger_purge.purge(c, TOMORROW.timestamp(), []))
    (found,) = verified(fresh).findings
    assert (found.verdict, found.what) == (Verdict.NOTE, f"reports/{run}")
    done = purged(fresh)
    assert (done.runs, done.reports, done.archived) == ((), 1, 1)
    assert verified(fresh).findings == ()
    assert CODES[0].encode() not in everywhere(fresh)


def test_reports_of_checks_and_nightly_lists_go_too(office: Settings) -> None:
    (office.reports / "outstanding-2021-01-01.xlsx").touch()
    purged(office, unsent_too=True)
    assert [path.name for path in office.reports.iterdir()] == ["index.html"]
    assert altered(office) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE purged_sessions SET content = 'x'",
        "DELETE FROM purged_sessions",
        "UPDATE keys SET value = '00'",
        "UPDATE runs SET purged = NULL",
    ],
)
def test_what_is_kept_of_it_cannot_be_altered_unseen(
    fresh: Settings, tmp_path: Path, change: str
) -> None:
    ingested(fresh, [sheet(tmp_path / "marks.csv", SHEET)])
    purged(fresh)
    with closing(sqlite3.connect(fresh.home / "ledger.sqlite")) as connection, connection:
        connection.execute(change)
    assert altered(fresh)


def test_a_plan_removes_nothing(fresh: Settings, tmp_path: Path) -> None:
    ingested(fresh, [sheet(tmp_path / "marks.csv", SHEET)])
    with open_ledger(fresh) as ledger:
        planned = plan(ledger, fresh, TOMORROW)
        assert plan(ledger, fresh, TOMORROW) == planned
    assert (len(planned.runs), planned.archived, planned.reports) == (1, 1, 1)
    assert purged(fresh) == planned
