"""Ctrl-C as a person types it: it reaches all processes of the terminal at once."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flows.samples import SAMPLES
from pipeline.sandbox import Fault, FaultKind, Sandbox
from pipeline.settings import load
from tests.flows.conftest import MAX_WAIT_S, office_variables
from tests.ledger.running import ingested, outcomes
from tests.plain_environment import uncounted

pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals")

_PAPER = str(SAMPLES / "biology-paper-1.csv")
# The first to open it in a session has it as its own terminal: else Ctrl-C would be no signal.
_START = "import os; os.open(os.ttyname(0), os.O_RDWR); from flows.cli import main; main()"
_CTRL_C = b"\x03"
_PROMPT_S = 20  # a loaded machine's five seconds; an answer would be waited for three times as long


@dataclass
class _Terminal:
    """A pseudo-terminal in which a command runs."""

    process: subprocess.Popen[bytes]
    master: int
    written: bytearray = field(default_factory=bytearray)

    def until(self, text: str) -> None:
        """Read on until this stands on the screen."""
        deadline = time.monotonic() + MAX_WAIT_S
        while text.encode() not in self.written:
            assert time.monotonic() < deadline, self.screen
            assert self._read(), self.screen

    def press(self, key: bytes) -> None:
        os.write(self.master, key)

    def end(self) -> int:
        """All that it still writes, then its exit code."""
        deadline = time.monotonic() + MAX_WAIT_S
        while self._read():
            assert time.monotonic() < deadline, self.screen
        return self.process.wait(MAX_WAIT_S)

    @property
    def screen(self) -> str:
        return self.written.decode(errors="replace")

    def _read(self) -> bool:
        """Whether there may be more to come."""
        if select.select([self.master], [], [], 1)[0]:
            with suppress(OSError):  # nobody has the other end any more
                part = os.read(self.master, 65536)
                self.written += part
                return bool(part)
            return False
        return True


@contextmanager
def _terminal(env: Mapping[str, str], *words: str) -> Iterator[_Terminal]:
    master, slave = pty.openpty()
    process = subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-P", "-c", _START, *words],
        env={**env, "TERM": "xterm", "COLUMNS": "100"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield _Terminal(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)


@pytest.mark.parametrize(
    ("stage", "written_down"),
    [("Read", False), ("Check the sessions", True)],
    ids=["while it starts", "while Surpass hangs"],
)
def test_ctrl_c_is_prompt_and_quiet(
    surpass: tuple[Sandbox, str], tmp_path: Path, stage: str, written_down: bool
) -> None:
    sandbox, url = surpass
    sandbox.faults.set(Fault(FaultKind.LATENCY, seconds=MAX_WAIT_S))
    office = office_variables(tmp_path, sandbox, url) | {"PAPERMARKS_TIMEOUT": "60"}
    office = uncounted(os.environ) | office
    with _terminal(office, "ingest", _PAPER) as terminal:
        terminal.until(stage)
        pressed = time.monotonic()
        terminal.press(_CTRL_C)
        assert terminal.end() == 130, terminal.screen
    assert time.monotonic() - pressed < _PROMPT_S
    for word in ("Traceback", "FATAL", "Error"):
        assert word not in terminal.screen
    if written_down:
        assert "it was interrupted" in terminal.screen
        assert "Every row is accounted for" in terminal.screen


def test_ctrl_c_ends_a_watcher(surpass: tuple[Sandbox, str], tmp_path: Path) -> None:
    office = uncounted(os.environ) | office_variables(tmp_path, *surpass)
    with _terminal(office, "watch") as terminal:
        terminal.until("Watching")
        terminal.press(_CTRL_C)
        assert terminal.end() == 0, terminal.screen
    assert "Traceback" not in terminal.screen


def test_a_rerun_is_chosen_by_its_number(surpass: tuple[Sandbox, str], tmp_path: Path) -> None:
    sandbox, url = surpass
    home = tmp_path / "home"
    office = os.environ | office_variables(home, sandbox, url) | {"PAPERMARKS_PREFECT": "false"}
    report = ingested(load(office), [SAMPLES / "biology-paper-2.xlsx"])
    assert "not_open" in outcomes(report).values()
    unasked = subprocess.run(  # our own command
        [sys.executable, "-P", "-m", "flows.cli", "rerun"],
        env=office,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert unasked.returncode == 2
    assert f"These left something: {report.account.run.id}: biology-paper-2.xlsx" in unasked.stderr
    with _terminal(office, "rerun") as terminal:
        terminal.until("Which one, by its number")
        assert f"1  {report.account.run.id}: biology-paper-2.xlsx: " in terminal.screen
        terminal.press(b"7\n")
        terminal.until("There are the numbers 1 to 1.")
        terminal.press(b"1\n")
        assert terminal.end() == 1, terminal.screen  # they are not open still
    (first, second) = sorted(path.name for path in (home / "reports").glob("*/"))
    assert first == report.account.run.id
    document = json.loads((home / "reports" / second / "reconciliation.json").read_bytes())
    assert document["run"]["parent"] == first
