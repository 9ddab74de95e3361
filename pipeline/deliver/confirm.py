"""Confirm: read again what earlier runs left in doubt or unconfirmed. Nothing is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pipeline.deliver.context import RunContext
from pipeline.deliver.recover import Recovered, recover
from pipeline.ledger import Ledger


@dataclass(frozen=True)
class Confirmation:
    """What reading unsettled sessions again has shown."""

    recovered: tuple[Recovered, ...]
    left: int  # still in doubt or unconfirmed


async def confirm_unsettled(context: RunContext, run: str | None = None) -> Confirmation:
    """Read the sessions again, of one run or of all. LookupError where there is no such run."""
    ledger = context.ledger
    keycodes = None if run is None else await asyncio.to_thread(_keycodes_of, ledger, run)
    recovered = await recover(context, keycodes=keycodes)
    unsettled = await asyncio.to_thread(ledger.in_flight)
    left = [known for known in unsettled if keycodes is None or known.keycode in keycodes]
    return Confirmation(recovered, len(left))


def _keycodes_of(ledger: Ledger, run: str) -> set[str]:
    return {submission["keycode"] for submission in ledger.show(run)["submissions"]}
