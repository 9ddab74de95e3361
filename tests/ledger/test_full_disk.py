"""A ledger that cannot be written: what is not on the disk is not sent; what was sent is told.

The disk is full from some write on, at every write there is; or read-only; or held by another
program. Afterwards there is room again, and the next run makes everything good.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self

import pytest
import sqlalchemy as sa

from pipeline.errors import LedgerError
from pipeline.ledger import database
from pipeline.sandbox import Sandbox
from pipeline.settings import Settings
from pipeline.stages import Report
from pipeline.surpass import Access
from tests.ledger.records import behind
from tests.ledger.running import ingested, outcomes, session, settings, sheet
from tests.serving import served

CODES = [f"FULLDSK{number}" for number in range(6)]
CROWD = [f"FULL{number:04d}" for number in range(60)]
_WRITES = ("INSERT", "UPDATE", "DELETE")
_ALL_WRITES = 60  # more than a run over CODES makes


@pytest.fixture(scope="module")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    with served([session(code) for code in (*CODES, *CROWD)]) as there:
        yield there


@pytest.fixture
def office(surpass: tuple[Sandbox, Access], tmp_path: Path, blank_file: bytes) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    (home / "ledger.sqlite").write_bytes(blank_file)
    return settings(home, surpass[1].url, batch_size=2)


def ledger_of(office: Settings) -> str:
    return f"sqlite:///{office.home / 'ledger.sqlite'}"


@contextmanager
def connected(how: Callable[..., Any], event: str) -> Iterator[None]:
    """Every connection is made so, as long as the block lasts."""
    sa.event.listen(sa.Engine, event, how)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, event, how)


@contextmanager
def full_from(first: int) -> Iterator[None]:
    """Each write from the first-th on fails, in SQLite's words."""
    writes = count(1)

    def refuse(sql: str) -> None:
        if sql.lstrip().startswith(_WRITES) and next(writes) >= first:
            raise sqlite3.OperationalError("database or disk is full")

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, values: Any = ()) -> Self:
            refuse(sql)
            super().execute(sql, values)
            return self

        def executemany(self, sql: str, values: Any) -> Self:
            refuse(sql)
            super().executemany(sql, values)
            return self

    class Connection(sqlite3.Connection):
        def cursor(self, *_: Any) -> Any:
            return super().cursor(Cursor)

    def connect(_dialect: object, _record: object, args: Any, more: Any) -> sqlite3.Connection:
        return sqlite3.connect(*args, **more, factory=Connection)

    with connected(connect, "do_connect"):
        yield


@contextmanager
def full_after(pages: int) -> Iterator[None]:
    """The file may grow by so many pages, and SQLite itself says when it is full."""

    def limit(connection: Any, _record: object) -> None:
        (now,) = connection.execute("PRAGMA page_count").fetchone()
        limits.setdefault("pages", now + pages)
        connection.execute(f"PRAGMA max_page_count = {limits['pages']}")

    limits: dict[str, int] = {}
    with connected(limit, "connect"):
        yield


@contextmanager
def read_only() -> Iterator[None]:
    with connected(lambda connection, _: connection.execute("PRAGMA query_only = ON"), "connect"):
        yield


def attempted(office: Settings, files: list[Path]) -> Report | None:
    """The run's report; None where it could not even begin. Afterwards its process is gone."""
    try:
        return ingested(office, files)
    except LedgerError:
        return None
    finally:
        with closing(sqlite3.connect(office.home / "ledger.sqlite")) as connection, connection:
            connection.execute("DELETE FROM owners")


def nothing_sent_unwritten(sandbox: Sandbox, office: Settings) -> None:
    """Each POST that came in is in the ledger."""
    with behind(ledger_of(office)) as connection:
        rows = connection.exec_driver_sql(
            "SELECT keycode, count(*) FROM attempts JOIN submissions"
            " ON submissions.run = attempts.run AND number = submission GROUP BY keycode"
        )
        written = dict(rows.tuples().all())
    for keycode in {post.keycode for post in sandbox.journal.posts()}:
        assert len(sandbox.journal.posts(keycode)) <= written.get(keycode, 0)


