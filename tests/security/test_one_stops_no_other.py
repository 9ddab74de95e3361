"""One bad file, folder or session stops no other: each has its own fate, and it is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

from flows.dropfolder import watcher
from flows.dropfolder.backoff import Backoff
from flows.service.supervisor import _Changes
from pipeline.errors import ExitCode, ReadingUnavailable
from pipeline.inbox import Inbox, Place
from pipeline.interpret import prepare
from pipeline.sandbox import Fault, FaultKind, Sandbox, serve_in_thread
from tests import forked
from tests.inbox.drop_folder import drop, environment, sandbox, sheet, swept, until
from tests.plain_environment import plain_environment
from tests.security import hostile_files

_KEYS = [f"OTHER{number:03d}" for number in range(8)]


@pytest.fixture
def surpass() -> Iterator[tuple[Sandbox, str]]:
    service = sandbox(_KEYS)
    with serve_in_thread(service) as url:
        yield service, url


def _checked(home: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    env = plain_environment(PAPERMARKS_HOME=str(home))
    return forked.papermarks("check", "--offline", "--json", *map(str, files), env=env)


def test_a_check_of_a_bad_and_a_good_file_has_a_report(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.xlsx", tmp_path / "good.csv"
    bad.write_bytes(hostile_files.content("cell far away, unseen.xlsx"))
    good.write_bytes(sheet(_KEYS[0]))
    done = _checked(tmp_path / "home", bad, good)
    assert done.returncode == ExitCode.NEEDS_A_PERSON, done.stderr
    found = json.loads(done.stdout)
    assert found["totals"]["by_outcome"]["ready"] == 1
    assert [each["rule"] for each in found["findings"]] == ["file-unreadable"]


def test_a_defect_of_ours_over_one_file_is_a_finding_of_that_file(
    tmp_path: Path, surpass: tuple[Sandbox, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names where, and nothing of what stands in the file."""
    interpret = prepare.interpret  # type: ignore[attr-defined]  # as it is called there

    def breaks(source: object, *rest: object) -> object:
        if "bad" in str(source):
            raise IndexError("Zoë Müller, 17")
        return interpret(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(prepare, "interpret", breaks)
    drop(tmp_path, "a bad.csv", sheet(_KEYS[0]))
    drop(tmp_path, "good.csv", sheet(_KEYS[1]))
    results, _ = swept(tmp_path, surpass[1])
    places = {result.file: result.place for result in results}
    assert places == {"a bad.csv": Place.REJECTED, "good.csv": Place.DONE}
    reports = (tmp_path / "reports").rglob("reconciliation.json")
    texts = "".join(report.read_text(encoding="utf-8") for report in reports)
    assert "our fault: please report IndexError in test_one_stops_no_other.py" in texts
    assert "Müller" not in texts


def test_where_no_file_can_be_read_none_is_rejected(
    tmp_path: Path, surpass: tuple[Sandbox, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the process that reads cannot be started says nothing of the files."""
    from pipeline.read import child

    child._end()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    drop(tmp_path, "good.csv", sheet(_KEYS[0]))
    (result,), _ = swept(tmp_path, surpass[1])
    assert isinstance(result.error, ReadingUnavailable)
    assert result.place is Place.INBOX
    monkeypatch.undo()
    (again,), _ = swept(tmp_path, surpass[1])
    assert again.place is Place.DONE


def test_sessions_that_surpass_cannot_serve_starve_nobody(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    """Two old files whose session answers 500 each time, and younger ones: a few sweeps do all."""
    service, url = surpass
    for keycode in _KEYS[:2]:
        service.faults.set(
            *(Fault(FaultKind.ERROR_BEFORE, keycode=keycode) for keycode in _KEYS[:2])
        )
        path = drop(tmp_path, f"{keycode}.csv", sheet(keycode))
        os.utime(path, (1_000_000_000, 1_000_000_000))
    for keycode in _KEYS[2:]:
        drop(tmp_path, f"{keycode}.csv", sheet(keycode))
    for _ in range(20):
        swept(tmp_path, url, max_attempts=1)
        if len([*(tmp_path / "done").rglob("*.csv")]) == len(_KEYS) - 2:
            break
    assert {path.stem for path in (tmp_path / "done").rglob("*.csv")} == {*_KEYS[2:]}
    assert {path.stem for path in (tmp_path / "inbox").rglob("*.csv")} == {*_KEYS[:2]}


def test_what_failed_before_comes_last() -> None:
    backoff = Backoff(5.0, clock=lambda: 0.0)
    backoff.failed("twice")
    backoff.failed("twice")
    backoff.failed("once")
    assert sorted(["twice", "once", "new"], key=backoff.wait) == ["new", "once", "twice"]


@pytest.mark.skipif(os.name != "posix", reason="folders deeper than Windows makes them")
def test_a_folder_a_thousand_levels_deep_is_said_and_left(
    tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    drop(tmp_path, "good.csv", sheet(_KEYS[0]))
    here = os.open(tmp_path / "inbox", os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("marks.csv", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    try:
        results, lines = swept(tmp_path, surpass[1])
    finally:
        subprocess.run(["rm", "-rf", str(tmp_path / "inbox" / "d")], check=True)  # noqa: S603, S607
    assert [result.place for result in results] == [Place.DONE]
    assert any("30 folders deep" in line for line in lines)


@pytest.mark.parametrize(
    "name",
    ["x" * 251 + ".csv", "é" * 125 + ".csv", "marks." + "x" * 249, "x" * 255],
    ids=["ASCII", "two bytes a letter", "a long ending", "no ending"],
)
def test_a_second_of_a_long_name_has_a_place(
    name: str, tmp_path: Path, surpass: tuple[Sandbox, str]
) -> None:
    for keycode in _KEYS[:3]:
        drop(tmp_path, name, sheet(keycode))
        (result,), _ = swept(tmp_path, surpass[1])
        assert result.place is Place.DONE, result
    filed = [path for path in (tmp_path / "done").rglob("*") if path.is_file()]
    assert sum(path.name.endswith(".receipt.txt") for path in filed) == 3
    assert len(filed) == 6


def test_a_sweep_that_could_take_nothing_does_not_end_well(
    tmp_path: Path, surpass: tuple[Sandbox, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = Inbox.claim

    def refused(inbox: Inbox, path: PurePath) -> object:
        if "bad" in path.name:
            raise PermissionError(13, "Permission denied")
        return claim(inbox, path)

    monkeypatch.setattr(Inbox, "claim", refused)
    drop(tmp_path, "bad.csv", sheet(_KEYS[0]))
    drop(tmp_path, "good.csv", sheet(_KEYS[1]))
    results, _ = swept(tmp_path, surpass[1])
    codes = {result.file: result.exit_code for result in results}
    assert codes == {"good.csv": ExitCode.DONE, "bad.csv": ExitCode.STOPPED}


_HANGS = """
import signal, threading
from flows.service import lifeline
lifeline.GRACE_S = 0.1
signal.signal(signal.SIGTERM, lambda *_: lifeline.exit_within_grace(130))
print("ready", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_what_hangs_ends_after_its_grace() -> None:
    with subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-c", _HANGS], stdout=subprocess.PIPE
    ) as hanging:
        assert hanging.stdout is not None
        hanging.stdout.readline()
        hanging.terminate()
        assert hanging.wait(60) == ExitCode.INTERRUPTED


def test_a_watcher_that_is_stuck_shows(tmp_path: Path) -> None:
    """By a file that its event loop touches; a clock that was set back counts as a change too."""
    changes = _Changes(watcher.heartbeat(tmp_path))
    assert not changes()
    watcher.heartbeat(tmp_path).parent.mkdir()
    watcher.heartbeat(tmp_path).touch()
    assert changes()
    assert not changes()
    os.utime(watcher.heartbeat(tmp_path), (1, 1))
    assert changes()


def test_a_watcher_says_that_it_is_not_stuck(tmp_path: Path, surpass: tuple[Sandbox, str]) -> None:
    with subprocess.Popen(  # our own command
        [sys.executable, "-m", "flows.cli", "watch", "--until-stdin-closes"],
        env={**os.environ, **environment(tmp_path, surpass[1])},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as watching:
        assert watching.stderr is not None
        watching.stderr.readline()  # that it watches
        changes = _Changes(watcher.heartbeat(tmp_path))
        until(lambda: changes() or watching.poll() is not None, max_wait_s=60)
        assert watching.poll() is None
        watching.communicate(timeout=60)
