"""``papermarks serve``: one long-running process that keeps all the others alive.

    serve ─┬─ Prefect's server   unless PREFECT_API_URL names one
           ├─ the report server  shows the reports as web pages, on this machine
           ├─ the watcher        papermarks watch: takes files as they are dropped
           └─ the runner         the deployments sweep-inbox, nightly and rerun-failed

Each child holds the other end of a pipe to this process and ends with it, whatever ends it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from flows.log import Log
from flows.prefect_side import connect, schedule, server, sign_in
from flows.service import lifeline, report_links
from flows.service.supervised_process import SupervisedProcess
from pipeline.errors import InputError
from pipeline.inbox.lock import acquire
from pipeline.settings import PREFIX, Settings

_Child = Callable[..., SupervisedProcess]  # the folder and the log are given

_POLL_S = 0.1
_PORT_TIMEOUT_S = 10.0  # in which the server of a serve that was killed sets its port free


def serve(settings: Settings, log: Log) -> None:
    """Serve until SIGTERM or Ctrl-C. InputError where another one serves this home, or its port."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    os.environ.update(connect.environment(settings.home, os.environ))
    schedule.nightly(settings)  # what is wrong with it is said before anything is started
    with _only_one(settings):
        given = os.environ.get("PREFECT_API_URL")
        url = given or server.address(settings.prefect_port)
        # Prefect imports flows from the working directory first. That of the children is ours.
        home = settings.home.absolute()
        env = os.environ | {"PREFECT_API_URL": url, f"{PREFIX}HOME": str(home)}
        child = partial(SupervisedProcess, folder=home / "prefect", log=log)
        first, shown = [], f"Serving. What runs and ran is shown at {url.removesuffix('/api')}"
        if not given:
            string = env[connect.AUTH] = sign_in.sign_in(home)
            first = [_server(settings, url, string, env, child)]
            shown += f" (to sign in: the line in {home / 'prefect' / sign_in.FILE})"
        reports = _report_server(settings, env, child)
        if reports is not None:
            first.append(reports)
        greeting = [shown, _where_reports_are(settings, served=reports is not None)]
        _keep_alive(first, _watcher_and_runner(home, env, child), url, stop, log, greeting)
    log("Ended in good order.")


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    lock = acquire(settings.home / "prefect")
    if lock is None:
        raise InputError(f"papermarks serve runs for {settings.home} already; one is enough")
    try:
        yield
    finally:
        lock.release()


def _server(
    settings: Settings, url: str, string: str, env: Mapping[str, str], child: _Child
) -> SupervisedProcess:
    port = settings.prefect_port
    if not _becomes_free(port):
        raise InputError(_port_is_taken(port))
    connect.remember_address(settings.home, url)
    return child(
        name="Prefect's server",
        command=server.command(port),
        env=server.environment(port, string, env),
        answers=partial(server.answers, url),
    )


def _report_server(
    settings: Settings, env: Mapping[str, str], child: _Child
) -> SupervisedProcess | None:
    """The one that shows the reports; None where its port is taken: marks do not wait for it."""
    port, home = settings.reports_port, settings.home.absolute()
    if not _becomes_free(port):
        report_links.remember_address(home, None)
        return None
    report_links.remember_address(home, port)
    return child(
        name="The report server",
        command=report_links.command(home, settings.reports.absolute(), port),
        env=report_links.environment(env),
        answers=partial(report_links.answers, port),
    )


def _where_reports_are(settings: Settings, *, served: bool) -> str:
    port, file = settings.reports_port, settings.home / "prefect" / sign_in.REPORTS_FILE
    if served:
        return (
            f"The reports are shown at {report_links.address(port)}/ (the user is papermarks; the "
            f"password stands behind the colon in {file.absolute()})"
        )
    return (
        f"The reports are not shown as web pages: port {port} is taken by another program. Set "
        f"{PREFIX}REPORTS_PORT to a free one, and start again"
    )


def _watcher_and_runner(
    home: Path, env: Mapping[str, str], child: _Child
) -> list[SupervisedProcess]:
    python = [sys.executable, "-P", "-m"]
    watch = [*python, "flows.cli", "watch", "--until-stdin-closes"]
    runner = [*python, "flows.service.runner"]
    return [
        child(
            name="The watcher", command=watch, env=env, answers=_Changes(home / "prefect/watching")
        ),
        child(name="The runner", command=runner, env=env),
    ]


class _Changes:
    """Whether a file was touched since it was last asked. A clock that is set changes nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = 0

    def __call__(self) -> bool:
        try:
            now = self._path.stat().st_mtime_ns
        except OSError:
            return False
        changed, self._before = now != self._before, now
        return changed


def _keep_alive(
    first: Sequence[SupervisedProcess],
    then: Sequence[SupervisedProcess],
    url: str,
    stop: threading.Event,
    log: Log,
    greeting: Sequence[str],
) -> None:
    """Until told to stop. Marks do not wait for Prefect for ever: after a while, go on without."""
    deadline = time.monotonic() + connect.START_TIMEOUT_S
    waiting = True
    try:
        while not stop.wait(_POLL_S):
            for process in (*first, *([] if waiting else then)):
                process.poll()
            if waiting and (server.answers(url) or time.monotonic() > deadline):
                waiting = False
                for line in greeting:
                    log(line)
    finally:
        for group in (then, first):  # those that run flows still tell the server how they ended
            deadline = time.monotonic() + lifeline.GRACE_S
            for process in group:
                process.ask_to_end()
            for process in group:
                process.wait(deadline)


def _becomes_free(port: int) -> bool:
    deadline = time.monotonic() + _PORT_TIMEOUT_S
    while True:
        try:
            with socket.create_server((server.HOST, port)):
                return True
        except OSError:
            if time.monotonic() > deadline:
                return False
        time.sleep(_POLL_S)


def _port_is_taken(port: int) -> str:
    return (
        f"Port {port} is taken by another program. Set PAPERMARKS_PREFECT_PORT to a free one; or, "
        f"if that is a Prefect server to be used, PREFECT_API_URL={server.address(port)}"
    )
