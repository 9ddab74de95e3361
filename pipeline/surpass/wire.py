"""Send one HTTP request; httpx's errors and HTTP's statuses become our errors here alone."""

from __future__ import annotations

import datetime as dt
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
from pipeline.surpass.replies import errors_in

# Nothing has left for the server when one of these is raised.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


async def exchange(http: httpx.AsyncClient, request: httpx.Request) -> object:
    """Send the request and return the JSON body of a good answer; every other end is an error."""
    try:
        response = await http.send(request)
    except _NOT_SENT as error:
        raise Unreachable(f"no connection to {request.url.host}: {_words_of(error)}") from error
    except httpx.HTTPError as error:
        raise AnswerLost(f"no whole answer came: {_words_of(error)}") from error
    return _body_or_error(response)


def _words_of(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__  # a timeout has no words of its own


def _body_or_error(response: httpx.Response) -> object:
    """The body of a good answer. A refusal counts as Surpass's own only with its own errors."""
    status = response.status_code
    body = _json(response)
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
    if body is None:
        raise NotUnderstood("the answer is not JSON")
    return body


_NOT_SIGNED_IN = (
    "Surpass refused to sign us in (HTTP 401): the user name or password is wrong, or the password "
    "has expired; or this Surpass has Basic sign-in switched off, or wants single sign-on (SAML) "
    "or two factors"
)


def _json(response: httpx.Response) -> object:
    """The body's JSON; None where it is none: an error page of something on the way."""
    try:
        return response.json()
    except (ValueError, RecursionError):  # the latter: nested beyond all reason
        return None


def retry_after(response: httpx.Response) -> float | None:
    """How many seconds the answer asks us to wait: given in seconds, or as a date."""
    header = response.headers.get("retry-after", "").strip()
    if header.isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=dt.UTC)
    return max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds())
