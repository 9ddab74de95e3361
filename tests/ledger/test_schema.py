"""The schema: one, whoever makes it, on either database; and a newer one is left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipeline.errors import LedgerError
from pipeline.ledger import database
from pipeline.ledger.tables import metadata
from tests.ledger.process import claimers
from tests.ledger.records import behind, keycode, opened


def test_the_newest_migration_is_the_one_that_is_asked_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [database.REVISION]


def test_what_the_migrations_make_is_what_the_tables_say(url: str) -> None:
    with behind(url) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_keys_and_columns_are_the_same_too(url: str) -> None:
    """Which the comparison leaves out: primary and foreign keys, and what may be null."""
    with behind(url) as connection:
        seen = sa.inspect(connection)
        for table in metadata.sorted_tables:
            key = seen.get_pk_constraint(table.name)["constrained_columns"]
            assert key == [column.name for column in table.primary_key.columns]
            foreign = {part["referred_table"] for part in seen.get_foreign_keys(table.name)}
            assert foreign == {part.column.table.name for part in table.foreign_keys}
            columns = {part["name"]: part["nullable"] for part in seen.get_columns(table.name)}
            assert columns == {column.name: column.nullable for column in table.columns}


@pytest.mark.parametrize("revision", ["0004", "9999"])
def test_a_newer_ledger_is_left_alone(url: str, revision: str) -> None:
    _pretend(url, revision)
    with pytest.raises(LedgerError, match=rf"newer papermarks \(schema {revision}"):
        opened(url)


def test_a_schema_that_never_was(url: str) -> None:
    _pretend(url, "0000")
    with pytest.raises(LedgerError, match="0000"):
        opened(url)


def _pretend(url: str, revision: str) -> None:
    with behind(url) as connection:
        update = sa.text("UPDATE alembic_version SET version_num = :revision")
        connection.execute(update, {"revision": revision})


def test_processes_that_open_a_new_ledger_at_once_make_it_once(empty: str) -> None:
    with claimers(empty, 4) as processes:
        for process in processes:
            process.claim([keycode(1)])
        assert sorted(len(process.got()) for process in processes) == [0, 0, 0, 1]


def test_opening_it_again_changes_nothing(url: str) -> None:
    with opened(url), opened(url):
        pass


# --- a file that is no ledger


def _not_a_database(file: Path) -> None:
    file.write_bytes(b"Keycode,Q1\n" * 1000)


def _second_half_lost(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def _overwritten(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[100 : len(content)] = b"\xff" * (len(content) - 100)
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [_not_a_database, _second_half_lost, _overwritten])
def test_a_damaged_file_says_what_to_do(
    tmp_path: Path, blank_file: bytes, damage: Callable[[Path], None]
) -> None:
    file = tmp_path / "ledger.sqlite"
    file.write_bytes(blank_file)
    damage(file)

    def use() -> None:
        with opened(f"sqlite:///{file}") as ledger:
            ledger.runs()
            ledger.claim([keycode(1)])

    with pytest.raises(LedgerError, match=r"ledger\.sqlite is damaged: put back a copy"):
        use()


def test_a_ledger_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()
    with pytest.raises(LedgerError, match=r"ledger\.sqlite"):
        opened(f"sqlite:///{tmp_path / 'ledger.sqlite'}")


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(LedgerError, match=r"home/ledger\.sqlite cannot be opened"):
        opened(f"sqlite:///{tmp_path / 'home' / 'ledger.sqlite'}")
