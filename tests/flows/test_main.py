"""How a command ends where what it does not expect comes up to the top."""

from __future__ import annotations

import errno
import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import cli
from pipeline.errors import ExitCode


@pytest.fixture(autouse=True)
def _own_garbage() -> Iterator[None]:
    """A command leaves the collector as the end of a process wants it: not so in this one."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def _raised(error: Exception, monkeypatch: pytest.MonkeyPatch, home: Path) -> int | str | None:
    """The exit code of a command that meets this error."""

    def fails(**_options: object) -> None:
        raise error

    monkeypatch.setenv("PAPERMARKS_HOME", str(home))
    monkeypatch.setattr(cli, "app", fails)
    monkeypatch.setattr(sys, "argv", ["papermarks", "runs"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def test_what_is_wrong_with_the_machine_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/somewhere/marks.csv")
    assert _raised(full, monkeypatch, tmp_path) == ExitCode.STOPPED
    said = capsys.readouterr().err
    assert said.startswith("papermarks: ")
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(OSError("of no known kind"), id="system"),
        pytest.param(KeyError("Q1"), id="ours"),
    ],
)
def test_what_nobody_expected_is_our_fault(
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _raised(error, monkeypatch, tmp_path) == ExitCode.OUR_FAULT
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "this is our fault. Please report it" in said
