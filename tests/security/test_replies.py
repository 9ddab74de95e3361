"""Answers that are garbage, without end, or odd: each ends in one typed error, soon."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from pipeline.errors import AnswerLost, NotUnderstood, Refused, SurpassError, Unavailable
from pipeline.surpass import Surpass
from pipeline.surpass.wire import retry_after
from tests.one_answer import answering_each, read_request
from tests.serving import access, asked, reply, saying, single


async def _read(surpass: Surpass) -> object:
    return await surpass.session("AB12CD34")


async def _list(surpass: Surpass) -> object:
    return [session async for session in surpass.sessions()]


def _session(**more: str) -> bytes:
    """A good reply, in which texts stand as JSON as they are given."""
    body = json.dumps(single(id=1, keycode="AB12CD34", testState="PaperResponseUpload"))
    inner = "".join(f', "{name}": {value}' for name, value in more.items())
    return body.replace('"keycode"', f'"extra": 0{inner}, "keycode"').encode()


_BODIES = {
    "nothing": b"",
    "HTML": b"<html>" + b"x" * 100_000,
    "NaN": _session(mark="NaN"),
    "infinity": _session(mark="-Infinity"),
    "a float beyond range": _session(mark="1e999"),
    "an id beyond range": _session(mark="9" * 100),
    "an id of 10,000 digits": _session(mark="9" * 10_000),
    "half a character": _session(name='"\\ud800"'),
    "half a character as a key": _session().replace(b"extra", b"\\uDC00"),
    "a hundred thousand lists": b"[" * 100_000 + b"]" * 100_000,
    "a hundred thousand objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "half of it": _session()[:-20],
    "two of them": _session() * 2,
    "no UTF-8": _session(name='"\xff"').decode().encode("latin-1"),
    "UTF-16 without an end": "{".encode("utf-16") + b"\x00",
    "a number": b"42",
    "a text": b'"PaperResponseUpload"',
    "null": b"null",
    "a list": b"[1, 2]",
    "a response that is none": b'{"response": 7}',
    "NULs": b"\x00" * 1000,
}


@pytest.mark.parametrize("call", [_read, _list], ids=["one", "list"])
@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize("body", _BODIES)
def test_a_garbage_body_is_one_typed_error(
    body: str, status: int, call: Callable[[Surpass], object]
) -> None:
    with saying(reply(_BODIES[body], status)) as server, pytest.raises(SurpassError) as raised:
        asked(access(server.url, max_attempts=1), call)  # type: ignore[arg-type]
    if status == 200:
        assert isinstance(raised.value, NotUnderstood)


def test_a_good_answer_is_still_taken() -> None:
    with saying(reply(_session(name='"Zo\\u00eb \\ud83d\\ude00"', mark="7.5"))) as server:
        session = asked(access(server.url), lambda surpass: surpass.session("AB12CD34"))
    assert (session.keycode, session.mark) == ("AB12CD34", 7.5)


def test_an_answer_that_unpacks_to_far_too_much_is_not_taken() -> None:
    bomb = gzip.compress(b" " * 300_000_000)
    with (
        saying(reply(bomb, Content_Encoding="gzip")) as server,
        pytest.raises(NotUnderstood, match="longer than 32 MB"),
    ):
        asked(access(server.url, max_attempts=1), _read)


_PAGE = b"HTTP/1.1 200 OK\r\n"


def _trickling(connection: socket.socket) -> None:
    connection.sendall(_PAGE + b"Content-Length: 1000000\r\n\r\n")
    _endless(connection, b" ", pause_s=0.05)


def _trickling_headers(connection: socket.socket) -> None:
    connection.sendall(_PAGE)
    _endless(connection, b"X: y\r\n", pause_s=0.05)


def _flooding(connection: socket.socket) -> None:
    connection.sendall(_PAGE + b"Transfer-Encoding: chunked\r\n\r\n")
    _endless(connection, b"10000\r\n" + b" " * 65536 + b"\r\n")


def _flooding_headers(connection: socket.socket) -> None:
    connection.sendall(_PAGE)
    _endless(connection, b"X: " + b"y" * 60_000 + b"\r\n")


def _one_header(connection: socket.socket) -> None:
    connection.sendall(_PAGE + b"X: ")
    _endless(connection, b"y" * 60_000)


def _only_informing(connection: socket.socket) -> None:
    _endless(connection, b"HTTP/1.1 103 Early Hints\r\n\r\n", pause_s=0.01)


def _endless(connection: socket.socket, part: bytes, pause_s: float = 0.0) -> None:
    pause = threading.Event()
    while True:
        connection.sendall(part)
        pause.wait(pause_s)


@contextmanager
def _speaking(answer: Callable[[socket.socket], None]) -> Iterator[str]:

    def after_the_question(connection: socket.socket) -> None:
        read_request(connection)
        answer(connection)

    with answering_each(after_the_question) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    "answer",
    [_trickling, _trickling_headers, _flooding, _flooding_headers, _one_header, _only_informing],
    ids=lambda answer: answer.__name__.strip("_"),
)
def test_an_answer_without_end_is_given_up(answer: Callable[[socket.socket], None]) -> None:
    """Though a byte comes well within the time-out of each wait."""
    with _speaking(answer) as url, pytest.raises((AnswerLost, NotUnderstood)):
        asked(access(url, timeout=0.5, max_attempts=1), _read)


def test_an_answer_without_end_is_given_up_by_its_size_alone() -> None:
    """Long before its time is over: else it would fill the memory."""
    with _speaking(_flooding) as url, pytest.raises(NotUnderstood, match="longer than 32 MB"):
        asked(access(url, timeout=60, max_attempts=1), _read)


_DAY_S = 86_400


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("5", 5),
        ("0", 0),
        ("-5", None),
        ("5.5", None),
        ("1e9", None),
        ("9" * 5000, _DAY_S),
        ("\N{ARABIC-INDIC DIGIT FIVE}", None),
        ("soon", None),
        ("", None),
        ("Wed, 99 Foo 99999 99:99:99 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", _DAY_S),
        ("Fri, 31 Dec 9999 23:59:59 -2359", _DAY_S),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0),
        ("Mon, 01 Jan 1990 00:00:00 GMT", 0),
        (",,,,", None),
    ],
)
def test_however_it_asks_us_to_wait(header: str, wait: float | None) -> None:
    headers = [(b"retry-after", header.encode())]
    found = retry_after(httpx.Response(503, headers=headers))
    # How a date too near the calendar's ends is told is Python's affair: bounded, or not at all.
    assert (
        found == wait
        or (found is None and "9999" in header)
        or (found is None and "0001" in header)
    )


def test_its_words_are_cut_and_made_visible() -> None:
    errors = [{"ErrorCode": 7, "Message": f"\x1b[31m[/red]\u202e{'x' * 10_000}\nline"}] * 1000
    with saying(reply({"errors": errors}, 400)) as server, pytest.raises(Refused) as raised:
        asked(access(server.url), lambda surpass: surpass.submit_marked("AB12CD34"))
    assert "\x1b" not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "\u202e" not in str(raised.value)
    assert len(str(raised.value)) < 20_000


def test_a_list_of_ever_new_pages_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page names another one; here the list may have three."""
    monkeypatch.setattr("pipeline.surpass.next_page._MAX_PAGES", 3)
    pages = [
        reply({**single(), "response": [], "nextPageLink": f"TestSession?$skip={n}"})
        for n in range(10)
    ]
    with saying(*pages) as server, pytest.raises(NotUnderstood, match="over 3 pages"):
        asked(access(server.url), _list)


def test_a_server_that_only_redirects_is_not_followed() -> None:
    elsewhere = reply("", 302, Location="http://127.0.0.1:1/")
    with saying(elsewhere) as server, pytest.raises(NotUnderstood, match="points elsewhere"):
        asked(access(server.url, max_attempts=1), _read)
    assert len(server.requests) == 1


def test_it_is_the_servers_fault_even_where_its_body_is_too_long() -> None:
    with saying(reply(b" " * 33_000_000, 500)) as server, pytest.raises(Unavailable):
        asked(access(server.url, max_attempts=1), _read)
