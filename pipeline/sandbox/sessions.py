"""A test session as the sandbox keeps it: one frozen value, replaced when something changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime
from typing import Literal

from schemas.states import TestState, VoidReason


@dataclass(frozen=True, slots=True)
class Linked:
    """What a session points to: a candidate, centre, test or test form."""

    reference: str
    id: int = 0  # given by the sandbox: the same reference of one kind has the same id everywhere


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a paper, with its questions in order; all but the scored ones only get in the way.

    Section("Section B", {"4": 10, "5": 10}, selected=False)
    """

    name: str
    questions: Mapping[str, int]  # question number -> available marks
    _: KW_ONLY
    non_scored: frozenset[str] = frozenset()  # the questions among them that bear no marks
    selected: bool | None = None  # of an optional section: whether the candidate chose it
    is_survey: bool = False

    @property
    def scored(self) -> dict[str, int]:
        """The questions that take marks."""
        if self.is_survey or self.selected is False:
            return {}
        return {
            number: available
            for number, available in self.questions.items()
            if number not in self.non_scored
        }


@dataclass(frozen=True, slots=True)
class Application:
    """Marks or responses that were stored by one POST, in the order in which they were sent."""

    kind: Literal["marks", "responses"]
    content: Mapping[str, int | str | None]
    completion_date: datetime | None


@dataclass(frozen=True, slots=True)
class StateChange:
    """A state that a session came into, and when (UTC, without a zone)."""

    state: TestState
    date: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSession:
    """A test session. Build one with `paper`; the `Sandbox` gives the ids."""

    keycode: str
    sections: tuple[Section, ...]  # none: Surpass tells no questions, and any number is taken
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
    is_result: bool = False  # no longer a test session: only Result tells of it
    changes: tuple[StateChange, ...] = ()

    def __post_init__(self) -> None:
        """A POST names no section, so a scored question's number must be its own in the paper."""
        if len(self.questions) != sum(len(section.scored) for section in self.sections):
            raise ValueError(f"{self.keycode}: two scored questions have the same number")

    @classmethod
    def paper(
        cls,
        keycode: str,
        questions: Mapping[str, int] | None = None,
        state: TestState = TestState.PAPER_RESPONSE_UPLOAD,
        *,
        sections: Sequence[Section] | None = None,
        candidate_reference: str | None = None,
        centre_reference: str = "CENTRE-1",
        test_reference: str = "TEST-1",
        test_form_reference: str = "FORM-1",
        scheduled: date = date(2025, 6, 2),
    ) -> SandboxSession:
        """A paper session, open for marks unless told otherwise.

        ``questions`` names the maxima and is split over two sections, in order; ``sections`` gives
        the sections as they are instead.
        """
        if questions and sections is not None:
            raise ValueError("questions or sections, not both")
        return cls(
            keycode=keycode,
            sections=_two_sections(questions or {}) if sections is None else tuple(sections),
            state=state,
            candidate=Linked(candidate_reference or f"CANDIDATE-{keycode}"),
            centre=Linked(centre_reference),
            test=Linked(test_reference),
            test_form=Linked(test_form_reference),
            scheduled=scheduled,
        )

    @property
    def questions(self) -> dict[str, int]:
        """The scored questions of the whole paper, in order: number -> available marks."""
        return {
            number: available
            for section in self.sections
            for number, available in section.scored.items()
        }

    def posted_questions(self, *, restart: bool) -> dict[str, int]:
        """The same under the numbers that a POST must name.

        Where display numbers restart in each section, that is the position over the paper.
        """
        if not restart:
            return self.questions
        return {
            str(position): available
            for position, available in enumerate(self.questions.values(), 1)
        }

    @property
    def available_marks(self) -> int:
        """The paper's maximum; 0 for a session without items."""
        return sum(self.questions.values())

    @property
    def mark(self) -> float | None:
        """The total of the marks stored; None before any were. Not attempted counts as nothing."""
        if not self.marks:
            return None
        return float(sum(mark or 0 for mark in self.marks.values()))


def _two_sections(questions: Mapping[str, int]) -> tuple[Section, ...]:
    """The first half of the questions (the larger one) and the rest; empty ones are left out."""
    numbers = list(questions)
    half = -(-len(numbers) // 2)
    return tuple(
        Section(f"Section {name}", {number: questions[number] for number in part})
        for name, part in (("A", numbers[:half]), ("B", numbers[half:]))
        if part
    )
