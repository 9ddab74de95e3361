"""A test session as the sandbox keeps it: one frozen value, replaced when something changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from schemas.states import TestState, VoidReason


@dataclass(frozen=True, slots=True)
class Linked:
    """What a session points to: a candidate, centre, test or test form."""

    reference: str
    id: int = 0  # given by the sandbox: the same reference of one kind has the same id everywhere


@dataclass(frozen=True, slots=True)
class Application:
    """Marks or responses that were taken by one POST, in the order in which they were sent."""

    kind: Literal["marks", "responses"]
    content: Mapping[str, int | str | None]
    completion_date: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSession:
    """A test session. Build one with `paper`; the `Sandbox` gives the ids."""

    keycode: str
    questions: Mapping[str, int]  # question number -> available marks; empty: no items to show
    state: TestState
    candidate: Linked
    centre: Linked
    test: Linked
    test_form: Linked
    scheduled: date
    id: int = 0
    marks: Mapping[str, int | None] = field(default_factory=dict)
    responses: Mapping[str, str | None] = field(default_factory=dict)
    applied: tuple[Application, ...] = ()
    void_reason: VoidReason | None = None
    void_message: str | None = None

    @classmethod
    def paper(
        cls,
        keycode: str,
        questions: Mapping[str, int] | None = None,
        state: TestState = TestState.PAPER_RESPONSE_UPLOAD,
        *,
        candidate_reference: str | None = None,
        centre_reference: str = "CENTRE-1",
        test_reference: str = "TEST-1",
        test_form_reference: str = "FORM-1",
        scheduled: date = date(2025, 6, 2),
    ) -> SandboxSession:
        """A paper session, open for marks unless told otherwise; ``questions`` names the maxima."""
        return cls(
            keycode=keycode,
            questions=dict(questions or {}),
            state=state,
            candidate=Linked(candidate_reference or f"CANDIDATE-{keycode}"),
            centre=Linked(centre_reference),
            test=Linked(test_reference),
            test_form=Linked(test_form_reference),
            scheduled=scheduled,
        )

    @property
    def available_marks(self) -> int:
        """The paper's maximum; 0 for a session without items."""
        return sum(self.questions.values())

    @property
    def mark(self) -> float | None:
        """The total of the marks taken; None before any were. Not attempted counts as nothing."""
        if not self.marks:
            return None
        return float(sum(mark or 0 for mark in self.marks.values()))
