"""Let a person at a terminal choose a run by its number in a list."""

from __future__ import annotations

import sys

import typer

from flows.cli import show
from flows.rerun_choices import RerunChoice, rerun_choices
from pipeline.errors import InputError
from pipeline.ledger import Ledger


def run_to_rerun(ledger: Ledger, surpass: str) -> str:
    """The run that a person chooses. InputError where none is left, or nobody is there to ask."""
    choices = rerun_choices(ledger, surpass)
    if not choices:
        raise InputError("no run left anything that running it again would settle")
    if not sys.stdin.isatty():
        listed = "; ".join(choice.text for choice in choices[:3])
        raise InputError(f"say which run: papermarks rerun RUN. These left something: {listed}")
    return _asked(choices)


def _asked(choices: list[RerunChoice]) -> str:
    show.line("Runs that left something to do, the newest first:")
    for number, choice in enumerate(choices, start=1):
        show.line(f"{number:>3}  {choice.text}")
    while True:
        chosen: int = typer.prompt("Which one, by its number", type=int)
        if 1 <= chosen <= len(choices):
            return choices[chosen - 1].run
        show.line(f"There are the numbers 1 to {len(choices)}.")
