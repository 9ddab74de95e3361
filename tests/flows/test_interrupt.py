"""Ctrl-C while a file is still being read: nothing was begun, and it ends at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.sandbox import Sandbox
from tests.flows.commands import below, until
from tests.flows.conftest import MAX_WAIT_S
from tests.plain_environment import uncounted


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that takes longer to read than a signal does to come."""
    path = tmp_path_factory.mktemp("large") / "marks.csv"
    heading = ",".join(["Keycode", *(f"Q{number}" for number in range(1, 61))])
    row = ",".join(["AB12CD34", *["1"] * 60])
    path.write_text("\n".join([heading, *[row] * 300_000]))
    return path


@pytest.mark.parametrize(
    "command", [["ingest", "-q"], ["check", "--offline", "-q"]], ids=lambda words: words[0]
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_does_not_wait_for_the_reader(
    surpass: tuple[Sandbox, str],
    large: Path,
    tmp_path: Path,
    number: signal.Signals,
    command: list[str],
) -> None:
    _, url = surpass
    env = uncounted(os.environ) | {
        "PAPERMARKS_HOME": str(tmp_path / "home"),
        "PAPERMARKS_PREFECT": "false",
        "PAPERMARKS_SURPASS_URL": url,
        "PAPERMARKS_SURPASS_USERNAME": "sandbox",
        "PAPERMARKS_SURPASS_PASSWORD": "sandbox",
    }
    run = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-P", "-m", "flows.cli", *command, str(large)],
        env=env,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(lambda: any("pipeline.read" in words for words in below(run.pid).values()))
        run.send_signal(number)
        _, output = run.communicate(timeout=MAX_WAIT_S)
    finally:
        run.kill()
    assert "Traceback" not in output
    by_signal = -number if number is signal.SIGTERM else 130
    assert run.returncode in {130, by_signal}
