"""A disk that is full, or takes nothing: each command ends in a sentence, and nothing is lost.

On a real file system of a few hundred kilobytes where this user may mount one, else with a limit on
how large a file may grow. Whatever was sent is in the ledger, and is sent once.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.cli import exits
from flows.dropfolder.watcher import FileResult, sweep
from pipeline import report
from pipeline.errors import ExitCode
from pipeline.inbox import Place
from pipeline.progress import QUIET
from pipeline.run import ingest
from pipeline.sandbox import Sandbox, serve_in_thread
from pipeline.stages import Job, Report, Step, execute_here, start
from pipeline.surpass import Surpass, access_of
from tests import forked
from tests.inbox import drop_folder
from tests.ledger.running import outcomes, session, settings, sheet
from tests.plain_environment import plain_environment
from tests.serving import plain_wire, served

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits that Windows has not")

_KEYS = [f"DISKS{number:03d}" for number in range(3)]


@contextmanager
def _no_file_grows_over(most_bytes: int) -> Iterator[None]:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def _full_at_the_report(name: str, work: Callable[[], Awaitable[Any]]) -> Any:
    if name != "write the report":
        return await work()
    with _no_file_grows_over(1000):
        return await work()


def test_a_disk_that_fills_at_the_report_hides_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = {key: [1, 2] for key in _KEYS}
    with served([session(key) for key in _KEYS]) as (sandbox, where):
        office = settings(tmp_path / "home", where.url)
        file = sheet(tmp_path / "marks.csv", rows)

        async def carry_out(step: Step) -> Report:
            work = start(Job(office), [file], QUIET)
            async with Surpass(access_of(office), plain_wire()) as surpass:
                return await ingest(work, surpass, step)

        report = asyncio.run(carry_out(_full_at_the_report))
        from flows.cli import show

        show.summary(report)
        shown = capsys.readouterr().out.replace("\n", " ")
        assert exits.for_report(report) is ExitCode.STOPPED
        assert outcomes(report) == dict.fromkeys(_KEYS, "accepted")
        assert "The report could not be written in " in shown
        assert "A file may not grow" in shown
        assert f"papermarks show {report.reconciliation.run.id}" in shown
        assert "are sent" in shown
        assert not [*report.folder.glob("*")], "no half of a file stays"

        again = asyncio.run(carry_out(execute_here))
        assert outcomes(again) == dict.fromkeys(_KEYS, "unchanged")
        assert (again.folder / "reconciliation.xlsx").exists()
        assert [len(sandbox.session(key).applied) for key in _KEYS] == [1, 1, 1]


def test_a_dropped_file_whose_report_cannot_be_written_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swept() -> list[FileResult]:
        return asyncio.run(sweep(office, log=lines.append))

    lines: list[str] = []
    service = drop_folder.sandbox(_KEYS)
    with serve_in_thread(service) as url:
        office = drop_folder.settings(tmp_path, url)
        drop_folder.drop(tmp_path, "marks.csv", drop_folder.sheet(*_KEYS))
        with monkeypatch.context() as full:
            full.setattr(report, "write", _when_full(report.write))
            (result,) = swept()
        assert (result.place, result.exit_code) == (Place.INBOX, ExitCode.STOPPED)
        assert "are sent" in result.line
        (result,) = swept()
        assert (result.place, result.outcomes) == (Place.DONE, {"unchanged": 3})
        assert [len(service.session(key).applied) for key in _KEYS] == [1, 1, 1]


def _when_full(write: Callable[..., Path]) -> Callable[..., Path]:
    def limited(*given: Any, **named: Any) -> Path:
        with _no_file_grows_over(1000):
            return write(*given, **named)

    return limited


# --- on a file system of its own


@contextmanager
def _disk(folder: Path, *options: str) -> Iterator[Path]:
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(  # noqa: S603
        ["mount", "-t", "tmpfs", "-o", ",".join(options), "papermarks-test", str(folder)],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S603, S607


def _remount(folder: Path, *options: str) -> None:
    command = ["mount", "-o", ",".join(["remount", *options]), str(folder)]
    subprocess.run(command, check=True)  # noqa: S603


def _command(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return forked.papermarks(*words, env=plain_environment(**environment))


def _ended_in_a_sentence(done: subprocess.CompletedProcess[str]) -> None:
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    assert done.returncode in {ExitCode.WRONG_USAGE, ExitCode.STOPPED}, (done.stdout, done.stderr)


def _made_good(service: Sandbox, environment: Mapping[str, str], file: Path) -> None:
    done = _command(environment, "ingest", str(file))
    assert done.returncode == ExitCode.DONE, (done.stdout, done.stderr)
    assert [len(service.session(key).applied) for key in _KEYS] == [1, 1, 1]


def _fills(tmp_path: Path, kilobytes: int) -> None:
    file = tmp_path / "marks.csv"
    file.write_bytes(drop_folder.sheet(*_KEYS))
    service = drop_folder.sandbox(_KEYS)
    with serve_in_thread(service) as url, _disk(tmp_path / "d", f"size={kilobytes}k") as disk:
        environment = drop_folder.environment(disk / "home", url)
        _ended_in_a_sentence(_command(environment, "ingest", str(file)))
        _remount(disk, "size=50m")
        _made_good(service, environment, file)


@pytest.mark.parametrize("kilobytes", [4, 300])
def test_a_disk_that_fills(kilobytes: int, tmp_path: Path) -> None:
    _fills(tmp_path, kilobytes)


@pytest.mark.long
@pytest.mark.parametrize("kilobytes", range(4, 320, 8))
def test_a_disk_that_fills_anywhere(kilobytes: int, tmp_path: Path) -> None:
    _fills(tmp_path, kilobytes)


def _few_handles(handles: int, tmp_path: Path) -> None:
    file = tmp_path / "marks.csv"
    file.write_bytes(drop_folder.sheet(*_KEYS))
    service = drop_folder.sandbox(_KEYS)
    with serve_in_thread(service) as url:
        environment = drop_folder.environment(tmp_path / "home", url)
        limited = f'ulimit -n {handles}; exec "$0" -m flows.cli ingest "$1"'
        done = _run(["/bin/sh", "-c", limited, sys.executable, str(file)], environment)
        if done.returncode != ExitCode.DONE:
            _ended_in_a_sentence(done)
        _made_good(service, environment, file)


def _run(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("handles", [8, 12, 18])
def test_too_few_files_may_be_open(handles: int, tmp_path: Path) -> None:
    """So few that the ledger, then the reader, then the report cannot be opened."""
    _few_handles(handles, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("handles", range(5, 40))
def test_any_number_of_files_may_be_open(handles: int, tmp_path: Path) -> None:
    _few_handles(handles, tmp_path)


@pytest.mark.parametrize("part", ["selectors.DefaultSelector", "socket.socketpair"])
def test_no_file_may_be_opened_for_an_event_loop(part: str, tmp_path: Path) -> None:
    """Which consists of these two; neither half a loop nor what was to run in it is told of."""
    file = tmp_path / "marks.csv"
    file.write_bytes(drop_folder.sheet(*_KEYS))
    environment = drop_folder.environment(tmp_path / "home", "http://127.0.0.1:9")
    none_left = f"""
