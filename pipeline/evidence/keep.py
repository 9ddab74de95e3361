"""Keep a run's evidence, once its report is written: the report's seal, a copy of the ledger."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import LedgerError
from pipeline.evidence.seal import seal
from pipeline.ledger import History
from pipeline.ledger.backup import back_up_once_a_day
from pipeline.settings import Settings


def keep(ledger: History, settings: Settings, run: str, report: Path | None) -> tuple[str, ...]:
    """What could not be kept, and why: that is told, and undoes nothing.

    ``report`` is its folder; None where there is none to be sealed.
    """
    problems = []
    try:
        if report is not None:
            seal(ledger, run, report)
    except (LedgerError, OSError) as error:
        problems.append(f"the report could not be sealed, so verify cannot prove it: {error}")
    try:
        back_up_once_a_day(settings)
    except (LedgerError, OSError) as error:
        problems.append(f"the ledger could not be copied to {settings.backup}: {error}")
    return tuple(problems)
