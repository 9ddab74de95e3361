"""Which submissions are open: what the ledger knows of each, then what Surpass says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from pipeline.deliver.already_sent import already_sent
from pipeline.deliver.completion_date import with_clock_findings
from pipeline.deliver.context import RunContext
from pipeline.deliver.double_keyed import held_for_second_keying
from pipeline.deliver.preflight import Checked, check, unchecked
from pipeline.model import Submission, Validated
from pipeline.stages.job import Work


async def check_sessions(
    work: Work, sendable: Sequence[Submission], read: Validated, context: RunContext
) -> Checked:
    """What the ledger knows of the submissions, then what Surpass says."""
    ledger = context.ledger
    keycodes = [submission.keycode for submission in sendable]
    history = await asyncio.to_thread(ledger.known, keycodes)
    known = await asyncio.to_thread(already_sent, sendable, read.entries, history, ledger.entries)
    if work.job.settings.double_keyed:
        hold = partial(held_for_second_keying, sendable, read.entries, known)
        known = await asyncio.to_thread(hold, ledger.last_keyings)
    if context.surpass is None:
        return unchecked(sendable, read, known)
    advance = work.progress.stage("Check the sessions", len(sendable) - len(known.numbers))
    checked = await check(sendable, read, known, context, advance)
    clock = context.surpass.clock
    return with_clock_findings(work.job.settings, work.job.run.started, checked, clock)
