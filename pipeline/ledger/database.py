"""The ledger's database: SQLite by default, PostgreSQL where several machines share the work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
import stamina
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from pipeline.errors import LedgerError

REVISION = "0003"
"""The schema that this version works with: the newest under ``migrations/versions``."""

_T = TypeVar("_T")
_CHUNK = 500  # values in one statement
_BUSY_S = 60.0  # seconds: how long another's transaction, or a restart of the database, may take


def connect(url: str, lost: str | None = None) -> sa.Engine:
    """An engine for the URL, its schema brought up to date.

    ``lost`` is what to say where no ledger is there yet, though one must be; None: it is made.
    """
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            _make_private(Path(engine.url.database), lost)
        sa.event.listen(engine, "connect", _as_durable_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    else:
        sa.event.listen(engine, "connect", _as_durable_postgresql)
    try:
        _up_to_date(engine, lost)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _engine(url: str) -> sa.Engine:
    try:
        address = sa.make_url(url)
    except (SQLAlchemyError, ValueError):  # whose words may be a part of the password
        raise LedgerError(f"the ledger's address is wrong: {_ADDRESS}") from None
    try:
        return sa.create_engine(
            address,
            pool_pre_ping=address.get_backend_name() != "sqlite",
            hide_parameters=True,  # a traceback shows the errors that ours come from
        )
    except (SQLAlchemyError, ImportError, TypeError) as error:
        raise LedgerError(f"the ledger's address is wrong: {error}; {_ADDRESS}") from error


_ADDRESS = (
    "write it like postgresql+psycopg://user:password@host/database, with %40 for an @ in the "
    "password, %2F for a /, %3A for a :"
)


def _make_private(file: Path, lost: str | None) -> None:
    """Make the file and its folder where they are missing: for their owner alone, as marks are."""
    try:
        if lost is not None and (not file.exists() or file.stat().st_size == 0):
            raise LedgerError(lost)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError as error:
        raise LedgerError(f"the ledger {file} cannot be opened: {error.strerror}") from error


def transaction(engine: sa.Engine, work: Callable[[sa.Connection], _T]) -> _T:
    """Do the work in one transaction, again where the database was away for a while.

    A commit whose answer was lost may have happened: whatever is done here may be done twice.
    """
    try:
        return _retrying(partial(_begin_and_do, engine, work))
    except SQLAlchemyError as error:
        raise LedgerError(
            f"the ledger failed: {_message_of(error)}{_to_do(error, engine)}"
        ) from error
    except UnicodeError as error:  # SQLite quotes in its errors what a damaged file has for names
        damaged = _DAMAGED.format(file=engine.url.database)
        raise LedgerError(f"the ledger failed: {damaged}") from error


def _begin_and_do(engine: sa.Engine, work: Callable[[sa.Connection], _T]) -> _T:
    with engine.begin() as connection:
        return work(connection)


def _retrying(work: Callable[[], _T]) -> _T:
    try:
        return work()  # nearly always: what is built below costs more than a transaction
    except SQLAlchemyError as error:
        if not _worth_another_try(error):
            raise
    for attempt in stamina.retry_context(
        on=_worth_another_try,
        attempts=None,
        timeout=_BUSY_S,
        wait_initial=0.05,
        wait_jitter=0.1,
    ):
        with attempt:
            return work()
    raise AssertionError("the last try returns or raises")


def insert_into(table: sa.Table, dialect: sa.Dialect) -> Any:
    """An insert that has ``on_conflict``: both databases have it, and no common type."""
    if dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # here: most offices have no use for it

        return postgresql.insert(table)
    return sqlite.insert(table)


def chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    """The items in lists that one statement can hold."""
    rest = iter(items)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _message_of(error: SQLAlchemyError) -> str:
    """What the database said, without the statement's values: they may be marks."""
    return str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__


def _to_do(error: SQLAlchemyError, engine: sa.Engine) -> str:
    """What a person can do about it, where that is known."""
    message, file = _message_of(error), engine.url.database
    return "".join(
        f". {advice.format(file=file)}" for sign, advice in _TO_DO.items() if sign in message
    )


_DAMAGED = (
    "{file} is damaged: put back a copy, of which the folder backup beside it has some; "
    "pipeline/ledger/README.md says how. Without one, move it away, with the files beside it that "
    "end in -wal and -shm, and the folders evidence, backup and reports; papermarks then starts a "
    "new ledger, which knows nothing of what was sent before"
)
# By SQLite's words.
_TO_DO = {
    "malformed": _DAMAGED,
    "not a database": _DAMAGED,
    "disk is full": "Make room where {file} is, then run again",
    "disk I/O error": "Look at the disk where {file} is, then run again",
    "unable to open": "Look whether {file} may be read and written, and is a file",
    "readonly": "Look whether {file} may be written",
    "is locked": "Another program holds {file}: end it, then run again",
}


def _worth_another_try(error: Exception) -> bool:
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.orig, "sqlstate", "SQLite")
    if state == "SQLite":
        return "database is locked" in str(error.orig)
    return state is None or str(state).startswith(_AWAY)


# PostgreSQL's SQLSTATE classes: it starts, stops or restarts; no connection; a deadlock was broken.
_AWAY = ("57P", "08", "40")


def _as_durable_sqlite(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(_BUSY_S * 1000)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # On the disk when a commit returns, not on its way there. An intent needs that: were it lost in
    # a power cut after its POST had left, the session would be sent again, blindly. (A lost ending
    # would not matter, as the next run reads the session; but both stand in the same groups.)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _as_durable_postgresql(
    connection: sa.engine.interfaces.DBAPIConnection, _record: object
) -> None:
    """The same there; a server or a role may have it off. Stricter settings than 'on' stand."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )
    cursor.close()
    connection.commit()


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # a reader that turns writer would be refused


def _up_to_date(engine: sa.Engine, lost: str | None) -> None:
    """Bring the schema to REVISION; processes that do so at the same time wait for each other."""
    deadline = time.monotonic() + _BUSY_S
    while (found := _revision(engine)) != REVISION:
        if found is None and lost is not None:
            raise LedgerError(lost)
        if found is not None and found > REVISION:
            raise LedgerError(
                f"the ledger is of a newer papermarks (schema {found}, this one knows {REVISION}): "
                "install that version here too"
            )
        try:
            _migrate(engine)
        except SQLAlchemyError as error:
            # Where another process is at it, what it has made is looked at again.
            if time.monotonic() > deadline or not _somebody_else_is_at_it(error):
                what = f"{_message_of(error)}{_to_do(error, engine)}"
                raise LedgerError(f"the ledger's schema cannot be made: {what}") from error
            time.sleep(0.2)


def _somebody_else_is_at_it(error: SQLAlchemyError) -> bool:
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return state in _MADE_MEANWHILE or _worth_another_try(error)


# PostgreSQL's SQLSTATEs: a table, or something of its name, is there already.
_MADE_MEANWHILE = ("42P07", "42710", "23505")


def _revision(engine: sa.Engine) -> str | None:
    def read(connection: sa.Connection) -> str | None:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)

    return transaction(engine, read)


def _migrate(engine: sa.Engine) -> None:
    from alembic import command  # only where there is something to do: the import takes a while
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise LedgerError(f"the ledger's schema is none of papermarks': {error}") from error
