"""The changes that Surpass takes: each session as it is before, and the call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pipeline.surpass import Surpass
from schemas.states import TestState, VoidReason
from tests.serving import DONE
from tests.surpass.answers import CODE

CHANGES: dict[str, tuple[TestState, Callable[[Surpass], Awaitable[Any]]]] = {
    "marks": (
        TestState.PAPER_RESPONSE_UPLOAD,
        lambda surpass: surpass.assign_item_marks(CODE, [("1", 3)], DONE),
    ),
    "responses": (
        TestState.PAPER_RESPONSE_UPLOAD,
        lambda surpass: surpass.assign_item_responses(CODE, [("1", "A")], DONE),
    ),
    "pause": (
        TestState.IN_PROGRESS,
        lambda surpass: surpass.update_state(CODE, TestState.PAUSED),
    ),
    "void": (
        TestState.READY,
        lambda surpass: surpass.update_state(
            CODE, TestState.VOIDED, void_reason=VoidReason.ABSENT
        ),
    ),
    "reset": (TestState.READY, lambda surpass: surpass.reset(CODE, "FORM-1", "FORM-2")),
    "submit": (TestState.AWAITING_MARKING, lambda surpass: surpass.submit_marked(CODE)),
}  # fmt: skip

POSTS = ("marks", "responses")
