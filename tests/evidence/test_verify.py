"""Verify: what was altered is found, whatever it is; what is as it may be is no alarm."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipeline.errors import LedgerError
from pipeline.evidence.finding import Verdict
from pipeline.ledger import open_ledger
from pipeline.settings import Settings
from tests.evidence.offices import altered, copied, verified
from tests.ledger.running import ingested

_SEALED = ("runs", "sources", "submissions", "attempts", "changes", "resolutions", "records")


def database(office: Settings) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(office.home / "ledger.sqlite", isolation_level=None))


def files(office: Settings, *folders: str) -> list[Path]:
    paths = [path for folder in folders for path in (office.home / folder).rglob("*")]
    # The index of reports is no evidence: it is made anew after each run.
    return [path for path in paths if path.is_file() and path.name != "index.html"]


def flip(path: Path, place: int, bits: int) -> None:
    """Change one byte, wherever it is, whoever may write it."""
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= bits
    path.chmod(0o600)
    path.write_bytes(bytes(content))


def test_nothing_altered_is_nothing_found(office: Settings) -> None:
    found = verified(office)
    assert found.findings == ()
    assert (found.runs, found.archived, found.reports) == (2, 2, 3)
    assert found.records == 2 + 2 + 3 + 2  # begin, end, report (of the check too), changes


@pytest.mark.parametrize("folder", ["archive", "reports", "evidence"])
def test_a_byte_of_any_file(original: Settings, tmp_path: Path, folder: str) -> None:
    for number, path in enumerate(files(original, folder)):
        office = copied(original, tmp_path / str(number))
        flip(office.home / path.relative_to(original.home), random.randrange(10**6), 1)
        assert altered(office), path.name


@hypothesis_settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_byte_of_any_file(original: Settings, tmp_path: Path, data: st.DataObject) -> None:
    relative = [path.relative_to(original.home) for path in files(original, "archive", "reports")]
    path = data.draw(st.sampled_from(relative))
    place, bits = data.draw(st.integers(0, 10**6)), data.draw(st.integers(1, 255))
    office = copied(original, tmp_path / "home")
    try:
        flip(office.home / path, place, bits)
        assert [found for found in altered(office) if path.parts[1] in found.what]
    finally:
        shutil.rmtree(office.home)


def cells(office: Settings) -> Iterator[tuple[str, str, int, Any]]:
    """Every value of every sealed table: table, column, row, value."""
    with database(office) as connection:
        for table in _SEALED:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for column in columns:
                wanted = f'SELECT rowid, "{column}" FROM {table}'  # noqa: S608  # our own tables
                found = connection.execute(wanted).fetchall()
                yield from ((table, column, row, value) for row, value in found)


def changed(value: Any) -> Any:
    """The value with one thing about it changed, of its own type."""
    if value is None:
        return "x"
    if isinstance(value, str):
        return value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1])
    return 0 if value == 1 else value + 1000  # of what is true or false too


def test_any_value_of_any_record(original: Settings, tmp_path: Path) -> None:
    """Each column of each table, with a value and without."""
    tried = set()
    for number, (table, column, row, value) in enumerate(cells(original)):
        if (table, column, value is None) in tried:
            continue
        tried.add((table, column, value is None))
        office = copied(original, tmp_path / str(number))
        with database(office) as connection:
            update = f'UPDATE {table} SET "{column}" = ? WHERE rowid = ?'  # noqa: S608  # our own
            connection.execute(update, (changed(value), row))
        assert altered(office), f"{table}.{column} was {value!r}"
        shutil.rmtree(office.home)


@pytest.mark.parametrize("table", _SEALED)
def test_a_row_that_is_gone(office: Settings, table: str) -> None:
    with database(office) as connection:
        last = f"(SELECT max(rowid) FROM {table})"  # noqa: S608  # our own tables
        connection.execute(f"DELETE FROM {table} WHERE rowid = {last}")  # noqa: S608  # the same
    assert altered(office)


def logical(office: Settings) -> list[Any] | None:
    """What the sealed tables hold; None where they cannot be read."""
    try:
        with database(office) as connection:
            wanted = [f"SELECT * FROM {table}" for table in _SEALED]  # noqa: S608  # our own
            return [connection.execute(select).fetchall() for select in wanted]
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def flipped_is_found(original: Settings, home: Path, seed: int) -> bool:
    """Flip one byte of the ledger's file; whether that changed what is sealed."""
    chance = random.Random(seed)
    office = copied(original, home)
    try:
        before = logical(original)
        flip(office.home / "ledger.sqlite", chance.randrange(10**9), chance.randrange(1, 256))
        after = logical(office)
        if after == before:
            return False
        with suppress(LedgerError):  # it cannot be opened, and says so
            assert altered(office), f"seed {seed}"
        return True
    finally:
        shutil.rmtree(home)


