"""Send one HTTP request; httpx's errors and HTTP's statuses become our errors here alone."""

from __future__ import annotations

import datetime as dt
import time
from base64 import b64encode
from collections.abc import AsyncIterable
from http import HTTPStatus
from types import TracebackType
from typing import Self, cast

import httpx

from pipeline.errors import (
    AnswerLost,
    Forbidden,
    NotFound,
    NotUnderstood,
    Refused,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreachable,
)
from pipeline.foreign_text import in_a_line
from pipeline.surpass import json_body
from pipeline.surpass.access import Access
from pipeline.surpass.clock import SurpassClock, http_date
from pipeline.surpass.no_connection import explain_no_connection
from pipeline.surpass.patience import Patience
from pipeline.surpass.replies import errors_in

MOST_BYTES = 32_000_000  # of an answer, packed or not; a list's page has some 100,000
_MOST_OF_AN_ERROR = 300  # characters
_A_DAY_S = 86_400

# Nothing has left for the server when one of these is raised.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class JsonClient:
    """Sends requests over a transport, each once and as it is, and takes their answers.

    As httpx's own client would, without what costs a request more than its way does: no redirect is
    followed, and the sign-in goes along by itself. Cookies are kept: by them one of several servers
    may know what it has just been told.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, access: Access) -> None:
        """Send nothing yet. ValueError (httpx.InvalidURL) where the address is none."""
        self.base = httpx.URL(access.url.rstrip("/").removesuffix("/api/v2") + "/api/v2/")
        self.patience = Patience(access.timeout)
        self.clock = SurpassClock()
        self._transport = transport
        self._headers = _headers(self.base, access)
        self._headers_with_body = httpx.Headers(
            [*self._headers.raw, (b"Content-Type", b"application/json")]
        )
        self._extensions = {"timeout": httpx.Timeout(access.timeout).as_dict()}
        self._cookies = httpx.Cookies()

    async def __aenter__(self) -> Self:
        """Open what the transport needs."""
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        await self._transport.__aexit__(kind, error, trace)

    async def exchange(self, method: str, address: str, body: object = None) -> object:
        """Send one request; the JSON body of a good answer. Every other end is an error."""
        request = httpx.Request(
            method,
            address,
            headers=self._headers if body is None else self._headers_with_body,
            content=None if body is None else json_body.dump(body),
            extensions=self._extensions,
        )
        if self._cookies:
            self._cookies.set_cookie_header(request)
        asked_at = time.monotonic()
        response, content = await self._exchange(request)
        answer = _body_or_error(response, content)
        self.clock.hear(response.headers, asked_at)
        return answer

    async def _exchange(self, request: httpx.Request) -> tuple[httpx.Response, bytes | None]:
        """The answer, and what it holds; None where that is too much."""
        try:
            async with self.patience.limit():
                response = await self._transport.handle_async_request(request)
                try:
                    content = await _content(response)
                finally:
                    await response.aclose()
            self._keep_cookies(request, response)
        except _NOT_SENT as error:
            raise Unreachable(
                f"no connection to {request.url.host}: {explain_no_connection(error)}"
            ) from error
        except httpx.HTTPError as error:
            raise AnswerLost(f"no whole answer came: {_words_of(error)}") from error
        except TimeoutError as error:
            raise AnswerLost("no whole answer came in time") from error
        except Exception as error:  # over headers that are odd: it has no one class for that
            name = type(error).__name__
            raise AnswerLost(f"the answer cannot be taken apart: {name}") from error
        return response, content

    def _keep_cookies(self, request: httpx.Request, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            response.request = request
            self._cookies.extract_cookies(response)


def _headers(base: httpx.URL, access: Access) -> httpx.Headers:
    """What every request bears; made once."""
    credentials = b64encode(f"{access.username}:{access.password}".encode()).decode()
    return httpx.Headers(
        {
            "Host": base.netloc.decode("ascii"),
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": "papermarks",
            "Authorization": f"Basic {credentials}",
        }
    )


async def _content(response: httpx.Response) -> bytes | None:
    """What the answer holds, counted as it unpacks; None where that is more than any answer has."""
    packed = "content-encoding" in response.headers
    parts = response.aiter_bytes() if packed else cast(AsyncIterable[bytes], response.stream)
    content: list[bytes] = []
    size = 0
    async for part in parts:
        content.append(part)
        size += len(part)
        if size > MOST_BYTES:
            return None
    return b"".join(content)


def _words_of(error: httpx.HTTPError) -> str:
    # A timeout has no words of its own; some have those of the other side.
    return in_a_line(str(error), _MOST_OF_AN_ERROR) or type(error).__name__


def _body_or_error(response: httpx.Response, content: bytes | None) -> object:
    """The body of a good answer. A refusal counts as Surpass's own only with its own errors."""
    status = response.status_code
    body = None if content is None else json_body.load(content)
    messages = errors_in(body)
    words, by_surpass = "; ".join(map(str, messages)), bool(messages)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled("Surpass asks for patience (HTTP 429)", retry_after(response))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait = retry_after(response)
        turned_away = status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None
        raise Unavailable(f"Surpass cannot serve now (HTTP {status})", wait, not_taken=turned_away)
    if status == HTTPStatus.UNAUTHORIZED:
        raise Unauthorised(_NOT_SIGNED_IN, not_taken=by_surpass)
    if status == HTTPStatus.FORBIDDEN:
        why = "this user may not do that for this subject or centre (HTTP 403)"
        raise Forbidden(f"{words} (HTTP 403)" if words else why, not_taken=by_surpass)
    if status == HTTPStatus.NOT_FOUND:
        raise NotFound(words or "there is no such session (HTTP 404)", not_taken=by_surpass)
    if by_surpass:
        raise Refused(messages, status)
    if status >= HTTPStatus.BAD_REQUEST:
        raise NotUnderstood(f"an answer that is not Surpass's own (HTTP {status})")
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise NotUnderstood(f"Surpass points elsewhere (HTTP {status}): is its address right?")
    if content is None:
        raise NotUnderstood(f"the answer is longer than {MOST_BYTES // 1_000_000} MB")
    if body is None:
        raise NotUnderstood("the answer is not JSON")
    return body


_NOT_SIGNED_IN = (
    "Surpass refused to sign us in (HTTP 401): the user name or password is wrong, or the password "
    "has expired; or this Surpass has Basic sign-in switched off, or wants single sign-on (SAML) "
    "or two factors"
)


def retry_after(response: httpx.Response) -> float | None:
    """How many seconds the answer asks us to wait: given in seconds, or as a date.

    None where it is neither. Nothing is waited for longer than a day.
    """
    header = response.headers.get("retry-after", "").strip()
    if header.isascii() and header.isdecimal():
        return float(min(int(header[:9]), _A_DAY_S))
    until = http_date(header)
    if until is None:
        return None
    wait_s = (until - dt.datetime.now(dt.UTC)).total_seconds()
    return min(max(0.0, wait_s), float(_A_DAY_S))
