"""What one check found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How well it is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Diagnosis:
    """One check: what was looked at, how well it is, and how to mend it. Never holds a secret."""

    what: str
    verdict: Verdict
    told: str  # one sentence
    to_do: str = ""


def well(what: str, told: str) -> Diagnosis:
    """Nothing to mend."""
    return Diagnosis(what, Verdict.OK, told)


def odd(what: str, told: str, to_do: str) -> Diagnosis:
    """It works, but somebody should look at it."""
    return Diagnosis(what, Verdict.WARNING, told, to_do)


def ill(what: str, told: str, to_do: str) -> Diagnosis:
    """It does not work."""
    return Diagnosis(what, Verdict.FAILED, told, to_do)


def examined(what: str, check: Callable[[], Iterable[Diagnosis]]) -> list[Diagnosis]:
    """What the check found; where it breaks, that is a diagnosis too, and nothing is raised."""
    found: list[Diagnosis] = []
    try:
        found.extend(check())
    except Exception as error:  # a doctor who falls ill himself says so, and looks at the rest
        # The error's words may hold a secret; its kind does not.
        told = f"This check itself went wrong ({type(error).__name__})."
        found.append(ill(what, told, "Please report it; the other checks stand."))
    return found