def test_a_byte_of_the_ledgers_file(original: Settings, tmp_path: Path) -> None:
    found = [flipped_is_found(original, tmp_path / "home", seed) for seed in range(12)]
    assert any(found)


@pytest.mark.long
def test_many_bytes_of_the_ledgers_file(original: Settings, tmp_path: Path) -> None:
    found = [flipped_is_found(original, tmp_path / "home", seed) for seed in range(1500)]
    assert any(found)


# --- what is gone, and what is another's


def test_an_archived_file_that_is_gone(office: Settings) -> None:
    files(office, "archive")[0].unlink()
    assert "It is gone" in altered(office)[0].sentence


def test_a_mended_workbook_that_is_gone(office: Settings) -> None:
    """It takes up an earlier run, as a re-run does, and is a file of its own."""
    returned = next((office.home / "reports").rglob("* - to mend.xlsx"))
    mended = ingested(office, [returned]).reconciliation
    assert mended.run.parent is not None
    what = f"archive/{mended.sources[0].sha256}"
    (office.home / what).unlink()
    assert [found.what for found in verified(office, mended.run.id).findings] == [what]


def test_a_report_that_is_gone(office: Settings) -> None:
    shutil.rmtree(sorted((office.home / "reports").glob("*/"))[0])
    assert "It is gone" in altered(office)[0].sentence


def test_a_report_that_no_run_wrote_proves_nothing(office: Settings) -> None:
    folder = office.home / "reports" / "20990101-000000-aaaa"
    folder.mkdir()
    (folder / "reconciliation.json").write_text("{}")
    (found,) = verified(office).findings
    assert found.what == f"reports/{folder.name}"
    assert found.sentence.startswith("No record tells of it, so it proves nothing")


def test_a_file_that_somebody_put_beside_a_report_is_no_alarm(office: Settings) -> None:
    folder = sorted((office.home / "reports").glob("*/"))[0]
    (folder / "my notes.txt").write_text("call Northfield")
    assert altered(office) == []
    (found,) = verified(office).findings
    assert found.verdict is Verdict.NOTE


def test_the_end_of_the_chain_that_is_cut_off(office: Settings) -> None:
    with database(office) as connection:
        connection.execute("DELETE FROM records WHERE sequence > 7")
    assert "evidence/head.json" in [found.what for found in altered(office)]


def test_records_that_are_missing_are_named(office: Settings) -> None:
    with database(office) as connection:
        connection.execute("DELETE FROM records WHERE sequence IN (3, 4)")
    assert "record 3-4" in [found.what for found in altered(office)]


def test_one_run_alone(office: Settings) -> None:
    first, second = sorted(
        name for name in (path.name for path in (office.home / "reports").iterdir())
    )[:2]
    (office.home / "reports" / second / "reconciliation.json").write_text("{}")
    assert not verified(office, first).altered
    assert verified(office, second).altered
    with pytest.raises(LookupError):
        verified(office, "20250101-000000-none")


# --- a kill between the steps


def test_a_run_without_an_end_is_explained(office: Settings) -> None:
    """It was killed: its beginning is recorded, and no more."""
    from tests.ledger.records import begin, papers

    with open_ledger(office) as ledger:
        begun = begin(ledger, papers(2))
    (found,) = [each for each in verified(office).findings if each.what == f"run {begun.id}"]
    assert found.verdict is Verdict.NOTE
    assert "It has no end" in found.sentence


def test_a_report_that_was_not_sealed_is_explained(office: Settings) -> None:
    """The process was killed after it had written the report."""
    with database(office) as connection:
        (last,) = connection.execute("SELECT max(sequence) FROM records").fetchone()
        connection.execute("DELETE FROM records WHERE sequence = ?", (last,))
        (sha256,) = connection.execute(
            "SELECT sha256 FROM records WHERE sequence = ?", (last - 1,)
        ).fetchone()
    head = {"sequence": last - 1, "sha256": sha256}
    (office.home / "evidence" / "head.json").write_text(json.dumps(head))
    (found,) = verified(office).findings
    assert found.verdict is Verdict.NOTE
    assert found.what.startswith("reports/")


def test_what_is_told_says_where_the_chain_ends(office: Settings) -> None:
    head = json.loads((office.home / "evidence" / "head.json").read_text())
    assert verified(office).head == head["sha256"]
