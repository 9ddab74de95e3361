"""Nobody reads marks or passwords in errors, in logs, or in a file that is not theirs."""

from __future__ import annotations

import logging
import os
import stat
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from pipeline.errors import LedgerError
from pipeline.ledger import database
from tests.ledger.records import (
    attempt,
    begin,
    behind,
    intend,
    opened,
    paper,
    papers,
    run,
    validated,
)

SECRET = "tr0ub4dor"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql+psycopg://office:{SECRET}@127.0.0.1:1/ledger",
        f"postgresql+psycopg://office:{SECRET}@127.0.0.1:1/ledger?such_option=none",
        f"postgresql+psycopg://office:p@ss:{SECRET}@127.0.0.1/ledger",
        f"postgresql+psycopg://office:p/{SECRET}@127.0.0.1:x/ledger",
        f"postgresql+nodriver://office:{SECRET}@127.0.0.1/ledger",
        f"nosuch://office:{SECRET}@127.0.0.1/ledger",
        f"office:{SECRET}@127.0.0.1/ledger",
    ],
)
def test_a_password_is_in_no_error_and_no_log(
    address: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_S", 0.01)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(LedgerError) as raised:
        opened(address)
    shown = "".join(traceback.format_exception(raised.value))
    assert SECRET not in shown + caplog.text + str(raised.value) + repr(raised.value)


def test_an_engine_shows_no_password() -> None:
    engine = database._engine(f"postgresql+psycopg://office:{SECRET}@127.0.0.1/ledger")
    assert SECRET not in f"{engine!r} {engine.url} {engine.url!r}"


def test_marks_are_in_no_error_and_no_log(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with opened(url) as ledger:
        begun = begin(ledger, [paper(1)])
        intend(ledger, begun, paper(1))
        with behind(url) as connection:
            connection.exec_driver_sql("DROP TABLE attempts")
            connection.exec_driver_sql("ALTER TABLE submissions DROP COLUMN posts")
        works: list[Callable[[], None]] = [
            partial(ledger.intend, begun, paper(1), attempt()),
            partial(ledger.begin, run(2), validated(papers(3)), papers(3)),
        ]
        for work in works:
            with pytest.raises(LedgerError) as raised:
                work()
            shown = "".join(traceback.format_exception(raised.value)) + caplog.text
            assert "PAPER001" not in shown, "no values, and no one's session"
            assert "20250602-" not in shown


def test_a_new_home_and_ledger_are_their_owners_alone(tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("Windows has other means: a user's folder is the user's")
    before = os.umask(0)
    try:
        home = tmp_path / "home"
        with opened(f"sqlite:///{home / 'ledger.sqlite'}") as ledger:
            begin(ledger, papers(3))
            modes = {path.name: _mode(path) for path in (home, *home.iterdir())}
    finally:
        os.umask(before)
    assert modes == {
        "home": 0o700,
        "ledger.sqlite": 0o600,
        "ledger.sqlite-wal": 0o600,
        "ledger.sqlite-shm": 0o600,
    }


def test_a_home_that_was_there_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    with opened(f"sqlite:///{tmp_path / 'ledger.sqlite'}"):
        assert _mode(tmp_path) == 0o750


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
