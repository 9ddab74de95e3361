"""Faults to switch on: what networks and services do on a bad day, in a known order.

A fault is met by the requests it matches: the next N of them, or each with a probability that a
seeded random generator decides, so that the same requests in the same order meet the same faults.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict


class FaultKind(StrEnum):
    """What goes wrong. 'Before' and 'after' tell whether the request was carried out."""

    LATENCY = "latency"  # `seconds` late, then as usual; comes on top of another fault
    TOO_MANY_REQUESTS = "too_many_requests"  # 429, not carried out
    UNAVAILABLE = "unavailable"  # 503, not carried out
    ERROR_BEFORE = "error_before"  # 500, not carried out
    ERROR_AFTER = "error_after"  # 500 although carried out
    CUT_BEFORE = "cut_before"  # connection closed without an answer, not carried out
    CUT_AFTER = "cut_after"  # connection closed without an answer, carried out
    HANG_BEFORE = "hang_before"  # silent for `seconds`, then closed; not carried out
    HANG_AFTER = "hang_after"  # carried out at once, silent for `seconds`, then the answer
    ERROR_IN_200 = "error_in_200"  # status 200 with an error body, not carried out
    MALFORMED = "malformed"  # carried out; status 200 with the first half of the answer's JSON
    GATEWAY_PAGE = "gateway_page"  # 502 with a page in HTML, not carried out

    # Of the two POSTs only, once their content was found good; what is refused changes nothing.
    STORED_LATE = (
        "stored_late"  # 504 with a page in HTML; carried out `seconds` later, come what may
    )
    STORED_LATE_CUT = "stored_late_cut"  # the same, with the connection closed without an answer
    STATE_LATER = "state_later"  # 200 and stored; the state moves on `seconds` later
    STATE_STAYS = "state_stays"  # 200 and stored; the session stays open, for a second POST too
    NOT_STORED = "not_stored"  # 200, but nothing is stored and the state stays
    NOT_STORED_MOVED = "not_stored_moved"  # 200, but nothing is stored; the state moves on
    STORED_IN_PART = "stored_in_part"  # 200, but only the first half of the elements is stored

    @property
    def carried_out(self) -> bool:
        """Whether the request has its whole effect although its answer is spoilt, lost or late."""
        return self in _CARRIED_OUT

    @property
    def of_posts(self) -> bool:
        """Whether it is about what a POST leaves behind, so that no other request meets it."""
        return self in _OF_POSTS

    @property
    def is_late(self) -> bool:
        """Whether something of the POST is still to come `seconds` later."""
        return self in _LATE


_CARRIED_OUT = frozenset(
    {
        FaultKind.LATENCY,
        FaultKind.ERROR_AFTER,
        FaultKind.CUT_AFTER,
        FaultKind.HANG_AFTER,
        FaultKind.MALFORMED,
    }
)
_LATE = frozenset({FaultKind.STORED_LATE, FaultKind.STORED_LATE_CUT, FaultKind.STATE_LATER})
_OF_POSTS = _LATE | {
    FaultKind.STATE_STAYS,
    FaultKind.NOT_STORED,
    FaultKind.NOT_STORED_MOVED,
    FaultKind.STORED_IN_PART,
}


@dataclass(frozen=True)
class Fault:
    """One fault and the requests that meet it; a None matches any request."""

    # From JSON a misspelt field must be an error: it would be a fault that matches too much.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    kind: FaultKind
    _: KW_ONLY
    method: str | None = None
    path: str | None = None  # a part of the path, such as "ItemMarks"
    keycode: str | None = None
    times: int | None = None  # the next so many of them; None: until the faults are changed
    probability: float = 1.0
    seconds: float = 0.0  # of latency, of hanging, or until what is late comes
    retry_after: int | None = None  # seconds, for 429 and 503; None: no such header
    retry_after_as_date: bool = False  # write it as an HTTP date

    def __post_init__(self) -> None:
        """A fault that makes no sense is an error where it is written."""
        if not 0 <= self.probability <= 1:
            raise ValueError("probability lies between 0 and 1")
        if self.seconds < 0 or (self.retry_after or 0) < 0 or (self.times or 0) < 0:
            raise ValueError("seconds, retry_after and times are not negative")
        if self.kind.of_posts and self.method not in (None, "POST"):
            raise ValueError(f"{self.kind} is for POSTs, which the method must then be")

    def matches(self, method: str, path: str, keycode: str | None) -> bool:
        """Whether such a request can meet this fault."""
        return (
            self.method in (None, method)
            and (method == "POST" or not self.kind.of_posts)
            and (self.path is None or self.path in path)
            and self.keycode in (None, keycode)
        )


@dataclass(frozen=True)
class FaultPlan:
    """Faults and the seed of their draws: the body of ``PUT /sandbox/faults``."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    faults: tuple[Fault, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What one request meets: a delay in seconds and at most one other fault."""

    delay: float = 0.0
    fault: Fault | None = None


class Faults:
    """The faults that are switched on, and how many times each is still to come."""

    def __init__(self) -> None:
        """Nothing is switched on."""
        self._lock = threading.Lock()
        self.clear()

    def set(self, *faults: Fault, seed: int = 0) -> None:
        """Switch on these faults instead of any before; the earlier in the list wins."""
        with self._lock:
            self._plan = FaultPlan(faults, seed)
            self._left = [fault.times for fault in faults]
            self._random = random.Random(seed)  # noqa: S311 - repeatable is what we want

    def clear(self) -> None:
        """Switch everything off."""
        self.set()

    @property
    def left(self) -> Sequence[tuple[Fault, int | None]]:
        """Each fault and how many times it is still to come; None: without end."""
        with self._lock:
            return tuple(zip(self._plan.faults, self._left, strict=True))

    def decide(self, method: str, path: str, keycode: str | None) -> Decision:
        """What the next request meets. Every matching fault with a probability draws one number."""
        delay = 0.0
        chosen: Fault | None = None
        with self._lock:
            for index, fault in enumerate(self._plan.faults):
                if self._left[index] == 0 or not fault.matches(method, path, keycode):
                    continue
                if fault.probability < 1 and self._random.random() >= fault.probability:
                    continue
                if fault.kind is FaultKind.LATENCY:
                    delay += fault.seconds
                elif chosen is None:
                    chosen = fault
                else:
                    continue
                remaining = self._left[index]
                self._left[index] = None if remaining is None else remaining - 1
        return Decision(delay, chosen)
