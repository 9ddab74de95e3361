"""What real sockets do wrong, and what each means for a request: surely not sent, or perhaps."""

from __future__ import annotations

import asyncio
import ssl
import struct
from asyncio import StreamReader as Reader
from asyncio import StreamWriter as Writer
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.errors import AnswerLost, SurpassError, Unreachable
from pipeline.surpass.transport import AiohttpTransport, ProxyTransport, transport_to
from pipeline.surpass.wire import JsonClient
from tests.security.certificates import self_signed
from tests.serving import access

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

Behaviour = Callable[[Reader, Writer, int], Awaitable[bool]]
"""Answers the connection's n-th request, from 0; False where the connection is then closed."""


@dataclass
class Counter:
    """How many requests came in whole."""

    requests: int = 0


@asynccontextmanager
async def server(
    behaviour: Behaviour, tls: ssl.SSLContext | None = None, heads: list[bytes] | None = None
) -> AsyncIterator[tuple[int, Counter]]:
    """A server whose connections are kept until it misbehaves; ``heads`` gets those it reads."""
    counter = Counter()
    served: list[asyncio.Task[None]] = []

    async def serve(reader: Reader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.append(task)
        number = 0
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        await reader.readexactly(int(line.split(b":")[1]))
                counter.requests += 1
                if heads is not None:
                    heads.append(head)
                if not await behaviour(reader, writer, number):
                    return
                number += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1], counter
    finally:
        listening.close()
        await asyncio.gather(*served)


def saying(*parts: bytes) -> Behaviour:
    """Answers the first request with the first of these, and so on; then closes."""

    async def answer(_: Reader, writer: Writer, number: int) -> bool:
        writer.write(parts[number])
        await writer.drain()
        return number + 1 < len(parts)

    return answer


async def nothing_at_all(reader: Reader, _: Writer, __: int) -> bool:
    await reader.read()
    return False


async def reset(_: Reader, writer: Writer, number: int) -> bool:
    """A good answer, then the connection is reset in the middle of the next."""
    if number == 0:
        writer.write(GOOD)
        return True
    sock = writer.get_extra_info("socket")
    sock.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER of no time at all: RST
    writer.transport.abort()
    return False


async def exchanged(http: JsonClient, method: str) -> SurpassError | None:
    """How one exchange with a body ends."""
    try:
        await http.exchange(method, f"{http.base}x", {"mark": 1})
    except SurpassError as error:
        return error
    return None


@dataclass(frozen=True, kw_only=True)
class Fault:
    behaviour: Behaviour
    good_before: int = 0  # requests that are answered before the fault, on the same connection
    requests: int = 1  # that reached the server by then


LOST = {
    "closed instead of an answer": Fault(behaviour=saying(b"")),
    "half a head": Fault(behaviour=saying(GOOD[:20])),
    "half a body": Fault(behaviour=saying(GOOD[:-1])),
    "no HTTP": Fault(behaviour=saying(b"220 mail.example ESMTP\r\n\r\n")),
    "a broken chunk": Fault(
        behaviour=saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}")
    ),
    "a head without end": Fault(behaviour=saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000)),
    "no gzip": Fault(
        behaviour=saying(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
        )
    ),
    "silence": Fault(behaviour=nothing_at_all),
    "a kept connection closed at its second request": Fault(
        behaviour=saying(GOOD, b""), good_before=1, requests=2
    ),
    "a kept connection reset at its second request": Fault(
        behaviour=reset, good_before=1, requests=2
    ),
}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "GET"])
@pytest.mark.parametrize("name", LOST)
def test_what_may_have_been_taken_is_lost_and_never_sent_again_by_the_wire(
    name: str, method: str
) -> None:
    fault = LOST[name]
    timeout_s = 0.3 if name == "silence" else 30

    async def run() -> None:
        async with (
            server(fault.behaviour) as (port, counter),
            JsonClient(
                AiohttpTransport(1), access(f"http://127.0.0.1:{port}", timeout=timeout_s)
            ) as http,
        ):
            for _ in range(fault.good_before):
                assert await exchanged(http, method) is None
            error = await exchanged(http, method)
            assert type(error) is AnswerLost
            assert not error.not_taken
            assert counter.requests == fault.requests

    asyncio.run(run())


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate that nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(folder / "server.pem", from_days=-1, until_days=1))
    return context


