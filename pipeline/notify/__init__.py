"""Tell somebody of a run that ended: a web address, people by e-mail, or nobody.

Counts and words only. A way that fails is told in the run, and never fails it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

import httpx

from pipeline.notify import mail, webhook
from pipeline.notify.account import Account, account
from pipeline.notify.mail import Post

__all__ = ["Account", "NotifyTargets", "Post", "account", "notify"]

_PATIENCE = 15.0  # seconds that a way may take in all


@dataclass(frozen=True)
class NotifyTargets:
    """Who is told of a run, and how."""

    url: str | None = field(repr=False)  # of a webhook; it often is its own password
    post: Post | None
    only_problems: bool = False  # nobody is told of a run that needs no person


async def notify(told: Account, report: str, ways: NotifyTargets) -> tuple[str, ...]:
    """Tell of a run and its report, each way at once; a sentence for each that failed."""
    if ways.only_problems and not told.needs_a_person:
        return ()
    telling: list[Awaitable[str | None]] = []
    if ways.url is not None:
        telling.append(_tried("the webhook", partial(webhook.post, ways.url, told, report)))
    if ways.post is not None:
        send = partial(mail.send, ways.post, told, report)
        telling.append(_tried(f"{ways.post.host} (e-mail)", partial(_in_thread, send)))
    return tuple(failure for failure in await asyncio.gather(*telling) if failure is not None)


async def _tried(way: str, tell: Callable[[], Awaitable[None]]) -> str | None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await tell()
    except TimeoutError:
        return f"{way} was not told of the run: no answer within {_PATIENCE:.0f} seconds"
    except httpx.HTTPStatusError as error:  # its own words hold the address, which may be a secret
        return f"{way} was not told of the run: it answered {error.response.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{way} was not told of the run: {type(error).__name__}"
    except (OSError, ValueError) as error:  # SMTP's errors are OSErrors
        return f"{way} was not told of the run: {error}"
    return None


async def _in_thread(send: Callable[[], None]) -> None:
    """Not in a pool: Python waits for its threads at the end, however long a server dawdles."""
    done: Future[None] = Future()
    done.set_running_or_notify_cancel()  # who waits may give up; the thread ends when it ends

    def run() -> None:
        try:
            send()
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    threading.Thread(target=run, name="e-mail", daemon=True).start()
    await asyncio.wrap_future(done)
