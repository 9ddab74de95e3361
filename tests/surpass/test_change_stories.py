"""The answers to a change in turn: what is asked after each, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipeline.errors import (
    AnswerLost,
    Forbidden,
    NotFound,
    NotUnderstood,
    Refused,
    SurpassError,
    Throttled,
    Unauthorised,
    Unavailable,
    WrongState,
)
from tests.serving import CUT, access, asked, reply, saying, single
from tests.surpass.answers import CODE, NO, PAGE, TAKEN
from tests.surpass.changes import CHANGES, POSTS

OPEN = reply(single(keycode=CODE, testState="PaperResponseUpload"))
MARKED = reply(single(keycode=CODE, testState="Marked"))
RUNNING = reply(single(keycode=CODE, testState="InProgress"))
PAUSED = reply(single(keycode=CODE, testState="Paused"))
REFUSED = reply(NO, 400)
UNAUTHORISED = reply("", 401)
BUSY = reply("", 429)
TURNED_AWAY = reply("", 503, Retry_After="0")
OTHER = reply(single(keycode="OTHER001"))


@dataclass(frozen=True)
class Story:
    """The answers in turn (the last of them ever after), the error in the end, what was asked."""

    answers: list[bytes]
    error: type[SurpassError] | None
    methods: str
    not_taken: bool = False  # of the error: whether it proves that the POST was not taken


def once(answer: bytes, error: type[SurpassError], *, not_taken: bool = False) -> Story:
    return Story([answer], error, "POST", not_taken)


POST_STORIES = {
    "taken": Story([TAKEN], None, "POST"),
    # Said before anything was done: again, without reading.
    "throttled, taken": Story([BUSY, TAKEN], None, "POST POST"),
    "turned away, taken": Story([TURNED_AWAY, TAKEN], None, "POST POST"),
    "throttled, turned away, taken": Story([BUSY, TURNED_AWAY, TAKEN], None, "POST POST POST"),
    "throttled each time": Story([BUSY], Throttled, "POST POST POST POST", not_taken=True),
    "turned away each time": Story([TURNED_AWAY], Unavailable, "POST POST POST POST", True),
    "throttled beyond our patience": once(
        reply("", 429, Retry_After="9999"), Throttled, not_taken=True
    ),
    "throttled, lost": Story([BUSY, CUT], AnswerLost, "POST POST"),
    "turned away, broken": Story([TURNED_AWAY, reply("", 500)], Unavailable, "POST POST"),
    "throttled, refused": Story([BUSY, REFUSED, OPEN], Refused, "POST POST GET", not_taken=True),
    # Perhaps taken: never again.
    "cut": once(CUT, AnswerLost),
    "half an answer": once(TAKEN[:-9], AnswerLost),
    "no HTTP": once(b"220 mail.example ESMTP\r\n", AnswerLost),
    "500": once(reply("", 500), Unavailable),
    "500 in Surpass's words": once(reply(NO, 500), Unavailable),
    "500 with a wait": once(reply("", 500, Retry_After="0"), Unavailable),
    "502": once(reply(PAGE, 502), Unavailable),
    "503 without a wait": once(reply("", 503), Unavailable),
    "503 with a wait that cannot be read": once(reply("", 503, Retry_After="soon"), Unavailable),
    "504": once(reply(PAGE, 504), Unavailable),
    "504 with a wait": once(reply(PAGE, 504, Retry_After="0"), Unavailable),
    "200, not JSON": once(reply(PAGE), NotUnderstood),
    "200, half the JSON": once(reply('{"id": 7, "refe'), NotUnderstood),
    "200, empty": once(reply(""), NotUnderstood),
    "200, of odd form": once(reply([1]), NotUnderstood),
    "301": once(reply("", 301, Location="/login"), NotUnderstood),
    "302 as a page": once(reply(PAGE, 302, Location="/login"), NotUnderstood),
    "400 as a page": once(reply(PAGE, 400), NotUnderstood),
    "400, JSON without errors": once(reply({"message": "no"}, 400), NotUnderstood),
    "400, errors null": once(reply({"errors": None}, 400), NotUnderstood),
    "408": once(reply(PAGE, 408), NotUnderstood),
    "409 as a page": once(reply(PAGE, 409), NotUnderstood),
    "413 as a page": once(reply(PAGE, 413), NotUnderstood),
    "499": once(reply("", 499), NotUnderstood),
    "401 as a page": once(UNAUTHORISED, Unauthorised),
    "403 as a page": once(reply(PAGE, 403), Forbidden),
    "404 as a page": once(reply(PAGE, 404), NotFound),
    # Surpass's own no: final, and nothing was taken.
    "401 in Surpass's words": once(reply(NO, 401), Unauthorised, not_taken=True),
    "403 in Surpass's words": once(reply(NO, 403), Forbidden, not_taken=True),
    "404 in Surpass's words": once(reply(NO, 404), NotFound, not_taken=True),
    "refused": Story([REFUSED, OPEN], Refused, "POST GET", not_taken=True),
    "refused with 200": Story([reply(NO), OPEN], Refused, "POST GET", not_taken=True),
    "refused, not open": Story([REFUSED, MARKED], WrongState, "POST GET", not_taken=True),
    "refused, not read": Story([REFUSED, reply("", 404)], Refused, "POST GET", not_taken=True),
    "refused, unknown by 400": Story([REFUSED], Refused, "POST GET", not_taken=True),
}  # fmt: skip

PUT_STORIES = {
    "taken": Story([TAKEN], None, "PUT"),
    "lost, still due, taken": Story([CUT, RUNNING, TAKEN], None, "PUT GET PUT"),
    "throttled, still due, taken": Story([BUSY, RUNNING, TAKEN], None, "PUT GET PUT"),
    "lost, made": Story([CUT, PAUSED], AnswerLost, "PUT GET"),
    "lost, not read, still due, taken": Story(
        [CUT, CUT, RUNNING, TAKEN], None, "PUT GET GET PUT"
    ),
    "lost, never read": Story([CUT], AnswerLost, "PUT GET GET GET"),
    "lost, reading refused": Story([CUT, REFUSED], AnswerLost, "PUT GET"),
    "lost, password changed": Story([CUT, UNAUTHORISED], AnswerLost, "PUT GET"),
    "lost, unknown now": Story([CUT, reply("", 404)], AnswerLost, "PUT GET"),
    "lost, told of another": Story([CUT, OTHER], AnswerLost, "PUT GET GET GET"),
    "lost, still due, refused": Story([CUT, RUNNING, REFUSED], AnswerLost, "PUT GET PUT"),
    "lost, still due, password changed": Story(
        [CUT, RUNNING, UNAUTHORISED], AnswerLost, "PUT GET PUT"
    ),
    "lost each time": Story([CUT, RUNNING] * 4, AnswerLost, "PUT GET PUT GET PUT GET PUT"),
    "throttled each time": Story(
        [BUSY, RUNNING] * 4, Throttled, "PUT GET PUT GET PUT GET PUT", not_taken=True
    ),
    "throttled beyond our patience": Story(
        [reply("", 429, Retry_After="9999")], Throttled, "PUT", not_taken=True
    ),
    "refused": Story([REFUSED, RUNNING], Refused, "PUT GET", not_taken=True),
    "refused, not from this state": Story(
        [REFUSED, MARKED], WrongState, "PUT GET", not_taken=True
    ),
    "refused, not read": Story([REFUSED, reply("", 404)], Refused, "PUT GET", not_taken=True),
    "unauthorised": Story([UNAUTHORISED], Unauthorised, "PUT"),
    "an answer of odd form": Story([reply([1])], NotUnderstood, "PUT"),
}  # fmt: skip


def ends_as_told(story: Story, change: str) -> None:
    with saying(*story.answers) as server:
        login = access(server.url, max_attempts=4)
        if story.error is None:
            assert asked(login, CHANGES[change][1]).reference == CODE
        else:
            with pytest.raises(story.error) as caught:
                asked(login, CHANGES[change][1])
            assert type(caught.value) is story.error
            assert caught.value.not_taken is story.not_taken
        assert " ".join(server.methods) == story.methods


@pytest.mark.parametrize("name", POST_STORIES)
@pytest.mark.parametrize("change", POSTS)
def test_the_story_of_one_post(change: str, name: str) -> None:
    ends_as_told(POST_STORIES[name], change)


@pytest.mark.parametrize("name", PUT_STORIES)
def test_the_story_of_one_change_of_state(name: str) -> None:
    ends_as_told(PUT_STORIES[name], "pause")


def test_what_happened_first_and_what_since_are_both_told() -> None:
    words = r"HTTP 502.*; since then: .*HTTP 404"
    with (
        saying(reply("", 502), reply("", 404)) as server,
        pytest.raises(AnswerLost, match=words),
    ):
        asked(access(server.url), CHANGES["pause"][1])
