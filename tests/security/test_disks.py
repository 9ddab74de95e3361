"""A disk that is full, or takes nothing: each command ends in a sentence, and nothing is lost.

On a real file system of a few hundred kilobytes where this user may mount one, else with a limit on
how large a file may grow. Whatever was sent is in the ledger, and is sent once.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
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
from pipeline.sandbox import serve_in_thread
from pipeline.stages import Job, Report, Step, execute_here, start
from pipeline.surpass import Surpass, access_of
from tests.inbox import drop_folder
from tests.ledger.running import outcomes, session, settings, sheet
from tests.security.limited_machine import KEYS, command, ended_in_a_sentence, made_good
from tests.serving import plain_wire, served

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits that Windows has not")


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
    rows = {key: [1, 2] for key in KEYS}
    with served([session(key) for key in KEYS]) as (sandbox, where):
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
        assert outcomes(report) == dict.fromkeys(KEYS, "accepted")
        assert "The report could not be written in " in shown
        assert "A file may not grow" in shown
        assert f"papermarks show {report.reconciliation.run.id}" in shown
        assert "are sent" in shown
        assert not [*report.folder.glob("*")], "no half of a file stays"

        again = asyncio.run(carry_out(execute_here))
        assert outcomes(again) == dict.fromkeys(KEYS, "unchanged")
        assert (again.folder / "reconciliation.xlsx").exists()
        assert [len(sandbox.session(key).applied) for key in KEYS] == [1, 1, 1]


def test_a_dropped_file_whose_report_cannot_be_written_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swept() -> list[FileResult]:
        return asyncio.run(sweep(office, log=lines.append))

    lines: list[str] = []
    service = drop_folder.sandbox(KEYS)
    with serve_in_thread(service) as url:
        office = drop_folder.settings(tmp_path, url)
        drop_folder.drop(tmp_path, "marks.csv", drop_folder.sheet(*KEYS))
        with monkeypatch.context() as full:
            full.setattr(report, "write", _when_full(report.write))
            (result,) = swept()
        assert (result.place, result.exit_code) == (Place.INBOX, ExitCode.STOPPED)
        assert "are sent" in result.line
        (result,) = swept()
        assert (result.place, result.outcomes) == (Place.DONE, {"unchanged": 3})
        assert [len(service.session(key).applied) for key in KEYS] == [1, 1, 1]


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


def _fills(tmp_path: Path, kilobytes: int) -> None:
    file = tmp_path / "marks.csv"
    file.write_bytes(drop_folder.sheet(*KEYS))
    service = drop_folder.sandbox(KEYS)
    with serve_in_thread(service) as url, _disk(tmp_path / "d", f"size={kilobytes}k") as disk:
        environment = drop_folder.environment(disk / "home", url)
        ended_in_a_sentence(command(environment, "ingest", str(file)))
        _remount(disk, "size=50m")
        made_good(service, environment, file)


@pytest.mark.parametrize("kilobytes", [4, 300])
def test_a_disk_that_fills(kilobytes: int, tmp_path: Path) -> None:
    _fills(tmp_path, kilobytes)


@pytest.mark.long
@pytest.mark.parametrize("kilobytes", range(4, 320, 8))
def test_a_disk_that_fills_anywhere(kilobytes: int, tmp_path: Path) -> None:
    _fills(tmp_path, kilobytes)


def _look_again() -> None:
    """Python asks once where temporary files belong; a fork knows the answer of its parent."""
    tempfile.tempdir = None


def test_what_is_written_meanwhile_lies_in_the_home(tmp_path: Path) -> None:
    """Where the system keeps such files the disk may be full, and others may look."""
    file = tmp_path / "marks.csv"
    file.write_bytes(drop_folder.sheet(*KEYS))
    service = drop_folder.sandbox(KEYS)
    with serve_in_thread(service) as url, _disk(tmp_path / "tmp", "size=8k") as full:
        environment = drop_folder.environment(tmp_path / "home", url) | {"TMPDIR": str(full)}
        done = command(environment, "ingest", str(file), before=_look_again)
        assert done.returncode == ExitCode.DONE, (done.stdout, done.stderr)
        assert [*full.iterdir()] == []
    (report,) = (tmp_path / "home" / "reports").glob("*/reconciliation.xlsx")
    assert [path.name for path in report.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("words", [("ingest",), ("runs",), ("sweep",)], ids=lambda words: words[0])
def test_a_disk_that_is_read_only(words: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "marks.csv"
    file.write_bytes(drop_folder.sheet(*KEYS))
    service = drop_folder.sandbox(KEYS)
    with serve_in_thread(service) as url, _disk(tmp_path / "d", "size=50m") as disk:
        environment = drop_folder.environment(disk / "home", url)
        _remount(disk, "ro")
        given = [*words, *([str(file)] if words == ("ingest",) else [])]
        done = command(environment, *given)
        ended_in_a_sentence(done)
        assert "read-only" in done.stderr.lower()
        assert service.journal.posts(KEYS[0]) == ()
        _remount(disk, "rw")
        made_good(service, environment, file)
