"""The whole run, stage by stage. This screen tells the story; the stages do the work.

    read ▶ find the candidates' sessions ▶ validate ▶ number the questions as the paper does
    ▶ recover what earlier runs left in flight ▶ already sent? ▶ check each session ▶ deliver, batch
    by batch ▶ reconcile ▶ report

``step`` is how a stage is executed: here and now, or by the flows as a Prefect task.
``send_elsewhere`` sends a batch by another process, where the flow has some.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from pipeline.deliver.confirm import Confirmation, confirm_unsettled
from pipeline.deliver.context import RunContext
from pipeline.deliver.interrupt import interruptible
from pipeline.deliver.recover import recover
from pipeline.errors import LedgerError
from pipeline.ledger import Ledger, ledger_in_thread
from pipeline.model import Ending
from pipeline.settings import Settings
from pipeline.stages import BatchSender, Report, Step, Work, execute_here
from pipeline.stages.checking import check_sessions
from pipeline.stages.reporting import send_notifications, write_report
from pipeline.stages.sending import send_open
from pipeline.stages.validating import linked, read_and_validate, sendable
from pipeline.surpass import Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.user import host_name, user_name
from schemas.words import Outcome


async def ingest(
    work: Work,
    surpass: Surpass,
    step: Step = execute_here,
    send_elsewhere: BatchSender | None = None,
) -> Report:
    """Carry the work out: send what is right, and account for everything."""
    settings = work.job.settings
    async with ledger_in_thread(settings) as ledger:
        context = _context(work, surpass, ledger)
        with interruptible(context.breaker, surpass, work.reading):
            read = await step("read and validate", lambda: read_and_validate(work, context))
            work = await asyncio.to_thread(linked, work, read, ledger)
            ready = await asyncio.to_thread(sendable, read, settings)
            begin = partial(ledger.begin, work.job.run, read, ready, settings.without_secrets)
            await asyncio.to_thread(begin)
            await step("settle what earlier runs left", lambda: recover(context))
            checked = await step(
                "check the sessions", lambda: check_sessions(work, ready, read, context)
            )
            sent = await send_open(work, checked, context, step, send_elsewhere)
            await _finish(work, (*checked.endings, *sent), context)
        report = await write_report(work, read, checked, sent, context, step)
    return await send_notifications(report, settings)


async def check_only(work: Work, surpass: Surpass | None) -> Report:
    """Everything but sending; without ``surpass`` its sessions are not asked for."""
    settings = work.job.settings
    async with ledger_in_thread(settings) as ledger:
        context = _context(work, surpass, ledger)
        read = await read_and_validate(work, context)
        unstopped = await asyncio.to_thread(sendable, read, settings)
        checked = await check_sessions(work, unstopped, read, context)
        ready = tuple(Ending(s.number, Outcome.READY, Outcome.READY.meaning) for s in checked.open)
        return await write_report(work, read, checked, ready, context, execute_here)


async def confirm(settings: Settings, surpass: Surpass, run: str | None = None) -> Confirmation:
    """Read again what is in doubt or unconfirmed, of one run or of all. Nothing is sent.

    LookupError where there is no such run.
    """
    async with ledger_in_thread(settings) as ledger:
        acting = f"papermarks confirm, by {user_name()} on {host_name()}"
        return await confirm_unsettled(_services(settings, surpass, ledger, acting), run)


def _context(work: Work, surpass: Surpass | None, ledger: Ledger) -> RunContext:
    services = _services(work.job.settings, surpass, ledger, f"run {work.job.run.id}")
    return replace(services, papers=work.papers)


def _services(
    settings: Settings, surpass: Surpass | None, ledger: Ledger, acting: str
) -> RunContext:
    """What every stage of delivery needs: built here and nowhere else."""
    return RunContext(
        surpass=surpass,
        ledger=ledger,
        breaker=CircuitBreaker(settings.concurrency, settings.stop_after, settings.most_refused),
        quiet_period=settings.quiet_period,
        max_posts=settings.max_attempts,
        acting=acting,
    )


async def _finish(work: Work, ended: Sequence[Ending], context: RunContext) -> None:
    try:
        finished = replace(work.job.run, finished=dt.datetime.now(dt.UTC))
        await asyncio.to_thread(context.ledger.finish, finished, ended)
    except LedgerError as error:
        context.breaker.stop(error)  # the report still tells what became of everything
