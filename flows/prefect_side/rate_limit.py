"""A limit of requests a second that several machines share: it is kept in Prefect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError, rate_limit
from prefect.settings import get_current_settings

from pipeline.errors import SettingsError, Unreachable
from pipeline.settings import Settings


def pace(settings: Settings) -> Callable[[], AbstractAsyncContextManager[None]] | None:
    """What each request waits for, or None where machines share no limit.

    Without the limit's yes nothing is sent: what cannot be asked counts as Surpass out of reach.
    """
    name = settings.shared_limit
    if name is None:
        return None
    if get_current_settings().api.url is None:
        raise SettingsError(
            f"SHARED_LIMIT: the limit {name} is kept in Prefect, and no server of it is known; "
            "set PREFECT_API_URL"
        )

    @asynccontextmanager
    async def slot() -> AsyncIterator[None]:
        try:
            # Strict, or a limit that somebody deleted would be none, without a word.
            await rate_limit(name, strict=True)
        except ConcurrencySlotAcquisitionError as error:
            raise Unreachable(_no_such_limit(name)) from error
        except (httpx.HTTPError, OSError) as error:
            raise Unreachable(f"Prefect, which keeps the limit {name}, is away: {error}") from error
        yield

    return slot


def _no_such_limit(name: str) -> str:
    return (
        f"Prefect has no limit '{name}'. To make it, for 10 requests a second: "
        f"prefect gcl create {name} --limit 10 --slot-decay-per-second 10"
    )
