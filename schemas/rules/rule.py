"""A rule: one thing that can be wrong or odd in the input, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.words import Outcome, Severity, Who


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong or odd in the input."""

    code: str
    severity: Severity
    outcome: Outcome | None  # of the session it is found in; None: the session goes on
    message: str
    to_do: str
    example: str  # where it is met: a cell, or a sentence
    who: Who = Who.SENDER  # who has to do it


def error(code: str, message: str, to_do: str, example: str, who: Who = Who.SENDER) -> Rule:
    """The session is not sent: the file must be mended."""
    return Rule(code, Severity.ERROR, Outcome.INVALID, message, to_do, example, who)


def hold(code: str, message: str, to_do: str, example: str, who: Who = Who.OFFICE) -> Rule:
    """The session is held for a person."""
    return Rule(code, Severity.ERROR, Outcome.HELD, message, to_do, example, who)


def not_open(code: str, message: str, to_do: str, example: str, who: Who = Who.OFFICE) -> Rule:
    """The session cannot take marks now."""
    return Rule(code, Severity.ERROR, Outcome.NOT_OPEN, message, to_do, example, who)


def absent(code: str, message: str, to_do: str, example: str, who: Who = Who.OFFICE) -> Rule:
    """The candidate was absent: nothing is sent, and nothing is wrong."""
    return Rule(code, Severity.WARNING, Outcome.ABSENT, message, to_do, example, who)


def warning(code: str, message: str, to_do: str, example: str, who: Who = Who.OFFICE) -> Rule:
    """It is reported, and the session goes on."""
    return Rule(code, Severity.WARNING, None, message, to_do, example, who)
