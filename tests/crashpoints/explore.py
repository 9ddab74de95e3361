"""Every point, and every pair of points: in one run, or in a run and the next one.

States that differ in nothing that a later run could see are explored once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.crashpoints.faults import Fault
from tests.crashpoints.invariants import broken
from tests.crashpoints.runs import Office, Ran, State
from tests.crashpoints.same import Tried
from tests.crashpoints.surpass_model import Marks
from tests.crashpoints.wire import QUIET_S, TIMEOUT_S

AT_ONCE_S = 1.0
AFTER_QUIET_S = QUIET_S + 2 * TIMEOUT_S + 1  # since whatever died, too

Schedule = dict[int, Fault]


@dataclass
class Explorer:
    """What was tried, and what broke."""

    office: Office
    sent: Mapping[str, Marks]
    tried: Tried
    points: int = 0  # those of the single faults, and of the pairs
    pairs: int = 0
    runs: int = 0
    broken: list[str] = field(default_factory=list)

    def every_point(self, start: State) -> None:
        """Each fault at each point of one run; then the next run, at once, and one later."""
        for schedule in self._one_more(start, {}):
            self.points += 1
            ran = self._run(start, schedule)
            name = _shown(schedule, ran)
            self._end_well(ran.state, name)
            self._end_well_after_the_next(ran.state.later(AT_ONCE_S), name)

    def every_pair(self, start: State, at: int) -> None:
        """Each fault at this point, and after it each fault at each later point."""
        for first in self._one_more(start, {}):
            if at not in first:
                continue
            ran = self._run(start, first)
            name = _shown(first, ran)
            for both in self._one_more(start, first):
                self.pairs += 1
                again = self._run(start, both)
                self._end_well(again.state, _shown(both, again))
            for wait in (AT_ONCE_S, AFTER_QUIET_S):
                self._in_the_next_run(ran.state.later(wait), f"{name}; {wait:g} s later")

    def _in_the_next_run(self, state: State, name: str) -> None:
        first = self.tried.first("every point", state)
        for schedule in self._one_more(state, {}):
            self.pairs += 1
            if first:
                ran = self._run(state, schedule)
                self._end_well(ran.state, f"{name}: {_shown(schedule, ran)}")

    def _end_well_after_the_next(self, state: State, name: str) -> None:
        if self.tried.first("a run", state):
            self._end_well(self._run(state, {}).state, f"{name}, and a run {AT_ONCE_S:g} s later")

    def _one_more(self, state: State, schedule: Schedule) -> Iterator[Schedule]:
        """The schedule, with one fault more at each of the points that come after its last."""
        reached = self._run(state, schedule).points
        first = max(schedule, default=-1) + 1
        for at in range(first, len(reached)):
            for fault in self.office.disk.faults[reached[at][0]]:
                yield {**schedule, at: fault}

    def _end_well(self, state: State, name: str) -> None:
        if self.tried.first("the end", state.later(AFTER_QUIET_S)):
            self.runs += 1
            if wrong := wrong_in_the_end(self.office, self.sent, state):
                self.broken.append(f"{name}: {wrong}")

    def _run(self, state: State, schedule: Schedule) -> Ran:
        self.runs += 1
        return self.office.run(state, schedule)


def wrong_in_the_end(office: Office, sent: Mapping[str, Marks], state: State) -> str:
    """What is not well after one plain run, once nothing can come of what was sent."""
    ran = office.run(state.later(AFTER_QUIET_S), {})
    assert ran.account is not None
    return broken(ran.state, ran.account, office, sent)


def _shown(schedule: Schedule, ran: Ran) -> str:
    return " and ".join(
        f"{' '.join(ran.points[at])} (point {at}): {fault}" for at, fault in schedule.items()
    )
