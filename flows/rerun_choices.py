"""Which runs can be run again: what is offered to choose from, on a terminal and in Prefect.

20261123-001541-274-0e60: marks.xlsx: 3 failed, 1 not_open
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.first_few import first_few
from pipeline.foreign_text import in_a_line
from pipeline.ledger import History
from pipeline.ledger.model import UNFINISHED
from pipeline.ledger.stored_submissions import LEFT_TO_DO
from pipeline.run_id import RUN_ID
from schemas.words import WORST_FIRST

MAX_CHOICES = 20
_LOOKED_AT = 50  # runs, the newest
_MAX_FILES = 2  # of a run that are named
_MAX_CHARS = 150
_TAKEN_UP: set[str | None] = {None, *map(str, LEFT_TO_DO)}
_WORDS = [UNFINISHED, *(str(word) for word in WORST_FIRST if word in LEFT_TO_DO)]


@dataclass(frozen=True)
class RerunChoice:
    """A run that left something which running it again may settle."""

    run: str
    text: str  # begins with the run's id


def rerun_choices(ledger: History, surpass: str) -> list[RerunChoice]:
    """Those that sent to this Surpass, a host, the newest first."""
    found = []
    for run in ledger.runs(_LOOKED_AT):
        if run["surpass"] != surpass:
            continue
        left = {word: run["outcomes"][word] for word in _WORDS if word in run["outcomes"]}
        if left and _TAKEN_UP & {*ledger.left_of(run["id"])}:
            found.append(RerunChoice(run["id"], _text(run, left)))
        if len(found) == MAX_CHOICES:
            break
    return found


def _text(run: dict[str, Any], left: dict[str, int]) -> str:
    files = first_few(run["files"], _MAX_FILES)
    counts = ", ".join(f"{count} {word}" for word, count in left.items())
    return f"{run['id']}: {in_a_line(files, _MAX_CHARS)}: {counts}"


def run_of(chosen: str) -> str:
    """The run's id in what somebody chose or wrote."""
    found = RUN_ID.match(chosen.strip())
    return chosen.strip() if found is None else found[0]
