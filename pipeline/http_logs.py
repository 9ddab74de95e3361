"""Keep what a web address holds out of the logs: keycodes, and webhooks that are secrets."""

from __future__ import annotations

import logging


def _is_a_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def keep_addresses_out() -> None:
    """httpx logs each request's address at INFO, httpcore more at DEBUG: whoever sets the level."""
    for name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy"):
        logger = logging.getLogger(name)
        if _is_a_warning not in logger.filters:
            logger.addFilter(_is_a_warning)
