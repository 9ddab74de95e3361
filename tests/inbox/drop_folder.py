"""An office for one test: its folders, its Surpass, and processes that watch the inbox."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable
from multiprocessing.process import BaseProcess
from pathlib import Path

from flows.dropfolder.watcher import FileResult, sweep
from pipeline.inbox.names import is_report
from pipeline.sandbox import Sandbox, SandboxSession
from pipeline.settings import Settings
from tests import forked
from tests.plain_environment import plain_environment

MAX_WAIT_S = 180  # seconds: how long we wait at most, not how long it takes
SETTLE_S = 0.15  # seconds
PLACES = ("inbox", "working", "done", "attention", "rejected")


def sheet(*keycodes: str, mark: object = 3) -> bytes:
    """A mark sheet of two questions."""
    rows = (f"{keycode},{mark},{number % 6}\n" for number, keycode in enumerate(keycodes))
    return ("Keycode,Q1,Q2\n" + "".join(rows)).encode()


def sandbox(keycodes: Iterable[str]) -> Sandbox:
    """A Surpass that waits for these sessions' marks."""
    return Sandbox(SandboxSession.paper(keycode, {"1": 5, "2": 5}) for keycode in keycodes)


def environment(home: Path, url: str, **more: object) -> dict[str, str]:
    """An office's settings, quick to settle and to try again."""
    access = {"surpass_url": url, "surpass_username": "sandbox", "surpass_password": "sandbox"}
    quick = {"settle": SETTLE_S, "poll": 0.5, "retry_wait": 0.01, "max_attempts": 3}
    quick["quiet_period"] = 0
    variables = {"home": home, "prefect": False} | access | quick | more
    return {f"PAPERMARKS_{name.upper()}": str(value) for name, value in variables.items()}


def settings(home: Path, url: str, **more: object) -> Settings:
    """The same, in force."""
    prefix = "PAPERMARKS_"
    variables = environment(home, url, **more)
    return Settings.model_validate(
        {name.removeprefix(prefix).lower(): value for name, value in variables.items()}
    )


def drop(home: Path, name: str, content: bytes) -> Path:
    """A file in the inbox, there at once and whole."""
    path = home / "inbox" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def files(home: Path) -> dict[str, bytes]:
    """Every file in the folders of the inbox, by its path; not the locks."""
    paths = [path for place in PLACES for path in (home / place).rglob("*") if path.is_file()]
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in paths
        if path.name != ".lock"
    }


def contents(home: Path, place: str) -> Counter[str]:
    """How many files of which content lie in a place; not our own reports."""
    return Counter(
        digest(path.read_bytes())
        for path in (home / place).rglob("*")
        if path.is_file() and not is_report(path.name)
    )


def digest(content: bytes) -> str:
    """A content's name."""
    return hashlib.sha256(content).hexdigest()


def watcher(environment: dict[str, str], log: Path) -> BaseProcess:
    """``papermarks watch``, in a process of its own."""
    return forked.begin("watch", env=plain_environment(**environment), out=log, err=log)


def sweeper(environment: dict[str, str], log: Path) -> BaseProcess:
    """``papermarks sweep --json``, the same way."""
    return forked.begin("sweep", "--json", env=plain_environment(**environment), out=log, err=log)


def until(
    is_so: Callable[[], object], log: Path | None = None, max_wait_s: float = MAX_WAIT_S
) -> None:
    """Wait for it."""
    deadline = time.monotonic() + max_wait_s
    while not is_so():
        assert time.monotonic() < deadline, log and log.read_text()[-2000:]
        time.sleep(0.02)


def swept(home: Path, url: str, **more: object) -> tuple[list[FileResult], list[str]]:
    """What one sweep did with each file, and what it said."""
    lines: list[str] = []
    return asyncio.run(sweep(settings(home, url, **more), log=lines.append)), lines
