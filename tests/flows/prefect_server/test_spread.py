"""One large file over a Dask cluster: real processes, PostgreSQL, and one of them killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pipeline.ledger import Ledger
from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession, serve_in_thread
from tests.flows.commands import until
from tests.flows.conftest import MAX_WAIT_S, office_variables
from tests.postgres import Postgres

pytestmark = pytest.mark.skipif(
    not find_spec("prefect_dask"), reason="the extra 'dask' is optional"
)

_SESSIONS = 200
_BATCH = 25
_AT_ONCE = 4  # requests, of all workers together


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(SandboxSession.paper(_keycode(n), {"1": 10}) for n in range(_SESSIONS))


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    file = tmp_path / "all-centres.csv"
    file.write_text("Keycode,Q1\n" + "".join(f"{_keycode(n)},{n % 10}\n" for n in range(_SESSIONS)))
    return file


@pytest.fixture
def ledger_url(postgres_server: Postgres) -> str:
    """A ledger that keeps who had a claim: the owners themselves leave it when they end."""
    url = postgres_server.database()
    with Ledger(url, "surpass.invalid"):
        pass
    _in_ledger(url, "CREATE TABLE came (place text)")
    also = "DO ALSO INSERT INTO came VALUES (NEW.place)"
    _in_ledger(url, f"CREATE RULE came AS ON INSERT TO owners {also}")
    return url


@pytest.fixture
def spreading(
    sandbox: Sandbox,
    ledger_url: str,
    prefect_environment: dict[str, str],
    prefect_api: str,
    tmp_path: Path,
) -> Iterator[dict[str, str]]:
    """The environment of an office whose machines share a ledger."""
    with serve_in_thread(sandbox) as url:
        yield (
            prefect_environment
            | office_variables(tmp_path / "home", sandbox, url)
            | {
                "PREFECT_API_URL": prefect_api,
                "PAPERMARKS_LEDGER_URL": ledger_url,
                "PAPERMARKS_LEASE": "5",
                "PAPERMARKS_CONCURRENCY": str(_AT_ONCE),
                "PAPERMARKS_BATCH_SIZE": str(_BATCH),
            }
        )


def test_a_file_is_spread_over_this_machines_cores(
    sandbox: Sandbox, sheet: Path, spreading: dict[str, str], ledger_url: str
) -> None:
    document = _ingested(spreading | {"PAPERMARKS_DASK": "local"}, sheet)
    assert document["balanced"]
    assert _outcomes(document) == {"accepted": _SESSIONS}
    assert all(len(session.applied) == 1 for session in sandbox.sessions)
    assert len(sandbox.journal.posts()) == _SESSIONS
    senders = _senders(ledger_url)
    assert len(senders) == 1 + min(os.cpu_count() or 1, _AT_ONCE)  # the run's own process too
    assert sum(senders.values()) == 1 + _SESSIONS // _BATCH


@pytest.mark.long
@pytest.mark.parametrize("killed", [1, 2])
def test_workers_are_killed_and_another_or_the_run_itself_goes_on(
    sandbox: Sandbox,
    sheet: Path,
    spreading: dict[str, str],
    ledger_url: str,
    tmp_path: Path,
    killed: int,
) -> None:
    sandbox.faults.set(Fault(FaultKind.LATENCY, method="POST", seconds=0.1))
    with _cluster(spreading, tmp_path) as (address, workers):
        # What a worker was about to send when it died is sent again once nothing can be under way.
        env = spreading | {"PAPERMARKS_DASK": address, "PAPERMARKS_QUIET_PERIOD": "2"}
        with _started(env, sheet) as run:
            until(lambda: len(sandbox.journal.posts()) > 2 * _BATCH)
            for worker in workers[:killed]:
                worker.kill()
            document = _reconciliation(run)
        assert document["balanced"]
        outcomes = _outcomes(document)
        assert outcomes.keys() <= {"accepted", "in_doubt"}
        assert outcomes.get("in_doubt", 0) <= killed * _AT_ONCE // 2  # what they had under way
        assert len(_senders(ledger_url)) == 3
        again = _ingested(env, sheet)
    assert again["balanced"]
    assert _outcomes(again).keys() <= {"unchanged", "accepted"}
    assert all(len(session.applied) == 1 for session in sandbox.sessions)


@pytest.mark.long
def test_workers_send_to_the_surpass_of_the_runs_profile(
    sandbox: Sandbox, sheet: Path, spreading: dict[str, str], ledger_url: str, tmp_path: Path
) -> None:
    """Theirs have the profiles, and none of their own in the environment."""
    names = ("surpass_url", "surpass_username", "surpass_password")
    lines = [f'{name} = "{spreading.pop(f"PAPERMARKS_{name.upper()}")}"' for name in names]
    home = Path(spreading["PAPERMARKS_HOME"])
    home.mkdir()
    (home / "papermarks.toml").write_text("\n".join(["[profile.live]", *lines]))
    with _cluster(spreading, tmp_path) as (address, _):
        chosen = {"PAPERMARKS_DASK": address, "PAPERMARKS_PROFILE": "live"}
        shown = _ingested(spreading | chosen, sheet)
    assert shown["run"]["profile"] == "live"
    assert _outcomes(shown) == {"accepted": _SESSIONS}
    assert len(sandbox.journal.posts()) == _SESSIONS
    assert len(_senders(ledger_url)) > 1


@pytest.mark.long
def test_ctrl_c_ends_it_in_good_order(
    sandbox: Sandbox, sheet: Path, spreading: dict[str, str]
) -> None:
    sandbox.faults.set(Fault(FaultKind.LATENCY, method="POST", seconds=0.2))
    with _started(spreading | {"PAPERMARKS_DASK": "local"}, sheet) as run:
        until(lambda: len(sandbox.journal.posts()) > _BATCH)
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the workers get it too
        document = _reconciliation(run)
    assert document["balanced"]
    assert document["stopped_by"] == "it was interrupted"
    assert _outcomes(document).keys() == {"accepted", "failed"}
    assert _outcomes(document)["accepted"] == len(sandbox.journal.posts())
    again = _ingested(spreading, sheet)
    assert _outcomes(again).keys() == {"accepted", "unchanged"}
    assert all(len(session.applied) == 1 for session in sandbox.sessions)


def test_without_the_extra_nothing_is_begun(
    sandbox: Sandbox, sheet: Path, spreading: dict[str, str]
) -> None:
    missing = "import sys; sys.modules['distributed'] = None; from flows.cli import main; main()"
    process = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", missing, "ingest", str(sheet)],
        env=spreading | {"PAPERMARKS_DASK": "local"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "pip install 'papermarks[dask]'" in process.stderr
    assert "Traceback" not in process.stderr
    assert sandbox.journal.entries == ()


def _keycode(number: int) -> str:
    return f"DASK{number:04d}"


@contextmanager
def _cluster(
    env: Mapping[str, str], folder: Path
) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers of one thread, by their own commands."""
    word, log = folder / "scheduler.json", folder / "dask.log"
    shared = ("--scheduler-file", str(word), "--host", "127.0.0.1", "--no-dashboard")
    worker = ("worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
    commands = (("scheduler", "--port", "0"), worker, worker)
    started: list[subprocess.Popen[bytes]] = []
    with log.open("ab") as output:
        try:
            for command in commands:
                dask = [sys.executable, "-m", "dask", *command, *shared]
                started.append(
                    subprocess.Popen(dask, env=dict(env), stdout=output, stderr=output)  # noqa: S603
                )
                until(word.exists, log.read_text)
            until(lambda: log.read_text().count("Registered to:") == 2, log.read_text)
            yield json.loads(word.read_text())["address"], started[1:]
        finally:
            for process in started:
                process.kill()
                process.wait()


@contextmanager
def _started(env: Mapping[str, str], sheet: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "flows.cli", "ingest", "--json", str(sheet)]
    with subprocess.Popen(  # noqa: S603  # our own command
        command, env=dict(env), stdout=subprocess.PIPE, start_new_session=True
    ) as run:
        try:
            yield run
        finally:
            run.kill()


def _reconciliation(run: subprocess.Popen[bytes]) -> Any:
    return json.loads(run.communicate(timeout=MAX_WAIT_S)[0])


def _ingested(env: Mapping[str, str], sheet: Path) -> Any:
    with _started(env, sheet) as run:
        return _reconciliation(run)


def _outcomes(document: Any) -> dict[str, int]:
    return {name: count for name, count in document["totals"]["by_outcome"].items() if count}


def _senders(url: str) -> Counter[str]:
    return Counter(row.place for row in _in_ledger(url, "SELECT place FROM came"))


def _in_ledger(url: str, statement: str) -> list[Any]:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        result = connection.exec_driver_sql(statement)
        rows = list(result) if result.returns_rows else []
    engine.dispose()
    return rows
