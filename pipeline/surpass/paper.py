"""A paper as a session tells it: which questions it has, and how they are numbered.

In an example of two sections whose numbers restart:

    sections: [{items: [{displayNumber: "1", …}, {displayNumber: "2", …}]},
               {items: [{type: "InformationPage"}, {displayNumber: "1", …}]}]

    session.questions.numbering   Numbering.POSITION
    session.items                 {"1": …, "2": …, "3": …}    # as a POST numbers them
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field

from pipeline.surpass.fields import Flag, Number, Reply, Text, as_text


def _objects(value: object) -> object:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(element if isinstance(element, dict | BaseModel) else {} for element in value)


def _answer(value: object) -> object:
    """An answer read back: most likely an object with a Value, a bare text is possible."""
    if isinstance(value, dict):
        value = value.get("Value", value.get("value"))
    return as_text(value)


class Item(Reply):
    """One element of a section: a question, or a page that stands among them.

    ``mark`` and ``awarded_mark`` are 0 where nothing is marked. Which of them is the weighted one
    is not known: agreement with either is agreement.
    """

    display_number: Text = None
    type: Text = None
    available_marks: Number = None
    mark: Number = None
    awarded_mark: Number = None
    non_scored: Flag = None
    response: Annotated[str | None, BeforeValidator(_answer)] = Field(
        None, validation_alias=AliasChoices("candidateResponse", "response")
    )

    @property
    def marks(self) -> tuple[float, ...]:
        """The marks that Surpass lists for it; none where it tells none."""
        return tuple(mark for mark in (self.mark, self.awarded_mark) if mark is not None)


_PAGES = {
    "informationpage",
    "introductionpage",
    "finishpage",
    "rubric",
    "source",
    "tool",
    "markscheme",
    "nonscored",
    "survey",
    "none",
}


class Section(Reply):
    """One section of a paper."""

    items: Annotated[tuple[Item, ...], BeforeValidator(_objects)] = ()
    selected: Flag = None  # False: an optional section that was not chosen
    is_survey_section: Flag = None

    @property
    def scored(self) -> tuple[Item, ...]:
        """Its questions: no pages, nothing that is not scored, nothing of a survey."""
        if self.is_survey_section or self.selected is False:
            return ()
        return tuple(
            item
            for item in self.items
            if not item.non_scored and (item.type or "").casefold() not in _PAGES
        )


class Numbering(StrEnum):
    """How the question numbers that a POST carries follow from what Surpass lists."""

    DISPLAY = "display"  # the numbers shown are unique over the paper, and are used
    POSITION = "position"  # they restart in each section: the running position over the paper
    UNCLEAR = "unclear"  # neither can be said for certain
    UNTOLD = "untold"  # no question is listed


@dataclass(frozen=True)
class Questions:
    """A paper's questions in order, by the number that a POST carries."""

    numbering: Numbering
    by_number: Mapping[str, Item] = field(default_factory=dict)  # empty where unclear or untold
    why: str = ""  # unclear


class Paper(Reply):
    """What a session and a result both tell of the paper and its marks."""

    available_marks: Number = None
    mark: Number = None
    sections: Annotated[tuple[Section, ...], BeforeValidator(_objects)] = ()

    @cached_property
    def questions(self) -> Questions:
        """The scored questions, and how they are numbered."""
        return _number_questions([section.scored for section in self.sections])

    @property
    def items(self) -> Mapping[str, Item]:
        """The scored questions by number; empty where they are not told, or not for certain."""
        return self.questions.by_number


def _number_questions(sections: Sequence[Sequence[Item]]) -> Questions:
    items = [item for section in sections for item in section]
    if not items:
        return Questions(Numbering.UNTOLD)
    unknown_types = sorted({item.type for item in items if item.type and item.type != "Question"})
    if unknown_types:
        return Questions(
            Numbering.UNCLEAR, why=f"it lists a '{unknown_types[0]}' among the questions"
        )
    if any(not item.display_number for item in items):
        return Questions(Numbering.UNCLEAR, why="not every question has a number")
    numbers = [item.display_number or "" for item in items]
    if len(set(numbers)) == len(numbers):
        return Questions(Numbering.DISPLAY, dict(zip(numbers, items, strict=True)))
    if any(len({item.display_number for item in section}) < len(section) for section in sections):
        return Questions(Numbering.UNCLEAR, why="a number occurs twice in one section")
    positions = map(str, range(1, len(items) + 1))
    return Questions(Numbering.POSITION, dict(zip(positions, items, strict=True)))
