"""A stand-in for Surpass that is fast: what is measured is the client, not this.

It knows any keycode, answers each request after a set time, and counts what it takes. It does not
check what it is told: `pipeline/sandbox` does, and is not fast.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

QUESTIONS = 10
USER, PASSWORD = "benchmark", "benchmark"

_PROCESSES = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Seen:
    """What the server saw since it was last asked: of how long, and how much."""

    seconds: float  # from the first request to the last answer
    requests: int
    posts: int
    sessions: int  # with exactly one POST


class _Store:
    """The marks that were sent, and the moments of the first request and the last answer."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.marks: dict[str, dict[str, float]] = {}
        self.posts: dict[str, int] = {}
        self.requests = 0
        self.first = self.last = 0.0

    def seen(self) -> Seen:
        posts = sum(self.posts.values())
        once = sum(count == 1 for count in self.posts.values())
        return Seen(self.last - self.first, self.requests, posts, once)

    def answer(self, method: str, path: str, body: bytes) -> bytes:
        if not self.requests:
            self.first = time.perf_counter()
        self.requests += 1
        keycode = path.split("?")[0].split("/")[4]
        if method == "POST":
            self.posts[keycode] = self.posts.get(keycode, 0) + 1
            self.marks[keycode] = {
                item["questionNumber"]: item["mark"] or 0.0 for item in json.loads(body)
            }
            return _framed(b'{"id":1,"reference":"%b","errors":null}' % keycode.encode())
        return _framed(_session(keycode, self.marks.get(keycode)))


def _session(keycode: str, marks: dict[str, float] | None) -> bytes:
    state = b"PaperResponseUpload" if marks is None else b"Marked"
    items = b",".join(
        b'{"displayNumber":"%d","availableMarks":5,"type":"Question","mark":%f,"awardedMark":%f}'
        % (number, mark, mark)
        for number in range(1, QUESTIONS + 1)
        for mark in [(marks or {}).get(str(number), 0.0)]
    )
    return (
        b'{"count":1,"response":[{"id":1,"reference":"%b","keycode":"%b","testState":"%b",'
        b'"sections":[{"id":1,"items":[%b]}]}],"errors":null,'
        b'"serverTimeZone":"GMT Standard Time"}'
        % (keycode.encode(), keycode.encode(), state, items)
    )


def _framed(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


class _Protocol(asyncio.Protocol):
    """One connection: a request at a time, as all these clients send them."""

    def __init__(self, store: _Store, latency_s: float) -> None:
        self._store = store
        self._latency_s = latency_s
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        lowered = head.lower()
        at = lowered.find(b"\r\ncontent-length:")
        length = 0 if at < 0 else int(lowered[at + 17 :].split(b"\r\n", 1)[0])
        if len(rest) < length:
            return
        self._received = rest[length:]
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split()
        answer = self._store.answer(method, path, rest[:length])
        if self._latency_s:
            asyncio.get_running_loop().call_later(self._latency_s, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        self._transport.write(answer)
        self._store.last = time.perf_counter()


def _serve(line: Connection, latency_s: float) -> None:
    async def serve() -> None:
        store = _Store()
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(
            lambda: _Protocol(store, latency_s), "127.0.0.1", 0, backlog=1024
        )
        line.send(listening.sockets[0].getsockname()[1])
        done = loop.create_future()

        def asked() -> None:
            try:
                line.recv()
            except EOFError:
                loop.remove_reader(line.fileno())
                done.set_result(None)
                return
            line.send(store.seen())
            store.reset()

        loop.add_reader(line.fileno(), asked)
        await done
        listening.close()

    asyncio.run(serve())


class Server:
    """The server's process, and the line to it."""

    def __init__(self, port: int, line: Connection) -> None:
        """Where it listens."""
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._line = line

    def seen(self) -> Seen:
        """What it saw since the last time, which it forgets."""
        self._line.send("seen")
        seen: Seen = self._line.recv()
        return seen


@contextmanager
def serving(latency_s: float) -> Iterator[Server]:
    """A server in a process of its own, which answers each request after so many seconds."""
    here, there = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_serve, args=(there, latency_s), daemon=True)
    process.start()
    there.close()
    try:
        yield Server(here.recv(), here)
    finally:
        here.close()
        process.join()
