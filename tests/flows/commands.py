"""Processes of an office that can be looked at and killed, and what its Prefect server shows."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests import plain_http
from tests.flows.conftest import MAX_WAIT_S

_T = TypeVar("_T")


def until(look: Callable[[], _T | None], why: Callable[[], object] = lambda: "") -> _T:
    """The first answer that is true; waiting for it has an end, which shows nothing."""
    deadline = time.monotonic() + MAX_WAIT_S
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):  # the server may be away, where it was killed
            if value := look():
                return value
        time.sleep(0.1)
    raise AssertionError(why())


@dataclass(frozen=True)
class Command:
    """A papermarks command in a process of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def output(self) -> str:
        """What it has written so far."""
        return self.log.read_text()

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait(MAX_WAIT_S)

    def end(self) -> int:
        """SIGTERM; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(MAX_WAIT_S)


@contextmanager
def papermarks(
    office: Mapping[str, str], log: Path, *words: str, cwd: Path | None = None
) -> Iterator[Command]:
    """The command while the block runs; it must not outlive it."""
    with log.open("ab") as output:
        started = subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-P", "-m", "flows.cli", *words],
            env=office,
            cwd=cwd,
            stdout=output,
            stderr=output,
        )
    try:
        yield Command(started, log)
    finally:
        started.kill()
        started.wait()


def below(pid: int) -> dict[int, str]:
    """The processes that this one started, and those that they did: their commands by id."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,args="],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    fields: dict[int, str] = {}
    parents = {pid}
    while parents:
        children = {int(row[0]): row[2] for row in rows if int(row[1]) in parents}
        fields |= children
        parents = set(children)
    return fields


def child(pid: int, words: str) -> int:
    """The process below this one that has these words in its command, once it is there."""

    def found() -> list[int]:
        return [below_it for below_it, command in below(pid).items() if words in command]

    return until(found, lambda: f"{words}: {below(pid)}")[0]


def lives(pid: int) -> bool:
    """Whether a process by this id is there, and no zombie."""
    listed = subprocess.run(  # noqa: S603
        ["ps", "-o", "stat=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.strip()[:1] not in {"", "Z"}


def kill(pid: int) -> None:
    """Kill -9."""
    os.kill(pid, signal.SIGKILL)


def signed_in(api: str, string: str) -> dict[str, str]:
    """The headers by which a server of ours takes a request, as Prefect's page sends them."""
    basic = base64.b64encode(string.encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Prefect-Csrf-Client": str(uuid.uuid4())}
    where = {"client": headers["Prefect-Csrf-Client"]}
    reply = plain_http.get(f"{api}/csrf-token", params=where, headers=headers)
    reply.raise_for_status()
    return headers | {"Prefect-Csrf-Token": reply.json()["token"]}


def query(
    api: str, what: str, where: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """What the server has of its flow runs, deployments, …"""
    return list(asked(lambda: plain_http.post(f"{api}/{what}/filter", json=where, headers=headers)))


def asked(request: Callable[[], httpx.Response]) -> Any:
    """The JSON of a reply. Where its database is busy, Prefect answers 503: it is asked again."""

    def reply() -> httpx.Response | None:
        answer = request()
        return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

    return until(reply).raise_for_status().json()


def runs(api: str, name: str, headers: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The flow runs with this in their name, which ends with our run's id; the oldest first."""
    where = {"flow_runs": {"name": {"like_": name}}, "sort": "START_TIME_ASC"}
    return query(api, "flow_runs", where, headers)
