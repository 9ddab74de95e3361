"""Open the ledger that the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipeline.ledger.ledger import Ledger
from pipeline.settings import Settings


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of what was sent to this Surpass; a context manager. It blocks.

    LedgerError where it cannot be opened.
    """
    return Ledger(settings.ledger_location, settings.surpass_host, settings.lease)


@asynccontextmanager
async def ledger_in_thread(settings: Settings) -> AsyncIterator[Ledger]:
    """The same ledger, opened and closed beside the event loop, which goes on meanwhile."""
    ledger = await asyncio.to_thread(lambda: open_ledger(settings).__enter__())
    try:
        yield ledger
    finally:
        await asyncio.shield(asyncio.to_thread(ledger.__exit__))
