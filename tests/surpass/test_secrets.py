"""What nobody may read anywhere: the password; and, in logs and errors, marks and answers."""

from __future__ import annotations

import asyncio
import base64
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from stamina.instrumentation import set_on_retry_hooks

from pipeline.errors import PapermarksError
from pipeline.sandbox import Fault, FaultKind, SandboxSession
from pipeline.surpass import Access, Surpass
from tests.serving import CUT, DONE, access, all_of, asked, plain_wire, reply, saying, served
from tests.surpass.answers import CODE

PASSWORD = "correct horse"
BASIC = base64.b64encode(f"exam-office:{PASSWORD}".encode()).decode()
MARK, ANSWER, NAME = 987_654, "ZZYZX", "Ada Lovelace"
SECRETS = [PASSWORD, PASSWORD.replace(" ", "%20"), BASIC, str(MARK), ANSWER, NAME]

CALLS: list[Callable[[Surpass], Awaitable[Any]]] = [
    lambda surpass: surpass.session(CODE),
    lambda surpass: all_of(surpass.sessions()),
    lambda surpass: surpass.assign_item_marks(CODE, [("1", MARK)], DONE),
    lambda surpass: surpass.assign_item_responses(CODE, [("1", ANSWER)], DONE),
    lambda surpass: surpass.submit_marked(CODE),
]

# Replies that bring a name, a mark and an answer, in forms that are not documented.
PERSONAL = {"candidate": NAME, "mark": [MARK], "items": ANSWER, "id": f"{NAME} {MARK} {ANSWER}"}
REPLIES = {
    "no answer": CUT,
    "an odd session": reply({"response": [PERSONAL]}),
    "an odd receipt": reply(PERSONAL),
    "a session in place of a list": reply({"response": PERSONAL}),
    "half a session": reply(f'{{"response": [{{"mark": {MARK}, "candidate": "{NAME}"'),
    "an odd page": reply({"response": [], "nextPageLink": {"name": NAME, "mark": MARK}}),
    "a link elsewhere": reply({"response": [], "nextPageLink": f"http://x/{ANSWER}"}),
    "refused": reply({"errors": [{"ErrorCode": 1, "Message": "No."}]}, 400),
    "unauthorised": reply("", 401),
    "forbidden": reply("", 403),
    "unknown": reply("", 404),
    "throttled": reply("", 429),
    "broken": reply(f"<html>{NAME} {MARK}</html>", 500),
    "elsewhere": reply("", 302, Location=f"http://x/{ANSWER}"),
}


def none_in(text: str) -> None:
    assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize("name", REPLIES)
def test_no_error_and_no_log_tells_them_whatever_is_answered(
    caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    errors = 0
    with saying(REPLIES[name]) as server:
        for call in CALLS:
            try:
                asked(access(server.url, password=PASSWORD), call)
            except PapermarksError as error:
                errors += 1
                none_in("".join(traceback.format_exception(error)))  # with all that it came from
                none_in(repr(error))
    assert errors
    assert caplog.text
    # Below DEBUG nothing of a reply is told; httpcore tells its headers there, hence Location.
    loud = [record for record in caplog.records if record.levelno > logging.DEBUG]
    none_in("\n".join(f"{record.getMessage()} {vars(record)}" for record in loud))
    quiet = "\n".join(record.getMessage() for record in caplog.records)
    assert PASSWORD not in quiet
    assert BASIC not in quiet


def test_what_goes_well_or_is_tried_again_is_not_logged_in_full(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    set_on_retry_hooks(None)  # a command in this process has turned off that retries are logged

    async def both(surpass: Surpass) -> None:
        await surpass.assign_item_marks(CODE, [("1", MARK)], DONE)
        await surpass.assign_item_responses("ANSWERS1", [("1", ANSWER)], DONE)
        assert (await surpass.session(CODE)).items["1"].mark == MARK

    papers = [SandboxSession.paper(code, {"1": MARK}) for code in (CODE, "ANSWERS1")]
    with served(papers, password=PASSWORD) as (sandbox, login):
        sandbox.faults.set(
            Fault(FaultKind.TOO_MANY_REQUESTS, times=1),
            Fault(FaultKind.UNAVAILABLE, times=1, retry_after=0),
            Fault(FaultKind.CUT_BEFORE, method="GET", times=1),
        )
        asked(access(login.url, password=PASSWORD), both)
    assert "retry" in caplog.text
    none_in("\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records))


def test_no_repr_shows_the_password() -> None:
    login = Access("https://surpass.invalid", "exam-office", PASSWORD)

    async def look() -> str:
        async with Surpass(login, plain_wire()) as surpass:
            return f"{surpass!r} {vars(surpass)!r} {surpass}"

    none_in(f"{login!r} {login} {asyncio.run(look())}")
    assert "exam-office" in repr(login)
