"""What carries the requests: aiohttp's connections under httpx's client.

httpx's own pool looks through all its connections at each request, so that its pace falls as they
grow; see tests/benchmarks/README.md for the figures. Behind a proxy httpx's own wire is used.

What matters here is which error means what. Nothing has left this machine when the connection could
not be made (httpx.ConnectError, httpx.ConnectTimeout); after every other error it may have:

    aiohttp says                                      httpx's word          so a POST is
    cannot connect, name unknown, certificate wrong   ConnectError          surely not sent
    no connection in time                             ConnectTimeout        surely not sent
    server disconnected, reset, no answer in time     ReadError, …Timeout   perhaps taken
    no HTTP, half an answer                           RemoteProtocolError   perhaps taken
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from functools import lru_cache
from urllib.request import getproxies

import aiohttp
import httpx
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from pipeline.surpass.wire import MOST_BYTES
from pipeline.tls import verifying

_PIECE = 65_536  # bytes
_KEPT_S = 5.0  # seconds that an idle connection is kept: less than servers do, so none is stale


def transport_to(
    url: str, connections: int, tls: ssl.SSLContext | None = None
) -> httpx.AsyncBaseTransport:
    """What carries requests to this address: httpx's own connections where a proxy is on the way.

    ``tls`` verifies the server's certificate, where it is to be another than the usual one.
    """
    encrypted = url.lower().startswith("https:")
    verify = (tls or verifying()) if encrypted else None
    if getproxies().keys() & {"all", "http", "https"}:
        return ProxyTransport(connections, verify)
    return AiohttpTransport(connections, verify)


class ProxyTransport(httpx.AsyncBaseTransport):
    """Sends each request once, over the proxies that the usual variables name."""

    def __init__(self, connections: int, tls: ssl.SSLContext | None = None) -> None:
        """Connect to nothing yet."""
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._http = httpx.AsyncClient(limits=limits, verify=tls or True)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; the answer is still to be read."""
        return await self._http.send(request, stream=True, follow_redirects=False)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends each request once, over kept connections; ``tls`` verifies the server's certificate."""

    def __init__(self, connections: int, tls: ssl.SSLContext | None = None) -> None:
        """Connect to nothing yet: connections belong to the event loop of the first request."""
        self._connections = connections
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and read the answer; no more of it than an answer may have."""
        if self._session is None:
            self._session = self._opened()
        timeouts = request.extensions.get("timeout", {})
        try:
            async with self._session.request(
                request.method,
                URL(str(request.url), encoded=True),  # not quoted anew: as the client wrote it
                headers=request.headers,
                data=request.content or None,
                allow_redirects=False,
                timeout=_timeouts(*map(timeouts.get, ("pool", "connect", "read"))),
            ) as answer:
                content = await _content(answer)
        except (aiohttp.ClientError, HttpProcessingError, TimeoutError, OSError) as error:
            raise _as_httpx(error)(str(error), request=request) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=_InPieces(content))

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections,
                keepalive_timeout=_KEPT_S,
                ssl=True if self._tls is None else self._tls,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # httpx does
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )
        # aiohttp sends a GET or PUT again by itself where a kept connection was closed. A change
        # whose answer was lost is never simply sent again: the client reads the session first.
        session._retry_connection = False
        return session


async def _content(answer: aiohttp.ClientResponse) -> bytes:
    """The bytes of an answer; some more than it may have where there are more, or no end."""
    if answer.content_length is not None and answer.content_length <= MOST_BYTES:
        return await answer.read()
    content = bytearray()
    async for part in answer.content.iter_any():
        content += part
        if len(content) > MOST_BYTES:
            answer.close()
            break
    return bytes(content)


class _InPieces(httpx.AsyncByteStream):
    """An answer that has been read; in pieces, so that it can be counted as it is unpacked."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), _PIECE):
            yield self._content[start : start + _PIECE]


@lru_cache
def _timeouts(
    pool: float | None, connect: float | None, read: float | None
) -> aiohttp.ClientTimeout:
    """The same for aiohttp. It has none for writing, nor is one set for the whole: the client's."""
    return aiohttp.ClientTimeout(
        total=None,
        connect=pool,
        sock_connect=connect,
        sock_read=read,
        ceil_threshold=float("inf"),  # as exact as they are set
    )


def _as_httpx(error: Exception) -> type[httpx.RequestError]:
    """The name that httpx has for the error. Whatever is not surely unsent may have been taken."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout
    if isinstance(error, aiohttp.ClientConnectorError):
        return httpx.ConnectError
    if isinstance(error, aiohttp.InvalidURL):
        return httpx.UnsupportedProtocol
    if isinstance(error, TimeoutError):
        return httpx.ReadTimeout
    if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError):
        return httpx.RemoteProtocolError
    return httpx.ReadError
