"""A child process that is kept alive: it is started again whatever it dies of."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.service import supervised_process
from flows.service.supervised_process import SupervisedProcess
from tests.flows.commands import until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")

_LIVES = "echo $$ >> started; cat > /dev/null"  # until its standard input ends
_STUBBORN = "echo $$ >> started; exec sleep 600"
_Supervised = Callable[..., SupervisedProcess]


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def supervised(
    tmp_path: Path, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[_Supervised]:
    """One by its shell script; whatever lives at the end is killed."""
    monkeypatch.setattr(supervised_process, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(supervised_process, "_CHECK_EVERY_S", 0.0)
    made: list[SupervisedProcess] = []

    def make(script: str, answers: Callable[[], bool] = lambda: True) -> SupervisedProcess:
        child = SupervisedProcess(
            name="The child",
            command=["/bin/sh", "-c", script],
            env=os.environ,
            folder=tmp_path,
            log=log.append,
            answers=answers,
        )
        made.append(child)
        return child

    yield make
    for child in made:
        child.ask_to_end()
        child.wait(time.monotonic())


def _started(folder: Path) -> list[int]:
    file = folder / "started"
    return [*map(int, file.read_text().split())] if file.exists() else []


def _until_started(child: SupervisedProcess, folder: Path, times: int) -> None:
    def enough() -> bool:
        child.poll()
        return len(_started(folder)) >= times

    until(enough, lambda: _started(folder))


def test_what_ends_is_started_again_after_longer_and_longer_pauses(
    supervised: _Supervised, log: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised_process, "_LONGEST_PAUSE_S", 0.003)
    child = supervised("echo $$ >> started; exit 3")
    _until_started(child, tmp_path, 4)
    assert len(set(_started(tmp_path))) >= 4
    assert all("The child ended (exit code 3); it is started again in" in line for line in log)
    assert child._pause_s == 0.003


def test_what_lived_long_enough_has_a_short_pause_again(
    supervised: _Supervised, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised_process, "_HEALTHY_AFTER_S", -1.0)
    child = supervised("echo $$ >> started; exit 3")
    _until_started(child, tmp_path, 3)
    assert child._pause_s <= 0.002


def test_what_was_killed_is_started_again_and_the_signal_is_said(
    supervised: _Supervised, log: list[str], tmp_path: Path
) -> None:
    child = supervised(_LIVES)
    _until_started(child, tmp_path, 1)
    os.kill(_started(tmp_path)[0], signal.SIGKILL)
    _until_started(child, tmp_path, 2)
    assert log[0].startswith("The child ended (by SIGKILL)")


def test_what_does_not_answer_is_ended_and_started_again(
    supervised: _Supervised, log: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised_process, "_SILENT_AFTER_S", 0.0)
    child = supervised(_STUBBORN, answers=lambda: len(log) >= 2)

    def ended() -> bool:
        child.poll()
        return len(log) >= 2

    until(ended, lambda: log)
    _until_started(child, tmp_path, 1)
    assert log[0] == "The child does not answer any more, and is ended."
    assert log[1].startswith("The child ended (by SIGKILL)")


def test_it_ends_by_itself_when_it_is_asked_to(supervised: _Supervised, tmp_path: Path) -> None:
    child = supervised(f"{_LIVES}; echo in good order > ended")
    _until_started(child, tmp_path, 1)
    child.ask_to_end()
    child.wait(time.monotonic() + 60)
    assert (tmp_path / "ended").read_text() == "in good order\n"
    child.wait(time.monotonic())  # again, and nothing is there


def test_what_does_not_end_by_itself_is_killed(supervised: _Supervised, tmp_path: Path) -> None:
    child = supervised(_STUBBORN)
    _until_started(child, tmp_path, 1)
    (pid,) = _started(tmp_path)
    child.ask_to_end()
    child.wait(time.monotonic())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_was_never_started_has_nothing_to_end(supervised: _Supervised) -> None:
    child = supervised(f"exec {sys.executable} -c pass")
    child.ask_to_end()
    child.wait(time.monotonic())