import errno, {part.partition(".")[0]}, sys
def none(*_):
    raise OSError(errno.EMFILE, "Too many open files")
{part} = none
from flows.cli import main
main()
"""
    done = _run([sys.executable, "-c", none_left, "check", "-q", str(file)], environment)
    assert done.returncode == ExitCode.STOPPED
    assert done.stderr.startswith("papermarks: Too many files are open on this machine. ")
    assert len(done.stderr.splitlines()) == 1


_NO_THREADS = """
import sys, threading
def none(self):
    raise RuntimeError("can't start new thread")
threading.Thread.start = none
from flows.cli import main
main()
"""
_NO_MEMORY = """
import importlib, sys
def none(*_):
    raise MemoryError
importlib.import_module("pipeline.{room}").{function} = none
from flows.cli import main
main()
"""


def test_no_thread_can_be_started(tmp_path: Path) -> None:
    file = tmp_path / "marks.csv"
    file.write_bytes(drop_folder.sheet(*_KEYS))
    environment = drop_folder.environment(tmp_path / "home", "http://127.0.0.1:9")
    done = _run([sys.executable, "-c", _NO_THREADS, "ingest", "-q", str(file)], environment)
    assert done.returncode == ExitCode.STOPPED, done.stderr
    assert done.stderr.startswith("papermarks: This machine starts no more programs and threads. ")
    assert len(done.stderr.splitlines()) == 1


@dataclass(frozen=True)
class _NoMemory:
    room: str
    function: str
    code: ExitCode
    told: str


@pytest.mark.parametrize(
    "case",
    [
        _NoMemory("stages.start", "load_papers", ExitCode.STOPPED, "papermarks: This machine has"),
        _NoMemory(
            "interpret.prepare", "interpret", ExitCode.NOTHING_READABLE, "be read: This machine"
        ),
        _NoMemory("report.returned", "_content", ExitCode.NEEDS_A_PERSON, "to mend: This machine"),
        _NoMemory("report.as_page", "build_page", ExitCode.STOPPED, "This run sent nothing"),
    ],
    ids=lambda case: case.room,
)
def test_no_memory_is_left(case: _NoMemory, tmp_path: Path) -> None:
    """Not a fault of ours, nor of the file."""
    file = tmp_path / "marks.csv"
    file.write_text("Keycode,Q1\nDISKS000,six\n")
    environment = drop_folder.environment(tmp_path / "home", "http://127.0.0.1:9")
    none_left = _NO_MEMORY.format(room=case.room, function=case.function)
    done = _run([sys.executable, "-c", none_left, "check", "--offline", str(file)], environment)
    assert done.returncode == case.code, (done.stdout, done.stderr)
    shown = " ".join((done.stdout + done.stderr).split())
    assert case.told in shown
    assert "has no memory left" in shown
    assert "our fault" not in shown


def test_what_is_written_meanwhile_lies_in_the_home(tmp_path: Path) -> None:
    """Where the system keeps such files the disk may be full, and others may look."""
    file = tmp_path / "marks.csv"
    file.write_bytes(drop_folder.sheet(*_KEYS))
    service = drop_folder.sandbox(_KEYS)
    with serve_in_thread(service) as url, _disk(tmp_path / "tmp", "size=8k") as full:
        environment = drop_folder.environment(tmp_path / "home", url) | {"TMPDIR": str(full)}
        done = _run([sys.executable, "-m", "flows.cli", "ingest", str(file)], environment)
        assert done.returncode == ExitCode.DONE, (done.stdout, done.stderr)
        assert [*full.iterdir()] == []
    (report,) = (tmp_path / "home" / "reports").glob("*/reconciliation.xlsx")
    assert [path.name for path in report.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("words", [("ingest",), ("runs",), ("sweep",)], ids=lambda words: words[0])
def test_a_disk_that_is_read_only(words: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "marks.csv"
    file.write_bytes(drop_folder.sheet(*_KEYS))
    service = drop_folder.sandbox(_KEYS)
    with serve_in_thread(service) as url, _disk(tmp_path / "d", "size=50m") as disk:
        environment = drop_folder.environment(disk / "home", url)
        _remount(disk, "ro")
        given = [*words, *([str(file)] if words == ("ingest",) else [])]
        done = _command(environment, *given)
        _ended_in_a_sentence(done)
        assert "read-only" in done.stderr.lower()
        assert service.journal.posts(_KEYS[0]) == ()
        _remount(disk, "rw")
        _made_good(service, environment, file)
