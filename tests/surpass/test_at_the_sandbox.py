"""Changes arrive at the sandbox; what it refuses for a session's state is told apart."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pipeline.errors import Refused, WrongState
from pipeline.sandbox import Application, Sandbox, SandboxSession
from pipeline.surpass import Access, Surpass
from schemas.states import TestState, VoidReason
from tests.serving import asked, served
from tests.surpass.answers import CODE, DONE


@pytest.mark.parametrize(
    "state",
    [TestState.PAPER_RESPONSE_UPLOAD, TestState.AWAITING_MARKING, TestState.MARKED],
    ids=lambda state: state.wire,
)
def test_for_states_that_the_reference_does_not_list_surpass_decides(state: TestState) -> None:
    """Its screens void from these; a reason may be left out."""
    with served([SandboxSession.paper(CODE, {"1": 5}, state)]) as (sandbox, login):
        asked(login, lambda surpass: surpass.update_state(CODE, TestState.VOIDED))
        assert sandbox.session(CODE).state is TestState.VOIDED


def test_marks_and_responses_arrive_at_the_sandbox() -> None:
    papers = [SandboxSession.paper(code, {"1": 5, "2": 5}) for code in ("MARKS001", "ANSWERS1")]

    async def both(surpass: Surpass) -> None:
        await surpass.assign_item_marks("MARKS001", [("1", 5), ("2", None)], DONE)
        await surpass.assign_item_responses("ANSWERS1", [("1", "A"), ("2", None)])

    with served(papers) as (sandbox, login):
        asked(login, both)
    completed = DONE.replace(microsecond=0, tzinfo=None)
    assert sandbox.session("MARKS001").applied == (
        Application("marks", {"1": 5, "2": None}, completed),
    )
    assert sandbox.session("ANSWERS1").applied == (
        Application("responses", {"1": "A", "2": None}, None),
    )


def test_states_are_changed_reset_and_submitted_at_the_sandbox() -> None:
    states = {
        "PROGRESS": TestState.IN_PROGRESS,
        "READY001": TestState.READY,
        "LOCKED01": TestState.SCHEDULED_BUT_LOCKED,
        "MARKING1": TestState.AWAITING_MARKING,
    }
    papers = [SandboxSession.paper(code, {"1": 5}, state) for code, state in states.items()]

    async def change(surpass: Surpass) -> None:
        await surpass.update_state("PROGRESS", TestState.PAUSED)
        await surpass.update_state(
            "READY001", TestState.VOIDED, void_reason=VoidReason.OTHER, void_message="flood"
        )
        await surpass.reset("LOCKED01", "FORM-1", "FORM-2")
        await surpass.submit_marked("MARKING1")

    with served(papers) as (sandbox, login):
        asked(login, change)
    assert {session.keycode: session.state for session in sandbox.sessions} == {
        "PROGRESS": TestState.PAUSED,
        "READY001": TestState.VOIDED,
        "LOCKED01": TestState.SCHEDULED_BUT_NOT_CREATED,
        "MARKING1": TestState.MARKED,
    }
    assert sandbox.session("READY001").void_message == "flood"
    assert sandbox.session("LOCKED01").test_form.reference == "FORM-2"


@dataclass(frozen=True)
class Refusal:
    call: Callable[[Surpass, str], Awaitable[Any]]
    state: TestState
    because_of_state: bool


# What is refused because of the session's state is told apart from what is refused for itself.
REFUSALS: dict[str, Refusal] = {
    "marks, not open": Refusal(
        call=lambda surpass, code: surpass.assign_item_marks(code, [("1", 1)], DONE),
        state=TestState.MARKED,
        because_of_state=True,
    ),
    "marks, too many": Refusal(
        call=lambda surpass, code: surpass.assign_item_marks(code, [("1", 6)], DONE),
        state=TestState.PAPER_RESPONSE_UPLOAD,
        because_of_state=False,
    ),
    "responses, not open": Refusal(
        call=lambda surpass, code: surpass.assign_item_responses(code, [("1", "A")]),
        state=TestState.IN_PROGRESS,
        because_of_state=True,
    ),
    "void, too late": Refusal(
        call=lambda surpass, code: surpass.update_state(
            code, TestState.VOIDED, void_reason=VoidReason.ABSENT
        ),
        state=TestState.SCRIPT_VERIFIED,
        because_of_state=True,
    ),
    "void, another reason without words": Refusal(
        call=lambda surpass, code: surpass.update_state(
            code, TestState.VOIDED, void_reason=VoidReason.OTHER
        ),
        state=TestState.READY,
        because_of_state=False,
    ),
    "reset, too late": Refusal(
        call=lambda surpass, code: surpass.reset(code, "FORM-1", "FORM-2"),
        state=TestState.IN_PROGRESS,
        because_of_state=True,
    ),
    "reset, another form": Refusal(
        call=lambda surpass, code: surpass.reset(code, "FORM-8", "FORM-9"),
        state=TestState.READY,
        because_of_state=False,
    ),
    "submit, too early": Refusal(
        call=lambda surpass, code: surpass.submit_marked(code),
        state=TestState.PAPER_RESPONSE_UPLOAD,
        because_of_state=True,
    ),
}


@pytest.fixture(scope="module", params=[400, 200], ids=["status 400", "status 200"])
def refusing(request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, Access, int]]:
    """A session for each refusal, at a sandbox that refuses with this status."""
    papers = [
        SandboxSession.paper(f"REFUSED{place}", {"1": 5}, refusal.state)
        for place, refusal in enumerate(REFUSALS.values())
    ]
    with served(papers, errors_in_200=request.param == 200) as (sandbox, login):
        yield sandbox, login, request.param


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_tells_surpasss_words_and_whether_the_state_is_the_cause(
    refusing: tuple[Sandbox, Access, int], name: str
) -> None:
    sandbox, login, status = refusing
    sandbox.reset()
    refusal = REFUSALS[name]
    code = f"REFUSED{[*REFUSALS].index(name)}"
    with pytest.raises(Refused, match=r"\[sandbox\] .* \(error 9000\d\d\)") as caught:
        asked(login, lambda surpass: refusal.call(surpass, code))
    assert isinstance(caught.value, WrongState) is refusal.because_of_state
    if isinstance(caught.value, WrongState):
        assert caught.value.state == refusal.state.wire
    assert caught.value.status == status
    assert [message.code for message in caught.value.messages]
    assert sandbox.session(code).state is refusal.state
    assert [entry.method for entry in sandbox.journal.entries][1:] == ["GET"]
