"""Which reply becomes which error, and which of them are worth another try: one table."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from pipeline import errors
from pipeline.errors import (
    DOUBTFUL,
    AnswerLost,
    Forbidden,
    NotFound,
    NotUnderstood,
    Refused,
    SurpassError,
    SurpassMessage,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreachable,
    WrongState,
)
from pipeline.surpass import Surpass
from pipeline.surpass.wire import JsonClient
from tests.serving import CUT, access, all_of, asked, plain_wire, reply, saying, single
from tests.surpass.answers import CODE, NO, PAGE

AGAIN, ONCE = True, False


@dataclass(frozen=True)
class Row:
    answer: bytes
    error: type[SurpassError]
    worth_another_try: bool
    words: str


TABLE = {
    "no answer": Row(CUT, AnswerLost, AGAIN, "no whole answer"),
    "half an answer": Row(reply(single())[:-9], AnswerLost, AGAIN, "no whole answer"),
    "no HTTP": Row(b"220 mail.example ESMTP\r\n", AnswerLost, AGAIN, "no whole answer"),
    "bad compression": Row(
        reply("not gzip", Content_Encoding="gzip"), AnswerLost, AGAIN, "no whole answer"
    ),
    "401": Row(reply(NO, 401), Unauthorised, ONCE, "user name or password is wrong"),
    "401 as a page": Row(reply(PAGE, 401), Unauthorised, ONCE, "user name or password is wrong"),
    "403": Row(reply("", 403), Forbidden, ONCE, "may not do that"),
    "403 as a page": Row(reply(PAGE, 403), Forbidden, ONCE, "may not do that"),
    "403 with words": Row(reply(NO, 403), Forbidden, ONCE, r"Not now\. \(error 1234\)"),
    "404": Row(reply("", 404), NotFound, ONCE, "no such session"),
    "404 with words": Row(reply(NO, 404), NotFound, ONCE, r"Not now\. \(error 1234\)"),
    "200, nothing found": Row(
        reply({"response": [], "errors": []}), NotFound, ONCE, "does not know H76RBD8P"
    ),
    "400": Row(reply(NO, 400), NotFound, ONCE, r"^Not now\. \(error 1234\)$"),
    "400 without words": Row(reply("", 400), NotUnderstood, AGAIN, "HTTP 400"),
    "400 as a page": Row(reply(PAGE, 400), NotUnderstood, AGAIN, "HTTP 400"),
    "409": Row(reply({}, 409), NotUnderstood, AGAIN, "HTTP 409"),
    "410": Row(reply(NO, 410), NotFound, ONCE, "Not now"),
    "200 with an error": Row(reply(NO), NotFound, ONCE, r"^Not now\. \(error 1234\)$"),
    "200 with an error and a session": Row(
        reply(single(keycode=CODE) | NO), NotFound, ONCE, "Not now"
    ),
    "200 with errors in camel case": Row(
        reply({"errors": [{"errorCode": 5, "message": "one"}, {"message": "two"}]}),
        NotFound,
        ONCE,
        r"^one \(error 5\); two$",
    ),
    "200 with errors of odd form": Row(
        reply({"errors": ["no"], "response": []}), NotFound, ONCE, "not documented"
    ),
    "200 with errors that are no list": Row(
        reply({"errors": {"a": 1}, "response": []}), NotFound, ONCE, "not documented"
    ),
    "200, not JSON": Row(reply("{"), NotUnderstood, AGAIN, "not JSON"),
    "200 as a page": Row(reply(PAGE), NotUnderstood, AGAIN, "not JSON"),
    "200, not text": Row(reply(b"\xff\xfe\x00"), NotUnderstood, AGAIN, "not JSON"),
    "200, nested without end": Row(reply("[" * 200_000), NotUnderstood, AGAIN, "not JSON"),
    "200, empty": Row(reply(""), NotUnderstood, AGAIN, "not JSON"),
    "204": Row(reply("", 204), NotUnderstood, AGAIN, "not JSON"),
    "200, another form": Row(reply({"session": 1}), NotUnderstood, AGAIN, "documented form"),
    "301": Row(reply("", 301, Location="/login"), NotUnderstood, AGAIN, "elsewhere"),
    "302 as a page": Row(reply(PAGE, 302, Location="/"), NotUnderstood, AGAIN, "elsewhere"),
    "307": Row(reply("", 307, Location="/"), NotUnderstood, AGAIN, "elsewhere"),
    "429": Row(reply(NO, 429), Throttled, AGAIN, "patience"),
    "429 as a page": Row(reply(PAGE, 429), Throttled, AGAIN, "patience"),
    "500": Row(reply(NO, 500), Unavailable, AGAIN, "HTTP 500"),
    "502 as a page": Row(reply(PAGE, 502), Unavailable, AGAIN, "HTTP 502"),
    "503": Row(reply("", 503), Unavailable, AGAIN, "HTTP 503"),
    "504": Row(reply("", 504), Unavailable, AGAIN, "HTTP 504"),
}  # fmt: skip


async def read(surpass: Surpass) -> object:
    return await surpass.session(CODE)


async def read_result(surpass: Surpass) -> object:
    return await surpass.result(CODE)


@pytest.mark.parametrize("call", [read, read_result], ids=["session", "result"])
@pytest.mark.parametrize("name", TABLE)
def test_a_reply_and_its_error(name: str, call: Callable[[Surpass], Awaitable[object]]) -> None:
    row = TABLE[name]
    words = (
        row.words.replace("does not know", "knows no result of") if call is not read else row.words
    )
    with saying(row.answer) as server:
        with pytest.raises(row.error, match=words) as caught:
            asked(access(server.url), call)
        assert type(caught.value) is row.error
        assert len(server.requests) == (3 if row.worth_another_try else 1)


@dataclass(frozen=True)
class Proven:
    """What an answer of this status is, by what comes with it; whether that proves 'not taken'."""

    status: int
    error: type[SurpassError]
    own_words: bool  # with Surpass's own errors
    other: bool = False  # with a page, with other JSON, or with nothing
    other_error: type[SurpassError] | None = None  # where that is another error
    retry_after: str | None = None


PROVEN = {
    "200": Proven(200, Refused, own_words=True, other_error=NotUnderstood),
    "301": Proven(301, Refused, own_words=True, other_error=NotUnderstood),
    "400": Proven(400, Refused, own_words=True, other_error=NotUnderstood),
    "401": Proven(401, Unauthorised, own_words=True),
    "403": Proven(403, Forbidden, own_words=True),
    "404": Proven(404, NotFound, own_words=True),
    "408": Proven(408, Refused, own_words=True, other_error=NotUnderstood),
    "409": Proven(409, Refused, own_words=True, other_error=NotUnderstood),
    "422": Proven(422, Refused, own_words=True, other_error=NotUnderstood),
    "429": Proven(429, Throttled, own_words=True, other=True),
    "429 with a wait": Proven(429, Throttled, own_words=True, other=True, retry_after="3"),
    "500": Proven(500, Unavailable, own_words=False),
    "500 with a wait": Proven(500, Unavailable, own_words=False, retry_after="3"),
    "502": Proven(502, Unavailable, own_words=False),
    "503": Proven(503, Unavailable, own_words=False),
    "503 with a wait": Proven(503, Unavailable, own_words=True, other=True, retry_after="3"),
    "503 with a date": Proven(
        503, Unavailable, own_words=True, other=True, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"
    ),
    "503 with a wait that cannot be read": Proven(
        503, Unavailable, own_words=False, retry_after="soon"
    ),
    "504": Proven(504, Unavailable, own_words=False),
    "504 with a wait": Proven(504, Unavailable, own_words=False, retry_after="3"),
}  # fmt: skip
BODIES: dict[str, object] = {
    "Surpass's errors": NO,
    "a page": PAGE,
    "half of its JSON": '{"errors": [{"ErrorC',
    "a list": [NO],
    "nothing": "",
}
NO_ERRORS = {
    "other JSON": {"message": "no"},
    "errors null": {"errors": None},
    "no errors": {"errors": []},
}


async def exchanged(answer: bytes) -> object:
    """What the wire makes of one answer to a POST."""
    with saying(answer) as server:
        async with JsonClient(plain_wire(), access(server.url)) as http:
            return await http.exchange("POST", server.url)


@pytest.mark.parametrize("name", PROVEN)
@pytest.mark.parametrize("body", [*BODIES, *NO_ERRORS])
def test_what_an_answer_proves(name: str, body: str) -> None:
    case = PROVEN[name]
    content = (BODIES | NO_ERRORS)[body]
    wait = {} if case.retry_after is None else {"Retry_After": case.retry_after}
    answer = reply(content, case.status, **wait)
    is_surpass = body == "Surpass's errors"
    if case.status == 200 and (body in NO_ERRORS or body == "a list"):
        assert asyncio.run(exchanged(answer)) == content  # good, as far as the wire can tell
        return
    with pytest.raises(SurpassError) as caught:
        asyncio.run(exchanged(answer))
    assert type(caught.value) is (case.error if is_surpass else case.other_error or case.error)
    assert caught.value.not_taken is (case.own_words if is_surpass else case.other)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (CUT, AnswerLost),
        (reply(NO, 400)[:-9], AnswerLost),
        (b"220 mail.example ESMTP\r\n", AnswerLost),
    ],
    ids=["cut", "half an answer", "no HTTP"],
)
def test_no_whole_answer_proves_nothing(answer: bytes, error: type[SurpassError]) -> None:
    with pytest.raises(error) as caught:
        asyncio.run(exchanged(answer))
    assert not caught.value.not_taken


@pytest.mark.parametrize("body", [NO, PAGE, ""], ids=["its own", "a page", "nothing"])
def test_401_names_its_causes(body: object) -> None:
    with saying(reply(body, 401)) as server, pytest.raises(Unauthorised) as caught:
        asked(access(server.url), read)
    for cause in ("user name or password", "expired", "Basic", "single sign-on", "two factors"):
        assert cause in str(caught.value)


def test_every_error_that_surpass_can_cause_is_in_the_table() -> None:
    tested = {row.error for row in TABLE.values()} | {case.error for case in PROVEN.values()}
    # Below, and in test_at_the_sandbox.py.
    elsewhere = {SurpassError, errors._Denied, Unreachable, WrongState}
    assert tested | elsewhere == {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, SurpassError)
    }


def test_what_is_doubtful_is_worth_reading_again() -> None:
    assert {
        row.error for row in TABLE.values() if issubclass(row.error, DOUBTFUL)
    } == {row.error for row in TABLE.values() if row.worth_another_try}  # fmt: skip
    assert not issubclass(Unreachable, DOUBTFUL)


def test_without_a_server_it_is_unreachable_and_says_where() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, but nobody listens
        nowhere = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(Unreachable, match=r"no connection to 127\.0\.0\.1"):
            asked(access(nowhere), read)


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (httpx.ConnectTimeout, Unreachable),
        (httpx.PoolTimeout, Unreachable),
        (httpx.UnsupportedProtocol, Unreachable),
        (httpx.ReadTimeout, AnswerLost),
        (httpx.WriteTimeout, AnswerLost),
        (httpx.WriteError, AnswerLost),
        (httpx.CloseError, AnswerLost),
        (httpx.ProxyError, AnswerLost),
        (httpx.TooManyRedirects, AnswerLost),
    ],
)
def test_what_the_wire_raises_is_lost_unless_surely_nothing_left(
    raised: type[httpx.RequestError], error: type[SurpassError]
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise raised("", request=request)

    with pytest.raises(error, match=raised.__name__) as caught:  # it has no words, so it is named
        asked(access("http://surpass.invalid"), read, httpx.MockTransport(fail))
    assert caught.value.not_taken is (error is Unreachable)


def test_a_refusal_keeps_each_number_and_its_words() -> None:
    body = {"errors": [{"ErrorCode": 7, "Message": "One."}, {"Message": "Two."}]}
    with saying(reply(body, 422)) as server, pytest.raises(Refused) as caught:
        asked(access(server.url), lambda surpass: all_of(surpass.sessions()))
    assert caught.value.messages == (SurpassMessage(7, "One."), SurpassMessage(None, "Two."))
    assert caught.value.status == 422