def test_a_certificate_that_nobody_vouches_for_sends_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with server(saying(GOOD), certificate(tmp_path)) as (port, counter):
            url = f"https://localhost:{port}"
            async with JsonClient(transport_to(url, 1), access(url)) as http:
                error = await exchanged(http, "POST")
            assert type(error) is Unreachable
            assert error.not_taken
            assert "certificate" in str(error)
            assert counter.requests == 0

    asyncio.run(run())


def test_one_that_is_trusted_is_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server_tls = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))

    async def run() -> None:
        async with server(saying(GOOD), server_tls) as (port, counter):
            url = f"https://localhost:{port}"
            async with JsonClient(transport_to(url, 1), access(url)) as http:
                assert await exchanged(http, "POST") is None
            assert counter.requests == 1

    asyncio.run(run())


def test_a_name_that_nobody_has_is_sent_nothing() -> None:
    async def run() -> None:
        url = "http://nobody.invalid"
        async with JsonClient(transport_to(url, 1), access(url)) as http:
            error = await exchanged(http, "POST")
        assert type(error) is Unreachable
        assert error.not_taken

    asyncio.run(run())


def test_a_server_without_tls_where_tls_is_expected_is_sent_nothing() -> None:
    """As HTTP servers do, it answers the handshake with an error."""
    first_bytes: list[bytes] = []

    async def refuse(reader: Reader, writer: Writer) -> None:
        first_bytes.append(await reader.read(1))
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        writer.close()

    async def run() -> None:
        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as listening:
            url = f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
            async with JsonClient(transport_to(url, 1), access(url)) as http:
                error = await exchanged(http, "POST")
        assert type(error) is Unreachable
        assert error.not_taken
        assert "no encrypted connection" in str(error)

    asyncio.run(run())
    assert first_bytes == [b"\x16"]  # a handshake, and no request


def test_a_server_that_is_silent_at_the_handshake_was_sent_nothing() -> None:
    async def run() -> None:
        async with server(nothing_at_all) as (port, counter):
            url = f"https://127.0.0.1:{port}"
            async with JsonClient(transport_to(url, 1), access(url, timeout=0.3)) as http:
                error = await exchanged(http, "POST")
            assert type(error) is Unreachable
            assert "timeout" in str(error)
            assert counter.requests == 0

    asyncio.run(run())


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
def test_behind_a_proxy_httpx_finds_the_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ("all", "http", "https"):
        monkeypatch.delenv(f"{other}_proxy", raising=False)
        monkeypatch.delenv(f"{other}_proxy".upper(), raising=False)
    assert isinstance(transport_to("http://surpass", 1), AiohttpTransport)
    monkeypatch.setenv(name, "http://proxy.example:3128")
    assert isinstance(transport_to("http://surpass", 1), ProxyTransport)


def test_a_proxy_is_asked_for_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[bytes] = []

    async def run() -> None:
        async with server(saying(GOOD, GOOD), heads=heads) as (port, _):
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
            url = "http://surpass.invalid"
            async with JsonClient(transport_to(url, 1), access(url)) as http:
                assert await exchanged(http, "POST") is None

    asyncio.run(run())
    assert heads[0].startswith(b"POST http://surpass.invalid/api/v2/x HTTP/1.1\r\n")


def test_a_cookie_goes_back_to_who_set_it() -> None:
    """Before several servers stands one that knows by it which of them was told of a change."""
    heads: list[bytes] = []
    setting = GOOD.replace(b"\r\n", b"\r\nSet-Cookie: node=b; Path=/\r\n", 1)

    async def run() -> None:
        async with server(saying(setting, GOOD), heads=heads) as (port, _):
            url = f"http://127.0.0.1:{port}"
            async with JsonClient(transport_to(url, 1), access(url)) as http:
                assert await exchanged(http, "POST") is None
                assert await exchanged(http, "GET") is None

    asyncio.run(run())
    assert [b"cookie: node=b" in head.lower() for head in heads] == [False, True]
