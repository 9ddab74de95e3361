"""The states as Surpass numbers and names them."""

from __future__ import annotations

import pytest

from schemas.states import RESETTABLE, TestState


@pytest.mark.parametrize("state", TestState)
def test_a_state_is_read_however_it_is_told(state: TestState) -> None:
    for item in (state.wire, state.wire.upper(), int(state), str(int(state)), f" {state.wire} "):
        assert TestState.parse(item) is state


@pytest.mark.parametrize("expected", [None, "", "Unheard of", 17, 21, -1, 19.0, True, [], "19.0"])
def test_a_state_never_heard_of_is_none_and_no_crash(expected: object) -> None:
    assert TestState.parse(expected) is None


def test_the_one_that_takes_paper_marks_and_those_that_can_be_reset() -> None:
    assert (int(TestState.PAPER_RESPONSE_UPLOAD), TestState.PAPER_RESPONSE_UPLOAD.wire) == (
        19,
        "PaperResponseUpload",
    )
    assert sorted(map(int, RESETTABLE)) == [1, 2, 3, 4]
