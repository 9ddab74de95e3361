"""``papermarks serve``: one long-running process that keeps all the others alive.

    serve ─┬─ Prefect's server   unless PREFECT_API_URL names one
           ├─ the watcher        papermarks watch: takes files as they are dropped
           └─ the runner         the deployments watch, nightly and rerun-failed

Each child holds the other end of a pipe to this process and ends with it, whatever ends it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from flows.prefect_side import connect, server
from flows.service import lifeline
from flows.service.child import Child, Say
from pipeline.errors import InputError
from pipeline.inbox.lock import acquire
from pipeline.settings import Settings

_TURN = 0.1  # seconds between two looks at the children
_LET_GO = 10.0  # seconds in which the server of a serve that was killed sets its port free


def serve(settings: Settings, say: Say) -> None:
    """Serve until SIGTERM or Ctrl-C. InputError where another one serves this home, or its port."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    manners = connect.settled(settings.home, os.environ)
    with _alone(settings):
        given = os.environ.get("PREFECT_API_URL")
        url = given or server.address(settings.prefect_port)
        env = os.environ | manners | {"PREFECT_API_URL": url}
        first = [] if given else [_server(settings, url, env, say)]
        _keep_alive(first, _others(env, say), url, stop, say)
    say("Ended in good order.")


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    lock = acquire(settings.home / "prefect")
    if lock is None:
        raise InputError(f"papermarks serve runs for {settings.home} already; one is enough")
    try:
        yield
    finally:
        lock.release()


def _server(settings: Settings, url: str, env: Mapping[str, str], say: Say) -> Child:
    port = settings.prefect_port
    _wait_until_free(port)
    connect.tell(settings.home, url)
    theirs = server.environment(port, env)
    answers = partial(server.answers, url)
    return Child("Prefect's server", server.command(port), theirs, say, answers)


def _others(env: Mapping[str, str], say: Say) -> list[Child]:
    python = [sys.executable, "-m"]
    return [
        Child("The watcher", [*python, "flows.service.lifeline", "watch"], env, say),
        Child("The runner", [*python, "flows.service.runner"], env, say),
    ]


def _keep_alive(
    first: Sequence[Child], then: Sequence[Child], url: str, stop: threading.Event, say: Say
) -> None:
    """Until told to stop. Marks do not wait for Prefect for ever: after a while, go on without."""
    patience = time.monotonic() + connect.PATIENCE
    waiting = True
    try:
        while not stop.wait(_TURN):
            for child in (*first, *([] if waiting else then)):
                child.tend()
            if waiting and (server.answers(url) or time.monotonic() > patience):
                waiting = False
                say(f"Serving. What runs and ran is shown at {url.removesuffix('/api')}")
    finally:
        for group in (then, first):  # those that run flows still tell the server how they ended
            until = time.monotonic() + lifeline.GRACE
            for child in group:
                child.ask_to_end()
            for child in group:
                child.wait(until)


def _wait_until_free(port: int) -> None:
    deadline = time.monotonic() + _LET_GO
    while True:
        try:
            with socket.create_server((server.HOST, port)):
                return
        except OSError as error:
            if time.monotonic() > deadline:
                raise InputError(_taken(port)) from error
        time.sleep(_TURN)


def _taken(port: int) -> str:
    return (
        f"Port {port} is taken by another program. Set PAPERMARKS_PREFECT_PORT to a free one; or, "
        f"if that is a Prefect server to be used, PREFECT_API_URL={server.address(port)}"
    )
