"""Try a call to Surpass again: bounded in tries and in time, with jitter, after named errors only.

Retries live here and nowhere else. Surpass's own Retry-After is waited for.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import stamina

from pipeline.errors import DOUBTFUL, SurpassError, Unavailable, Unreachable
from pipeline.surpass.access import Access

_RETRIABLE = (*DOUBTFUL, Unreachable)

_Answer = TypeVar("_Answer")


class Retries:
    """The retries that the settings allow."""

    def __init__(self, access: Access) -> None:
        """Nothing was tried yet."""
        self._access = access
        self._hurried = False

    def hurry(self) -> None:
        """Try nothing again from now on."""
        self._hurried = True

    async def call(
        self, once: Callable[[], Awaitable[_Answer]], *, only_if_not_taken: bool = False
    ) -> _Answer:
        """What one try comes to, once it is answered; else the last try's error.

        With ``only_if_not_taken`` again only after an error that proves that nothing was taken.
        """
        seconds = self._access.max_retry_seconds
        until = time.monotonic() + seconds
        worth_it = partial(self._should_retry, until=until, only_if_not_taken=only_if_not_taken)
        try:
            return await once()  # nearly always: what is built below costs as much as a request
        except SurpassError as error:
            if worth_it(error) is False:  # a wait of no seconds is worth it too
                raise
            first: SurpassError | None = error
        async for attempt in stamina.retry_context(
            on=worth_it,
            attempts=self._access.max_attempts if seconds else 1,
            timeout=max(until - time.monotonic(), 0.001) if seconds else None,
            wait_initial=self._access.retry_wait,
            wait_jitter=self._access.retry_wait,
            wait_max=30.0,
        ):
            with attempt:
                if first is not None:  # it counts as the first of the tries
                    failed, first = first, None
                    raise failed
                return await once()
        raise AssertionError("the last try returns or raises")

    def _should_retry(
        self, error: Exception, until: float, *, only_if_not_taken: bool
    ) -> bool | float:
        """Whether to try again, or after how many seconds where Surpass says so."""
        if self._hurried or not isinstance(error, _RETRIABLE):
            return False
        if only_if_not_taken and not error.not_taken:
            return False
        retry_after = error.retry_after if isinstance(error, Unavailable) else None
        if retry_after is None:
            return True
        if time.monotonic() + retry_after > until:
            return False
        return retry_after + random.uniform(0, self._access.retry_wait)  # noqa: S311  # jitter
