"""Papers, sessions, and what the description of Surpass leaves open.

Worked example: ``Session("GOOD0001", "00042")`` waits for the marks of a paper of two sections;
with ``Shape(numbers_restart=True)`` the second section begins with question 1 again.
"""

from __future__ import annotations

import enum
import random
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

OPEN = "PaperResponseUpload"
STATES = {
    0: "None",
    1: "ScheduledButNotCreated",
    2: "ScheduledButNotDownloaded",
    3: "ScheduledButLocked",
    4: "Ready",
    5: "LockedForInvigilator",
    6: "InProgress",
    7: "Paused",
    8: "Offline",
    9: "Finished",
    10: "Voided",
    11: "Marked",
    12: "ScriptVerified",
    13: "Archived",
    14: "LockedByPin",
    15: "AwaitingMarking",
    16: "AwaitingVerification",
    18: "AwaitingUpload",
    19: OPEN,
    20: "LocalScanRequested",
    22: "RequiresCheckIn",
    99: "Exception",
}


class StateFilter(enum.Enum):
    """What a list takes as the value of ``state`` in its filter."""

    NAME = "name"
    NUMBER = "number"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What the description leaves open, one switch for each; as it stands: what it says."""

    numbers_restart: bool = False  # displayNumber begins again in each section
    sections_before_marks: bool = True
    becomes_result: bool = False  # after its marks are in, a session is a result and no session
    gone_status: int = 404  # of a session that is a result now
    unknown_status: int = 404  # of a keycode that nobody has
    lists_with_references: bool = True
    state_filter: StateFilter = StateFilter.NAME
    errors_status: int | None = None  # the status of every error but 401; None: its own
    basic_refused: bool = False


class PostFault(enum.Enum):
    """What can befall the first POST of a session."""

    STORED_LATE = "504 at once, stored later"
    CUT_STORED_LATE = "cut off at once, stored later"
    STATE_MOVES_LATER = "stored at once, the state moves later"
    STATE_STAYS_OPEN = "stored, the state stays open"
    NOT_STORED = "200, nothing stored, the state stays open"
    NOT_STORED_STATE_MOVES = "200, nothing stored, the state moves on"
    STORED_IN_PART = "200, half of it stored, the state moves on"
    BAD_GATEWAY = "502 with a page, nothing stored"


def faults_by_share(keycodes: Iterable[str], *, share: float, seed: int) -> dict[str, PostFault]:
    """Each fault equally often on that share of the sessions, drawn by the seed."""
    drawn = sorted(keycodes)
    random.Random(seed).shuffle(drawn)
    kinds = list(PostFault)
    return {
        keycode: kinds[at % len(kinds)]
        for at, keycode in enumerate(drawn[: round(share * len(drawn))])
    }


@dataclass(frozen=True, kw_only=True)
class Item:
    """A question, or a page that stands in the same list.

    ``number`` overrides the running number; ``weight`` is what ``weighted`` is multiplied by.
    """

    maximum: int = 0
    type: str = "Question"
    number: str | None = None
    non_scored: bool = False
    weight: float = 1.0
    weighted: str = "awardedMark"


@dataclass(frozen=True, kw_only=True)
class Section:
    """Items that are shown together."""

    name: str
    items: tuple[Item, ...]
    selected: bool | None = None
    survey: bool = False

    def counts(self, item: Item) -> bool:
        """Whether the item is a question that gets a mark, where the section is taken."""
        return item.type == "Question" and not item.non_scored and not self.survey


@dataclass(frozen=True)
class Place:
    """An item where it stands: its ``displayNumber``, and its ``questionNumber`` in a POST."""

    item: Item
    display_number: str
    question_number: str | None


@dataclass(frozen=True)
class Paper:
    """The sections of a test form."""

    form: str
    sections: tuple[Section, ...]

    @property
    def test(self) -> str:
        """The test that the form belongs to."""
        return self.form.partition("-")[0]

    def places(self, shape: Shape) -> list[tuple[Section, list[Place]]]:
        """Each section with its items, numbered."""
        numbered: list[tuple[Section, list[Place]]] = []
        number = position = 0
        for section in self.sections:
            number = 0 if shape.numbers_restart else number
            places = []
            for item in section.items:
                counts = section.counts(item)
                wanted = counts and section.selected is not False
                number, position = number + counts, position + wanted
                running = str(number) if counts else ""
                display = running if item.number is None else item.number
                posted_by = str(position) if shape.numbers_restart else display
                places.append(Place(item, display, posted_by if wanted else None))
            numbered.append((section, places))
        return numbered

    def wanted(self, shape: Shape) -> dict[str, int]:
        """The questions that a POST must have, with their maxima."""
        return {
            place.question_number: place.item.maximum
            for _, places in self.places(shape)
            for place in places
            if place.question_number is not None
        }


def two_sections(
    form: str = "BIO-P1",
    first: tuple[int, ...] = (5, 10, 4),
    second: tuple[int, ...] = (3, 6),
) -> Paper:
    """A paper of questions with those maxima, and a page before each section."""
    return Paper(
        form,
        (
            Section(
                name="Section A",
                items=(Item(type="InformationPage"), *(Item(maximum=most) for most in first)),
            ),
            Section(
                name="Section B",
                items=(
                    Item(type="Rubric", number="1"),
                    *(Item(maximum=most) for most in second),
                ),
            ),
        ),
    )


Content = dict[str, object]  # questionNumber: its mark, or its answer


@dataclass
class Session:
    """A test session; as it stands, it waits for its paper responses."""

    keycode: str
    candidate: str = ""
    centre: str = "C-100"
    state: str = OPEN
    state_after: str = "Marked"
    paper: Paper = field(default_factory=two_sections)
    is_result: bool = False
    stored: list[Content] = field(default_factory=list)
    id: int = 0


def keycodes(prefix: str, count: int) -> Iterator[str]:
    """That many keycodes of eight characters."""
    width = 8 - len(prefix)
    return (f"{prefix}{number:0{width}d}" for number in range(1, count + 1))


def number_of(reference: str) -> int:
    """An id that belongs to that reference, the same each time."""
    return zlib.crc32(reference.encode())
