"""Competitors take their turns, round after round, until the rounds or their time is over."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Rounds:
    """How often each takes a turn: at least once, and no new round begins once the time is over."""

    most: int
    within_s: float  # of one part's case


def in_turn(
    turns: Mapping[str, Callable[[], Sequence[float]]], rounds: Rounds
) -> dict[str, list[float]]:
    """Each one's figures, as medians over its turns: what else the machine does hits all alike."""
    found: dict[str, list[Sequence[float]]] = {who: [] for who in turns}
    until = time.monotonic() + rounds.within_s
    for number in range(rounds.most):
        if number and time.monotonic() > until:
            break
        for who, turn in turns.items():
            found[who].append(turn())
    return {
        who: [statistics.median(values) for values in zip(*taken, strict=True)]
        for who, taken in found.items()
    }
