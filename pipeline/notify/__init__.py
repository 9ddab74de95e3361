"""Notify somebody of a run that ended: people through apprise, a program by a webhook, or nobody.

Counts and words only. A notification that fails is said in the run, and never fails it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pipeline import notification_services
from pipeline.account import RunSummary
from pipeline.notify import people, webhook
from pipeline.settings import Settings
from pipeline.tls import certificate_problem

__all__ = ["NotifyTargets", "notify", "problems", "targets_of"]

_TIMEOUT_S = 15.0  # that a notification may take in all
_START_S = 15.0  # and the start of the process that sends it, on a slow machine


@dataclass(frozen=True)
class NotifyTargets:
    """Who is notified of a run, and how. Addresses often are their own passwords."""

    webhook: str | None = field(default=None, repr=False)
    people: tuple[str, ...] = field(default=(), repr=False)  # addresses as apprise writes them
    ca_file: Path | None = None  # an authority of the office's own, for the webhook
    only_problems: bool = False  # nobody is notified of a run that needs no person


def targets_of(settings: Settings) -> NotifyTargets:
    """The targets that the settings name."""
    webhook_url = settings.notify_url
    return NotifyTargets(
        webhook=None if webhook_url is None else webhook_url.get_secret_value(),
        people=tuple(address.get_secret_value() for address in settings.notify or ()),
        ca_file=settings.ca_file,
        only_problems=settings.notify_when == "needs_a_person",
    )


async def notify(summary: RunSummary, report: str, targets: NotifyTargets) -> tuple[str, ...]:
    """Notify all targets of a run, at once; return a sentence for each that failed."""
    if targets.only_problems and not summary.needs_a_person:
        return ()
    sending: list[Awaitable[str | None]] = []
    if targets.webhook is not None:
        post = partial(webhook.post, targets.webhook, summary, report, targets.ca_file)
        sending.append(_failure("the webhook", post))
    for number, address in enumerate(targets.people, start=1):
        send = partial(people.send, address, summary, report)
        sending.append(_failure(f"NOTIFY's address {number}", send, more_s=_START_S))
    return tuple(failure for failure in await asyncio.gather(*sending) if failure is not None)


def problems(targets: NotifyTargets) -> tuple[str, ...]:
    """What is wrong with the addresses of people, as far as it shows without sending."""
    found_problems = map(notification_services.problem, targets.people)
    return tuple(
        f"NOTIFY's address {number}: {problem}"
        for number, problem in enumerate(found_problems, start=1)
        if problem is not None
    )


async def _failure(
    name: str, send: Callable[[], Awaitable[None]], *, more_s: float = 0.0
) -> str | None:
    try:
        async with asyncio.timeout(_TIMEOUT_S + more_s):
            await send()
    except TimeoutError:
        reason = f"no answer within {_TIMEOUT_S:.0f} seconds"
    except people.NotNotified as error:
        name, reason = f"{name}, {error.service},", str(error)
    except Exception as error:  # a defect of others may not fail a run either
        reason = _reason(error)
    else:
        return None
    return f"{name} was not notified of the run: {reason}"


def _reason(error: Exception) -> str:
    """Not its own words: they hold the address, which may be a secret."""
    import httpx  # here: a run that notifies nobody starts sooner

    if isinstance(error, httpx.HTTPStatusError):
        return f"it answered {error.response.status_code}"
    if isinstance(error, httpx.ConnectError):
        return certificate_problem(error) or type(error).__name__
    return type(error).__name__
