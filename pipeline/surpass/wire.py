"""Send one HTTP request; httpx's errors and HTTP's statuses become our errors here alone."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http import HTTPStatus

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
from pipeline.surpass.clock import SurpassClock
from pipeline.surpass.no_connection import explain_no_connection
from pipeline.surpass.replies import errors_in

MOST_BYTES = 32_000_000  # of an answer, packed or not; a list's page has some 100,000
_MOST_DIGITS = 18  # that every database keeps
_MOST_OF_AN_ERROR = 300  # characters
_WHOLE_FACTOR = 2  # times the time-out of one wait: what a whole answer may take
_NO_TIMEOUT_S = 3600.0
_HURRIED_S = 2.0  # for which an answer is waited for after Ctrl-C
_A_DAY_S = 86_400

# Nothing has left for the server when one of these is raised.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Patience:
    """How long whole answers are waited for.

    The client's time-out is for each wait alone. All of them together may take twice as long, or an
    answer of a byte at a time would never be given up. Once somebody waits for our end, no answer
    is waited for much longer: what it was is read by the next run.
    """

    def __init__(self, timeout_s: float | None) -> None:
        """``timeout_s`` of one wait."""
        self.whole_s = _WHOLE_FACTOR * (timeout_s or _NO_TIMEOUT_S)
        self._end: float | None = None
        self._waits: set[asyncio.Timeout] = set()

    def hurry(self) -> None:
        """Give up soon what is waited for, and all that is asked from now on."""
        self._end = asyncio.get_running_loop().time() + _HURRIED_S
        for wait in self._waits:
            if not wait.expired():
                wait.reschedule(self._sooner(wait.when()))

    @contextmanager
    def limit(self) -> Iterator[asyncio.Timeout]:
        """Within this block an answer is waited for, by the time-out that is given."""
        now = asyncio.get_running_loop().time()
        wait = asyncio.timeout_at(self._sooner(now + self.whole_s))
        self._waits.add(wait)
        try:
            yield wait
        finally:
            self._waits.discard(wait)

    def _sooner(self, when: float | None) -> float | None:
        return when if self._end is None else min(self._end, when or self._end)


async def exchange(
    http: httpx.AsyncClient,
    request: httpx.Request,
    patience: Patience | None = None,
    clock: SurpassClock | None = None,
) -> object:
    """Send the request and return the JSON body of a good answer; every other end is an error.

    ``clock`` hears the date of a good answer.
    """
    patience = patience or Patience(http.timeout.read)
    asked_at = time.monotonic()
    with patience.limit() as wait:
        response, content = await _exchange(http, request, wait)
    body = _body_or_error(response, content)
    if clock is not None:
        clock.hear(response.headers, asked_at)
    return body


async def _exchange(
    http: httpx.AsyncClient, request: httpx.Request, wait: asyncio.Timeout
) -> tuple[httpx.Response, bytes | None]:
    """The answer, and what it holds; None where that is too much."""
    try:
        async with wait:
            response = await http.send(request, stream=True)
            try:
                content = await _content(response)
            finally:
                await response.aclose()
    except _NOT_SENT as error:
        raise Unreachable(
            f"no connection to {request.url.host}: {explain_no_connection(error)}"
        ) from error
    except httpx.HTTPError as error:
        raise AnswerLost(f"no whole answer came: {_words_of(error)}") from error
    except TimeoutError as error:
        raise AnswerLost("no whole answer came in time") from error
    except Exception as error:  # over headers that httpx takes apart: it has no one class for that
        raise AnswerLost(f"the answer cannot be taken apart: {type(error).__name__}") from error
    return response, content


async def _content(response: httpx.Response) -> bytes | None:
    """What the answer holds, counted as it unpacks; None where that is more than any answer has."""
    content = bytearray()
    async for part in response.aiter_bytes():
        content += part
        if len(content) > MOST_BYTES:
            return None
    return bytes(content)


def _words_of(error: httpx.HTTPError) -> str:
    # A timeout has no words of its own; some have those of the other side.
    return in_a_line(str(error), _MOST_OF_AN_ERROR) or type(error).__name__


def _body_or_error(response: httpx.Response, content: bytes | None) -> object:
    """The body of a good answer. A refusal counts as Surpass's own only with its own errors."""
    status = response.status_code
    body = None if content is None else _json(content)
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


def _json(content: bytes) -> object:
    """The body's JSON; None where it is none, such as an error page of something on the way.

    None too where it holds what JSON has not, or what nothing of ours could keep: NaN, a number
    beyond any range, half of a character.
    """
    try:
        body = json.loads(
            content, parse_constant=_refused, parse_float=_float, parse_int=_whole_number
        )
        if b"\\ud" in content.lower():
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # the latter: nested beyond all reason
        return None
    return body


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond any range")
    return number


def _whole_number(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError("a number beyond any range")
    return int(text)


def retry_after(response: httpx.Response) -> float | None:
    """How many seconds the answer asks us to wait: given in seconds, or as a date.

    None where it is neither. Nothing is waited for longer than a day.
    """
    header = response.headers.get("retry-after", "").strip()
    if header.isascii() and header.isdecimal():
        return float(min(int(header[:_MOST_DIGITS]), _A_DAY_S))
    try:
        until = parsedate_to_datetime(header)
        if until.tzinfo is None:
            until = until.replace(tzinfo=dt.UTC)
        wait_s = (until - dt.datetime.now(dt.UTC)).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(0.0, wait_s), float(_A_DAY_S))