def all_told(sandbox: Sandbox, report: Report | None) -> None:
    if report is None:
        assert not sandbox.journal.posts(), "sent, and no report tells of it"
        return
    assert (report.folder / "reconciliation.json").exists()
    for keycode, outcome in outcomes(report).items():
        taken = bool(sandbox.session(keycode).applied)
        assert outcome in (("accepted", "in_doubt") if taken else ("failed",)), keycode
    if set(outcomes(report).values()) != {"accepted"}:
        assert isinstance(report.reconciliation.stopped_by, LedgerError)


def made_good(sandbox: Sandbox, office: Settings, files: list[Path], codes: list[str]) -> None:
    report = ingested(office, files)
    assert outcomes(report).keys() == set(codes)
    assert set(outcomes(report).values()) <= {"accepted", "unchanged"}
    for place, keycode in enumerate(codes):
        (application,) = sandbox.session(keycode).applied
        assert application.content == {"1": place % 11, "2": None}
        assert [post.applied for post in sandbox.journal.posts(keycode)] == [True]


def marks(tmp_path: Path, codes: list[str]) -> list[Path]:
    rows = {code: (place % 11, "NA") for place, code in enumerate(codes)}
    return [sheet(tmp_path / "marks.csv", rows)]


def full_at_a_write(sandbox: Sandbox, office: Settings, tmp_path: Path, first: int) -> None:
    files = marks(tmp_path, CODES)
    with full_from(first):
        report = attempted(office, files)
    nothing_sent_unwritten(sandbox, office)
    all_told(sandbox, report)
    made_good(sandbox, office, files, CODES)


@pytest.mark.parametrize("first", [1, 4, 6, 8, 12, 15, 20])
def test_a_disk_that_is_full_from_some_write_on(
    sandbox: Sandbox, office: Settings, tmp_path: Path, first: int
) -> None:
    full_at_a_write(sandbox, office, tmp_path, first)


@pytest.mark.long
@pytest.mark.parametrize("first", range(1, _ALL_WRITES))
def test_a_disk_that_is_full_from_any_write_on(
    sandbox: Sandbox, office: Settings, tmp_path: Path, first: int
) -> None:
    full_at_a_write(sandbox, office, tmp_path, first)


@pytest.mark.parametrize("pages", [0, 3, 6])
def test_a_file_that_may_not_grow(
    sandbox: Sandbox, office: Settings, tmp_path: Path, pages: int
) -> None:
    files = marks(tmp_path, CROWD)
    with full_after(pages):
        report = attempted(office, files)
    nothing_sent_unwritten(sandbox, office)
    all_told(sandbox, report)
    made_good(sandbox, office, files, CROWD)


def test_a_full_disk_says_so(sandbox: Sandbox, office: Settings, tmp_path: Path) -> None:
    with full_after(0), pytest.raises(LedgerError, match=r"full\. Make room where .*sqlite is"):
        ingested(office, marks(tmp_path, CROWD))


def test_a_ledger_that_may_not_be_written(
    sandbox: Sandbox, office: Settings, tmp_path: Path
) -> None:
    files = marks(tmp_path, CODES)
    with read_only(), pytest.raises(LedgerError, match=r"ledger\.sqlite may be written"):
        ingested(office, files)
    assert sandbox.journal.entries == ()
    made_good(sandbox, office, files, CODES)


def test_a_ledger_that_another_program_holds(
    sandbox: Sandbox, office: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = marks(tmp_path, CODES)
    with monkeypatch.context() as quick, _held(office):
        quick.setattr(database, "_BUSY_S", 0.05)
        with pytest.raises(LedgerError, match="Another program holds"):
            ingested(office, files)
    assert sandbox.journal.entries == ()
    made_good(sandbox, office, files, CODES)


def test_a_ledger_that_is_held_for_a_while_is_waited_for(
    sandbox: Sandbox, office: Settings, tmp_path: Path
) -> None:
    files = marks(tmp_path, CODES)
    with _held(office) as release:
        threading.Timer(0.3, release).start()
        made_good(sandbox, office, files, CODES)


@contextmanager
def _held(office: Settings) -> Iterator[Callable[[], None]]:
    connection = sqlite3.connect(
        office.home / "ledger.sqlite", isolation_level=None, check_same_thread=False
    )
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield lambda: connection.rollback()
    finally:
        connection.close()
