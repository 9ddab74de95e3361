"""Ctrl-C while a file is still being read: nothing was begun, so nothing is waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.sandbox import Sandbox
from tests.flows.commands import until
from tests.flows.conftest import MAX_WAIT_S


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A file whose end never comes: a pipe that nobody closes."""
    pipe = tmp_path / "marks.csv"
    os.mkfifo(pipe)
    return pipe


@contextmanager
def _writer(pipe: Path) -> Iterator[None]:
    """Holds the pipe open, from the moment at which somebody reads it."""

    def opened() -> int | None:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads yet
            return None

    descriptor = until(opened)
    assert descriptor is not None
    try:
        yield
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    "command", [["ingest", "-q"], ["check", "--offline", "-q"]], ids=lambda words: words[0]
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_does_not_wait_for_the_reader(
    surpass: tuple[Sandbox, str],
    endless: Path,
    tmp_path: Path,
    number: signal.Signals,
    command: list[str],
) -> None:
    _, url = surpass
    env = os.environ | {
        "PAPERMARKS_HOME": str(tmp_path / "home"),
        "PAPERMARKS_PREFECT": "false",
        "PAPERMARKS_SURPASS_URL": url,
        "PAPERMARKS_SURPASS_USERNAME": "sandbox",
        "PAPERMARKS_SURPASS_PASSWORD": "sandbox",
    }
    run = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-P", "-m", "flows.cli", *command, str(endless)],
        env=env,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with _writer(endless):
            run.send_signal(number)
            _, output = run.communicate(timeout=MAX_WAIT_S)
    finally:
        run.kill()
    assert "Traceback" not in output
    by_signal = -number if number is signal.SIGTERM else 130
    assert run.returncode in {130, by_signal}
