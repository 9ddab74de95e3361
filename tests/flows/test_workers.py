"""Many machines, as processes of this one: a work pool, two workers, PostgreSQL for all of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path

import pytest

from flows.prefect_side.server import address, answers
from pipeline.sandbox import Sandbox, SandboxSession, serve_in_thread
from tests import plain_http
from tests.flows.commands import asked, below, lives, query, runs, until
from tests.flows.conftest import process
from tests.postgres import Postgres

_ROOT = Path(__file__).parents[2]
_EACH = 25  # sessions in a file
_FILES = 4
_RATE = 10  # requests a second, of all workers together
_AT_ONCE = 2  # requests of one worker


@contextmanager
def _server(env: Mapping[str, str], database: str, log: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = {
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database.replace("psycopg", "asyncpg"),
    }
    start = [sys.executable, "-m", "prefect", "server", "start", "--no-ui"]
    with process(start, {**env, **server}, log):
        until(lambda: answers(address(port)), log.read_text)
        yield address(port)


def _prefect(env: Mapping[str, str], *words: str) -> None:
    process = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "prefect", "--no-prompt", *words],
        env=env,
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr


@contextmanager
def _worker(env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    start = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "papermarks"]
    with log.open("wb") as output:
        worker = subprocess.Popen(  # noqa: S603  # our own command
            [*start, "--limit", "1"], env=env, cwd=log.parent, stdout=output, stderr=output
        )
    try:
        yield worker
    finally:
        _pull_the_plug(worker)


def _pull_the_plug(worker: subprocess.Popen[bytes]) -> None:
    """Of its machine: the worker and the run that it carries."""
    for pid in [*below(worker.pid), worker.pid]:
        if lives(pid):
            os.kill(pid, signal.SIGKILL)
    worker.wait()


@contextmanager
def _counted(sandbox: Sandbox) -> Iterator[list[tuple[float, int]]]:
    """How many requests had come by when."""
    counts: list[tuple[float, int]] = []
    over = threading.Event()

    def count() -> None:
        while not over.wait(0.25):
            counts.append((time.monotonic(), len(sandbox.journal.entries)))

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield counts
    finally:
        over.set()
        thread.join()


def _sheets(folder: Path) -> list[Path]:
    sheets = []
    for number in range(_FILES):
        keycodes = [_keycode(number * _EACH + place) for place in range(_EACH)]
        sheets.append(folder / f"centre-{number}.csv")
        sheets[-1].write_text("Keycode,Q1\n" + "".join(f"{code},7\n" for code in keycodes))
    return sheets


def _keycode(number: int) -> str:
    return f"WORK{number:04d}"


@pytest.mark.long
def test_two_workers_share_the_work_and_one_dies(
    prefect_environment: dict[str, str], postgres_server: Postgres, tmp_path: Path
) -> None:
    sandbox = Sandbox(SandboxSession.paper(_keycode(n), {"1": 10}) for n in range(_EACH * _FILES))
    sheets = _sheets(tmp_path)
    with (
        serve_in_thread(sandbox) as url,
        _server(prefect_environment, postgres_server.database(), tmp_path / "server.log") as api,
    ):
        office = prefect_environment | {
            "PREFECT_API_URL": api,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PAPERMARKS_HOME": str(tmp_path / "home"),
            "PAPERMARKS_SURPASS_URL": url,
            "PAPERMARKS_SURPASS_USERNAME": sandbox.options.username,
            "PAPERMARKS_SURPASS_PASSWORD": sandbox.options.password,
            "PAPERMARKS_LEDGER_URL": postgres_server.database(),
            "PAPERMARKS_LEASE": "5",
            "PAPERMARKS_CONCURRENCY": str(_AT_ONCE),
            "PAPERMARKS_SHARED_LIMIT": "surpass",
        }
        _prefect(office, "work-pool", "create", "papermarks", "--type", "process")
        decay = ("--slot-decay-per-second", str(_RATE))
        _prefect(office, "gcl", "create", "surpass", "--limit", str(_RATE), *decay)
        _prefect(office, "deploy", "--all")
        # The first file comes twice: its sessions are for whoever claims them.
        for files in ([sheets[0]], [sheets[0]], sheets[1:]):
            _ask(api, files)
        with (
            _counted(sandbox) as counts,
            _worker(office, tmp_path / "one.log") as killed,
            _worker(office, tmp_path / "two.log"),
        ):
            until(lambda: _states(api).count("RUNNING") == 2)  # each carries one
            until(lambda: len(sandbox.journal.posts()) > 5)
            _pull_the_plug(killed)
            until(lambda: _states(api).count("RUNNING") <= 1)
            _ask(api, sheets)  # what the dead one left
            last = f"ingest {sheets[0].name} and {_FILES - 1} more"
            until(lambda: [r for r in runs(api, last) if r["state"]["type"] == "COMPLETED"])
            message = runs(api, last)[-1]["state"]["message"]
    assert message.endswith("Nothing is left to do.")
    assert all(len(session.applied) == 1 for session in sandbox.sessions)
    assert len(sandbox.journal.posts()) <= _EACH * _FILES + _AT_ONCE  # those under way at the kill
    for (earlier, few), (later, many) in combinations(counts, 2):
        # A full measure may have been saved up, and what was let go may be on its way.
        assert many - few <= _RATE * (later - earlier) + _RATE + 2 * _AT_ONCE


def _ask(api: str, files: list[Path]) -> None:
    deployments = query(api, "deployments", {"flows": {"name": {"any_": ["ingest-marks"]}}})
    (pool,) = [deployment["id"] for deployment in deployments if deployment["name"] == "pool"]
    of_these = {"parameters": {"files": [str(path) for path in files]}}
    asked(lambda: plain_http.post(f"{api}/deployments/{pool}/create_flow_run", json=of_these))


def _states(api: str) -> list[str]:
    return [run["state"]["type"] for run in query(api, "flow_runs", {})]
