"""Open the ledger that the settings name."""

from __future__ import annotations

from pipeline.ledger.ledger import Ledger
from pipeline.settings import Settings


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of what was sent to this Surpass; a context manager. It blocks.

    LedgerError where it cannot be opened.
    """
    return Ledger(settings.ledger_location, settings.surpass_host, settings.lease)
