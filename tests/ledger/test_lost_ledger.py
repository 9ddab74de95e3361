"""A ledger that is empty, gone, damaged or too old: never called well, never made anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.doctor import Verdict, examine_ledger
from pipeline.errors import LedgerError
from pipeline.evidence.finding import Verdict as Verified
from pipeline.ledger import open_history, open_ledger
from pipeline.ledger.backup import back_up, back_up_once_a_day
from pipeline.ledger.head import copies
from pipeline.sandbox import Sandbox
from pipeline.settings import Settings
from pipeline.surpass import Access
from tests.evidence.offices import verified, whole_file
from tests.ledger.running import ingested, outcomes, session, settings, sheet
from tests.postgres import Postgres
from tests.postgres import postgres_server as postgres_server  # a fixture, by its name
from tests.serving import served

CODES = ["LSTLDGR2", "LSTLDGR3", "LSTLDGR4"]
ROWS = {code: (place, place + 1) for place, code in enumerate(CODES)}


@pytest.fixture(scope="module")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    with served([session(code) for code in CODES]) as there:
        yield there


@pytest.fixture
def office(sandbox: Sandbox, surpass: tuple[Sandbox, Access], tmp_path: Path) -> Settings:
    """One whose first session was sent."""
    office = settings(tmp_path / "home", surpass[1].url)
    report = ingested(office, [sheet(tmp_path / "first.csv", {CODES[0]: ROWS[CODES[0]]})])
    assert outcomes(report) == {CODES[0]: "accepted"}
    whole_file(office)
    return office


def ledger_file(office: Settings) -> Path:
    return office.home / "ledger.sqlite"


def tables(office: Settings) -> list[str] | None:
    """What the file holds; None where there is none."""
    if not ledger_file(office).exists():
        return None
    with closing(sqlite3.connect(ledger_file(office))) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]


def emptied(office: Settings) -> None:
    ledger_file(office).write_bytes(b"")


def gone(office: Settings) -> None:
    ledger_file(office).unlink()


def truncated(office: Settings) -> None:
    content = ledger_file(office).read_bytes()
    ledger_file(office).write_bytes(content[: len(content) // 2])


def a_page_overwritten(office: Settings) -> None:
    content = bytearray(ledger_file(office).read_bytes())
    content[3 * 4096 : 4 * 4096] = b"\xff" * 4096
    ledger_file(office).write_bytes(content)


def another_programs(office: Settings) -> None:
    gone(office)
    with closing(sqlite3.connect(ledger_file(office))) as connection, connection:
        connection.execute("CREATE TABLE songs (title TEXT)")


DAMAGES = [emptied, gone, truncated, a_page_overwritten, another_programs]


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_doctor_never_calls_it_well(
    office: Settings, damage: Callable[[Settings], None]
) -> None:
    damage(office)
    diagnoses = examine_ledger(office)
    assert Verdict.FAILED in {each.verdict for each in diagnoses}


@pytest.mark.parametrize("damage", [emptied, gone, another_programs])
def test_no_new_one_is_made_in_its_place(
    office: Settings, sandbox: Sandbox, tmp_path: Path, damage: Callable[[Settings], None]
) -> None:
    damage(office)
    before = tables(office)
    with pytest.raises(LedgerError, match=r"empty or gone, but there was one.*Put back a copy"):
        ingested(office, [sheet(tmp_path / "more.csv", ROWS)])
    assert len(sandbox.journal.posts()) == 1
    assert tables(office) == before


@pytest.mark.parametrize("sign", ["evidence", "backup", "reports"])
def test_each_of_these_tells_that_there_was_one(
    office: Settings, tmp_path: Path, sign: str
) -> None:
    emptied(office)
    for folder in {"evidence", "backup", "reports"} - {sign}:
        (office.home / folder).rename(tmp_path / folder)
    with pytest.raises(LedgerError, match="there was one"):
        open_ledger(office)


def test_without_any_sign_a_new_one_is_begun(office: Settings, tmp_path: Path) -> None:
    """As the message says: the folders were moved away."""
    gone(office)
    for folder in ("evidence", "backup", "reports"):
        (office.home / folder).rename(tmp_path / folder)
    with open_ledger(office) as ledger:
        assert ledger.runs() == []


def test_an_empty_database_where_one_was(
    office: Settings, postgres_server: Postgres, tmp_path: Path
) -> None:
    shared = office.model_copy(
        update={"ledger_url": postgres_server.database(), "home": tmp_path / "shared"}
    )
    with open_ledger(shared):
        pass
    with open_ledger(shared) as ledger:
        assert ledger.runs() == []
    other = postgres_server.database()
    moved = shared.model_copy(update={"ledger_url": other})
    with open_ledger(moved):  # another ledger, which has a file of its own in evidence/
        pass
    assert len([*(shared.home / "evidence").iterdir()]) == 2


def test_a_sessions_state_that_somebody_set_free(office: Settings) -> None:
    with closing(sqlite3.connect(ledger_file(office))) as connection, connection:
        connection.execute("UPDATE sessions SET state = 'free'")
    (found,) = [each for each in examine_ledger(office) if each.what == "sessions"]
    assert found.verdict is Verdict.FAILED


def test_a_row_that_belongs_to_nothing(office: Settings) -> None:
    with closing(sqlite3.connect(ledger_file(office))) as connection, connection:
        connection.execute("UPDATE attempts SET submission = 99")
    (found,) = [each for each in examine_ledger(office) if each.what == "rows"]
    assert found.verdict is Verdict.FAILED


def test_a_sound_one_is_called_well(office: Settings) -> None:
    assert {each.verdict for each in examine_ledger(office)} == {Verdict.OK}


# --- copies


def test_the_first_run_of_a_day_makes_a_copy_and_the_others_none(
    office: Settings, tmp_path: Path
) -> None:
    (copy,) = copies(office.home)
    content = copy.read_bytes()
    assert copy.stat().st_mode & 0o077 == 0
    ingested(office, [sheet(tmp_path / "more.csv", ROWS)])
    assert [*copies(office.home)] == [copy]
    assert copy.read_bytes() == content
    assert back_up_once_a_day(office) is None
    assert back_up(office) == copy
    assert copy.read_bytes() != content


def test_only_so_many_copies_are_kept(office: Settings) -> None:
    for day in range(1, 20):
        (office.backup / f"ledger-2025-01-{day:02d}.sqlite").write_bytes(b"")
    back_up(office.model_copy(update={"ledger_copies": 3}))
    kept = [path.stem for path in copies(office.home)]
    assert kept[:2] == ["ledger-2025-01-18", "ledger-2025-01-19"]
    assert len(kept) == 3


def test_what_is_damaged_is_not_copied_over_a_good_copy(office: Settings) -> None:
    (copy,) = copies(office.home)
    content = copy.read_bytes()
    a_page_overwritten(office)
    with pytest.raises(LedgerError):
        back_up(office)
    assert copy.read_bytes() == content
    assert [path.name for path in office.backup.iterdir()] == [copy.name]


def test_a_run_whose_ledger_cannot_be_copied_says_so_and_ends_well(
    office: Settings, tmp_path: Path
) -> None:
    for copy in copies(office.home):
        copy.unlink()
    office.backup.rmdir()
    office.backup.touch()
    report = ingested(office, [sheet(tmp_path / "more.csv", ROWS)])
    assert outcomes(report)[CODES[1]] == "accepted"
    (problem,) = report.problems
    assert "could not be copied" in problem


# --- an old copy is put back


def test_after_an_old_copy_is_put_back_nothing_is_doubled(
    office: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    (copy,) = copies(office.home)  # which knows of the first session alone
    file = sheet(tmp_path / "all.csv", ROWS)
    assert set(outcomes(ingested(office, [file])).values()) == {"accepted", "unchanged"}
    for path in (ledger_file(office), *office.home.glob("ledger.sqlite-*")):
        path.unlink()
    ledger_file(office).write_bytes(copy.read_bytes())
    report = ingested(office, [file])
    assert outcomes(report) == {
        CODES[0]: "unchanged",
        CODES[1]: "not_open",  # the ledger does not know that it sent it; Surpass has it
        CODES[2]: "not_open",
    }
    reasons = set(report.reconciliation.submissions["reason"][1:])
    assert all("It has this very content already" in reason for reason in reasons)
    for code in CODES:
        assert len(sandbox.session(code).applied) == 1
        assert len(sandbox.journal.posts(code)) == 1


def test_that_an_old_copy_was_put_back_is_in_the_chain(office: Settings, tmp_path: Path) -> None:
    (copy,) = copies(office.home)
    lost = ingested(office, [sheet(tmp_path / "all.csv", ROWS)])
    for path in (ledger_file(office), *office.home.glob("ledger.sqlite-*")):
        path.unlink()
    ledger_file(office).write_bytes(copy.read_bytes())
    found = verified(office)
    assert [each.what for each in found.findings if each.verdict is Verified.ALTERED] == [
        "evidence/head.json"
    ]
    with open_ledger(office):
        pass  # which writes down what it sees
    found = verified(office)
    assert not found.altered
    sentences = {each.what: each.sentence for each in found.findings}
    assert "an older copy of it was put back" in next(iter(sentences.values()))
    assert f"reports/{lost.folder.name}" in sentences


def test_a_history_is_not_opened_where_the_ledger_is_gone(office: Settings) -> None:
    gone(office)
    with pytest.raises(LedgerError, match="there was one"):
        open_history(office)
    assert not ledger_file(office).exists()
