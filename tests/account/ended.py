"""Sessions that ended as if they had been sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.model import Ending
from schemas.words import Outcome
from tests.validate.prepared import Prepared

SHEET = "Keycode,Q1,Q2\nKEYCODE1,1,2\nKEYCODE2,3,x\nKEYCODE3,4,y\nKEYCODE4,ABS,\nKEYCODE5,5,6\n"
GOOD = "Keycode,Q1,Q2\nKEYCODE1,1,2\nKEYCODE5,5,6\n"


def ended(came: Prepared, outcomes: Mapping[str, Outcome]) -> Prepared:
    """As if these sessions had ended so; all others that are ready, as accepted."""
    keycodes = came.validated.submissions["keycode"]

    def end(ending: Ending) -> Ending:
        if ending.outcome is not Outcome.READY:
            return ending
        outcome = outcomes.get(keycodes[ending.submission], Outcome.ACCEPTED)
        posted = int(outcome not in {Outcome.UNCHANGED, Outcome.READY, Outcome.NOT_OPEN})
        return replace(ending, outcome=outcome, batch=1, attempts=posted)

    return replace(came, endings=tuple(map(end, came.endings)))
