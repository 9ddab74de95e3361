"""What the tests of the Surpass half talk to, always over a real socket.

`served` is the sandbox. `saying` is a server that answers what it is reading, for what the sandbox
never says. Both come with an `Access` that is quick to try again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import socketserver
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import httpx
import pandas as pd

from pipeline.deliver.batches import batches, deliver
from pipeline.deliver.context import RunContext
from pipeline.deliver.follow_up import FollowUp
from pipeline.deliver.post import Delivery
from pipeline.ledger import Ledger
from pipeline.model import ENTRIES, FINDINGS, Ending, Run, Submission, Validated
from pipeline.sandbox import Sandbox, SandboxOptions, SandboxSession, serve_in_thread
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.surpass.transport import AiohttpTransport
from schemas.frames import Finding, NumberedEntry, SubmissionRow, typed
from schemas.words import Kind

USERNAME = "exam-office"
PASSWORD = "tr0ub4dor"
DONE = dt.datetime(2025, 6, 2, 9, 30, tzinfo=dt.UTC)

_Answer = TypeVar("_Answer")


def access(url: str, **changes: Any) -> Access:
    """Three tries in next to no time."""
    quick = Access(url, USERNAME, PASSWORD, timeout=10, max_attempts=3, retry_wait=0.001)
    return replace(quick, **changes)


@contextmanager
def served(sessions: Sequence[SandboxSession], **options: Any) -> Iterator[tuple[Sandbox, Access]]:
    """A sandbox with these sessions, and how to sign in there."""
    settings = {"username": USERNAME, "password": PASSWORD} | options
    sandbox = Sandbox(sessions, SandboxOptions(**settings))
    with serve_in_thread(sandbox) as url:
        yield sandbox, access(url)


def asked(
    where: Access,
    call: Callable[[Surpass], Awaitable[_Answer]],
    transport: httpx.AsyncBaseTransport | None = None,
) -> _Answer:
    """What a client with this access answers to one call."""

    async def asking() -> _Answer:
        async with Surpass(where, transport or plain_wire()) as surpass:
            return await call(surpass)

    return asyncio.run(asking())


def plain_wire() -> httpx.AsyncBaseTransport:
    """The client's own wire, but without the blink in which it reads certificates."""
    return AiohttpTransport(64, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


async def all_of(sessions: AsyncIterator[_Answer]) -> list[_Answer]:
    """Everything that an asynchronous iterator brings."""
    return [session async for session in sessions]


def marks(keycode: str, values: Mapping[str, int | None], number: int = 1) -> Submission:
    """A submission of marks."""
    return Submission(number, keycode, Kind.MARKS, marks=tuple(values.items()))


def responses(keycode: str, values: Mapping[str, str | None], number: int = 1) -> Submission:
    """A submission of multiple-choice answers."""
    return Submission(number, keycode, Kind.RESPONSES, answers=tuple(values.items()))


@contextmanager
def fresh_ledger() -> Iterator[Ledger]:
    """A ledger that knows nothing yet, on the disk as in a run."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        file.write_bytes(blank_ledger())
        with Ledger(f"sqlite:///{file}", "https://surpass.invalid") as ledger:
            yield ledger


@cache
def blank_ledger() -> bytes:
    """A ledger's file with its schema: to make that takes longer than most tests."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        with Ledger(f"sqlite:///{file}", "https://surpass.invalid"):
            pass
        return file.read_bytes()


async def send(
    submissions: Sequence[Submission],
    surpass: Surpass,
    breaker: CircuitBreaker,
    *,
    size: int = 100,
    advance: Callable[[], None] = lambda: None,
    quiet_period: float = 0,
    max_posts: int = 3,
) -> list[Ending]:
    """Where each ends: a run's delivery, batches of this size at once."""
    run = Run("20250602-093000-test", DONE)
    with fresh_ledger() as ledger:
        ledger.begin(run, _validated(submissions), submissions)
        context = RunContext(
            surpass, ledger, breaker, quiet_period=quiet_period, max_posts=max_posts
        )
        delivery = Delivery(run, DONE, context, advance)
        follow_up = FollowUp(delivery)
        groups = batches(submissions, size)
        parts = await asyncio.gather(*(deliver(group, delivery, follow_up) for group in groups))
        later = await follow_up.drain()
    return sorted(
        [ending for part in (*parts, later) for ending in part], key=lambda item: item.submission
    )


def _validated(submissions: Sequence[Submission]) -> Validated:
    """As if the submissions had been read from a file; only what the ledger looks at."""
    nothing = dict.fromkeys(ENTRIES) | {"renumbered": False}
    entries = [
        nothing
        | {
            "row": 1,
            "keycode": submission.keycode,
            "kind": submission.kind,
            "question": question,
            "value": None if value is None else str(value),
            "submission": submission.number,
        }
        for submission in submissions
        for question, value in (*submission.marks, *submission.answers)
    ]
    rows = [
        (submission.number, submission.keycode, str(submission.kind)) for submission in submissions
    ]
    numbers = pd.DataFrame(rows, columns=["number", "keycode", "kind"]).set_index("number")
    return Validated(
        (),
        typed(pd.DataFrame(entries), NumberedEntry),
        typed(pd.DataFrame(columns=FINDINGS), Finding),
        typed(numbers, SubmissionRow),
    )


def single(**session: object) -> dict[str, object]:
    """The body of a single reply, as documented."""
    return {**_NO_PAGES, "response": [session], "errors": [], "serverTimeZone": "Europe/London"}


_NO_PAGES = dict.fromkeys(("count", "top", "skip", "pageCount", "nextPageLink", "prevPageLink"))


def reply(body: object, status: int = 200, **headers: str) -> bytes:
    """An answer as it goes over the wire; a text or bytes as they are, all else as JSON."""
    if isinstance(body, str):
        body = body.encode()
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


CUT = b""  # in place of a reply: the connection is closed


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Saying:
    """A server that answers what it is told, and what it was asked."""

    url: str
    requests: list[Request] = field(default_factory=list)

    @property
    def methods(self) -> list[str]:
        """The methods of all requests so far."""
        return [request.method for request in self.requests]


@contextmanager
def saying(*replies: bytes) -> Iterator[Saying]:
    """Give the replies in this order, and the last of them ever after."""
    lock = threading.Lock()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            request = _read(self.rfile)
            if request is None:
                return
            with lock:
                server_log.requests.append(request)
                place = min(len(server_log.requests), len(replies)) - 1
            self.wfile.write(replies[place])

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        host, port = server.server_address[:2]
        server_log = Saying(f"http://{host!s}:{port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        try:
            yield server_log
        finally:
            server.shutdown()
            thread.join()


def _read(stream: Any) -> Request | None:
    first: bytes = stream.readline()
    if not first:
        return None
    method, target, _ = first.decode("ascii").split()
    headers = {}
    while line := stream.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return Request(method, target, headers, stream.read(int(headers.get("content-length", 0))))
