"""Never more requests at once than asked for, and no more a second."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from pipeline.sandbox import Fault, FaultKind, SandboxSession
from pipeline.surpass import Access, Surpass
from tests.serving import access, plain_wire, served


async def many(login: Access, wire: httpx.AsyncBaseTransport | None, count: int) -> None:
    async with Surpass(login, wire) as surpass:
        await asyncio.gather(*(surpass.session("H76RBD8P") for _ in range(count)))


def test_the_clients_own_wire_opens_no_more_connections_than_asked() -> None:
    """Whoever asks for a hundred sessions at once still has only so many requests under way."""
    under_way: list[int] = []
    now = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal now
        await reader.readuntil(b"\r\n\r\n")
        now += 1
        under_way.append(now)
        await asyncio.sleep(0.02)
        now -= 1
        body = b'{"response": [{"keycode": "H76RBD8P"}]}'
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 39\r\n\r\n" + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            await many(access(f"http://127.0.0.1:{port}", concurrency=3), None, 30)

    asyncio.run(serve())
    assert len(under_way) == 30
    assert max(under_way) == 3


@pytest.mark.parametrize("rate", [50, 200])
def test_requests_a_second_are_bounded(rate: float) -> None:
    with served([SandboxSession.paper("H76RBD8P")]) as (sandbox, login):
        begun = time.monotonic()
        asyncio.run(many(access(login.url, rate_limit=rate), plain_wire(), 30))
        seconds = time.monotonic() - begun
    assert len(sandbox.journal.entries) == 30
    assert seconds >= 29 / rate * 0.9


def test_tries_count_against_the_rate_too() -> None:
    with served([SandboxSession.paper("H76RBD8P")]) as (sandbox, login):
        sandbox.faults.set(Fault(FaultKind.UNAVAILABLE, times=20))
        begun = time.monotonic()
        eager = access(login.url, rate_limit=50, max_attempts=21, retry_wait=0)
        asyncio.run(many(eager, plain_wire(), 1))
        seconds = time.monotonic() - begun
    assert len(sandbox.journal.entries) == 21
    assert seconds >= 20 / 50 * 0.9
