"""What one check of the doctor found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Whether the thing checked works."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Diagnosis:
    """The finding of one check, and how to mend it. Never holds a secret."""

    what: str
    verdict: Verdict
    sentence: str  # what was found
    to_do: str = ""

    def as_json(self) -> dict[str, str]:
        """As ``doctor --json`` prints it, under keys that programs rely on."""
        return {
            "what": self.what,
            "verdict": self.verdict,
            "told": self.sentence,
            "to_do": self.to_do,
        }


def ok(what: str, sentence: str) -> Diagnosis:
    """A diagnosis that there is nothing to mend."""
    return Diagnosis(what, Verdict.OK, sentence)


def warning(what: str, sentence: str, to_do: str) -> Diagnosis:
    """A diagnosis that something works, but that somebody should look at it."""
    return Diagnosis(what, Verdict.WARNING, sentence, to_do)


def failed(what: str, sentence: str, to_do: str) -> Diagnosis:
    """A diagnosis that something does not work."""
    return Diagnosis(what, Verdict.FAILED, sentence, to_do)


def run_check(what: str, check: Callable[[], Iterable[Diagnosis]]) -> list[Diagnosis]:
    """Run one check; where it breaks, that is a diagnosis too, and nothing is raised."""
    diagnoses: list[Diagnosis] = []
    try:
        diagnoses.extend(check())
    except Exception as error:  # a doctor who falls ill himself says so, and looks at the rest
        # The error's words may hold a secret; its kind does not.
        sentence = f"This check itself went wrong ({type(error).__name__})."
        diagnoses.append(failed(what, sentence, "Please report it; the other checks stand."))
    return diagnoses
