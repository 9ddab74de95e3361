"""A machine that opens no more files, starts no more threads, or has no memory: it is said.

Nothing is lost: the next run sends what is missing.
"""

from __future__ import annotations

import errno
import importlib
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from pipeline.errors import ExitCode
from pipeline.sandbox import serve_in_thread
from tests.inbox import drop_folder
from tests.security.limited_machine import KEYS, command, ended_in_a_sentence, made_good

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits that Windows has not")

_NO_SURPASS = "http://127.0.0.1:9"


def _few_handles(handles: int, tmp_path: Path) -> None:
    file = tmp_path / "marks.csv"
    file.write_bytes(drop_folder.sheet(*KEYS))
    service = drop_folder.sandbox(KEYS)
    with serve_in_thread(service) as url:
        environment = drop_folder.environment(tmp_path / "home", url)
        limited = f'ulimit -n {handles}; exec "$0" -m flows.cli ingest "$1"'
        done = subprocess.run(  # noqa: S603  # our own command
            ["/bin/sh", "-c", limited, sys.executable, str(file)],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode != ExitCode.DONE:
            ended_in_a_sentence(done)
        made_good(service, environment, file)


@pytest.mark.parametrize("handles", [8, 12, 18])
def test_too_few_files_may_be_open(handles: int, tmp_path: Path) -> None:
    """So few that the ledger, then the reader, then the report cannot be opened."""
    _few_handles(handles, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("handles", range(5, 40))
def test_any_number_of_files_may_be_open(handles: int, tmp_path: Path) -> None:
    _few_handles(handles, tmp_path)


@dataclass(frozen=True)
class _Refused:
    """What the machine refuses from now on."""

    module: str
    name: str
    error: Exception

    def __call__(self) -> None:
        of, _, name = self.name.rpartition(".")
        holder = importlib.import_module(self.module)
        setattr(getattr(holder, of) if of else holder, name, partial(_refuse, self.error))


def _refuse(error: Exception, *_given: object) -> NoReturn:
    raise error


_NO_HANDLE = OSError(errno.EMFILE, "Too many open files")


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        # An event loop consists of these two; neither half a loop nor its coroutine is spoken of.
        (_Refused("selectors", "DefaultSelector", _NO_HANDLE), "Too many files are open"),
        (_Refused("socket", "socketpair", _NO_HANDLE), "Too many files are open"),
        (
            _Refused("threading", "Thread.start", RuntimeError("can't start new thread")),
            "This machine starts no more programs and threads",
        ),
        (_Refused("pipeline.stages.start", "load_papers", MemoryError()), "no memory left"),
    ],
    ids=["no selector", "no pipe", "no thread", "no memory"],
)
def test_one_sentence_says_so(refused: _Refused, message: str, tmp_path: Path) -> None:
    file = tmp_path / "marks.csv"
    file.write_bytes(drop_folder.sheet(*KEYS))
    environment = drop_folder.environment(tmp_path / "home", _NO_SURPASS)
    done = command(environment, "ingest", "-q", str(file), before=refused)
    assert done.returncode == ExitCode.STOPPED, done.stderr
    assert done.stderr.startswith("papermarks: ")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@dataclass(frozen=True)
class _NoMemory:
    module: str
    function: str
    code: ExitCode
    message: str


@pytest.mark.parametrize(
    "case",
    [
        _NoMemory(
            module="interpret.prepare",
            function="interpret",
            code=ExitCode.NOTHING_READABLE,
            message="could not be read: This machine",
        ),
        _NoMemory(
            module="report.returned",
            function="_content",
            code=ExitCode.NEEDS_A_PERSON,
            message="not made ready to mend: This machine",
        ),
        _NoMemory(
            module="report.as_page",
            function="build_page",
            code=ExitCode.STOPPED,
            message="This run sent nothing",
        ),
    ],
    ids=lambda case: case.module,
)
def test_no_memory_in_the_middle_of_a_run(case: _NoMemory, tmp_path: Path) -> None:
    """Not a fault of ours, nor of the file; the rest of the run goes on."""
    file = tmp_path / "marks.csv"
    file.write_text("Keycode,Q1\nLIMIT000,six\n")
    environment = drop_folder.environment(tmp_path / "home", _NO_SURPASS)
    refused = _Refused(f"pipeline.{case.module}", case.function, MemoryError())
    done = command(environment, "check", "--offline", str(file), before=refused)
    assert done.returncode == case.code, (done.stdout, done.stderr)
    shown = " ".join((done.stdout + done.stderr).split())
    assert case.message in shown
    assert "has no memory left" in shown
    assert "our fault" not in shown
