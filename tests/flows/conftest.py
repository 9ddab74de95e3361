"""The office of these tests: its Surpass, its Prefect's home, and the processes that it starts."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.prefect_side.connect import environment
from flows.samples import SAMPLES
from pipeline.sandbox import Sandbox, load_sessions, serve_in_thread
from tests.postgres import postgres_server as postgres_server  # a fixture, by its name
from tests.webhook import webhook as webhook

MAX_WAIT_S = 180  # seconds: how long we wait at most, not how long it takes


@contextmanager
def process(command: list[str], env: Mapping[str, str], log: Path) -> Iterator[None]:
    """A process that lives while the block runs."""
    with log.open("w") as output:
        started = subprocess.Popen(command, env=env, stdout=output, stderr=output)  # noqa: S603
        try:
            yield
        finally:
            started.terminate()
            try:
                started.wait(30)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


@pytest.fixture(scope="session")
def prefect_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What Prefect's processes find in the environment: a home of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return kept | environment(tmp_path_factory.mktemp("prefect"), kept)


@pytest.fixture
def surpass() -> Iterator[tuple[Sandbox, str]]:
    """A sandbox that knows the samples' sessions, and where it is served."""
    sandbox = Sandbox(load_sessions(SAMPLES / "sessions.csv"))
    with serve_in_thread(sandbox) as url:
        yield sandbox, url


def free_port() -> int:
    """A port of this machine that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def office_variables(home: Path, sandbox: Sandbox, url: str) -> dict[str, str]:
    """What an office sets to reach this Surpass."""
    return {
        "PAPERMARKS_HOME": str(home),
        "PAPERMARKS_SURPASS_URL": url,
        "PAPERMARKS_SURPASS_USERNAME": sandbox.options.username,
        "PAPERMARKS_SURPASS_PASSWORD": sandbox.options.password,
    }


@pytest.fixture
def foreign_folder(tmp_path: Path) -> Path:
    """A working directory with folders of our packages' names, such as Prefect's usual flows/."""
    for name in ("flows", "pipeline", "schemas", "sample_data"):
        package = tmp_path / "project" / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(f"raise RuntimeError('a foreign {name}')\n")
    return tmp_path / "project"
