"""Open the ledger that the settings name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipeline.ledger.head import HeadFile, copies
from pipeline.ledger.history import History
from pipeline.ledger.ledger import Ledger
from pipeline.settings import Settings


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of what was sent to this Surpass; a context manager. It blocks.

    LedgerError where it cannot be opened, and where it is lost: an empty one would send again what
    was sent before.
    """
    # Before the ledger is looked for: a process that begins one right now leaves signs only after.
    lost = how_to_restore(settings)
    return Ledger(
        settings.ledger_location,
        settings.surpass_host,
        settings.lease,
        head=head_file(settings),
        lost=lost,
    )


def open_history(settings: Settings) -> History:
    """The same, to be read alone: no process is announced."""
    return History(settings.ledger_location, settings.surpass_host, lost=how_to_restore(settings))


def head_file(settings: Settings) -> HeadFile:
    """What this machine keeps of the end of the ledger's chain."""
    return HeadFile(settings.home, settings.ledger_location)


def how_to_restore(settings: Settings) -> str | None:
    """What to say where there is no ledger, though there was one; None where there was none."""
    sign = head_file(settings).signs_of_a_ledger()
    if sign is None:
        return None
    newest = [str(path) for path in copies(settings.home)][-1:]
    copy = f"the newest copy is {newest[0]}" if newest else "there is none in backup/"
    return (
        f"the ledger is empty or gone, but there was one ({sign}). Nothing is sent without it. "
        f"Put back a copy ({copy}); pipeline/ledger/README.md says how. Without any copy: move the "
        f"folders evidence, backup and reports out of {settings.home}; then a new ledger begins, "
        "which knows nothing of what was sent before"
    )


@asynccontextmanager
async def ledger_in_thread(settings: Settings) -> AsyncIterator[Ledger]:
    """The same ledger, opened and closed beside the event loop, which goes on meanwhile."""
    ledger = await asyncio.to_thread(lambda: open_ledger(settings).__enter__())
    try:
        yield ledger
    finally:
        await asyncio.shield(asyncio.to_thread(ledger.__exit__))
