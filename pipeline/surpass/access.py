"""Access to Surpass: address, user, time limits and pace."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.settings import Settings


@dataclass(frozen=True)
class Access:
    """Where Surpass is, who signs in, how long to wait and how many requests to send."""

    url: str
    username: str
    password: str = field(repr=False)
    timeout: float = 30.0  # seconds for one answer
    max_attempts: int = 5  # tries of one call
    max_retry_seconds: float = 120.0  # and the time that they may take together
    retry_wait: float = 0.5  # seconds before the second try, doubling, with as much jitter
    concurrency: int = 8  # requests at once
    rate_limit: float | None = None  # requests a second
    ca_file: Path | None = None  # an authority of the office's own, trusted beside the usual ones


def access_of(settings: Settings) -> Access:
    """The access that the settings describe. SettingsError says what is missing."""
    url, username, password = settings.require_surpass()
    return Access(
        url=url,
        username=username,
        password=password.get_secret_value(),
        timeout=settings.timeout,
        max_attempts=settings.max_attempts,
        max_retry_seconds=settings.max_retry_seconds,
        retry_wait=settings.retry_wait,
        concurrency=settings.concurrency,
        rate_limit=settings.rate_limit,
        ca_file=settings.ca_file,
    )
