"""Notify people of a run, by whatever apprise knows: e-mail, Teams, Slack and a hundred more.

In a process of its own for each address (pipeline/notification_services.py): what answers there
may answer without end, or a byte at a time. It has bounded memory, and ends when its time is over.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress

from pipeline.account import RunSummary
from pipeline.notify import lines

_NO_USE = ("PAPERMARKS_", "PREFECT_")  # beginnings of variables that it has no use for


class NotNotified(Exception):  # noqa: N818
    """A notification was not sent; the message says why, and holds no part of the address."""

    def __init__(self, service: str, reason: str) -> None:
        """``service`` as people call it: Slack."""
        super().__init__(reason)
        self.service = service


async def send(address: str, summary: RunSummary, report: str) -> None:
    """Send one notification and wait until the service takes it. NotNotified where it does not.

    Whoever stops waiting ends it.
    """
    message = {
        "address": address,
        "title": lines.title(summary),
        "body": lines.body(summary, report),
    }
    environment = {name: text for name, text in os.environ.items() if not name.startswith(_NO_USE)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "pipeline.notification_services"),
        stdin=asyncio.subprocess.PIPE,  # no argument: those can be seen by everybody
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    try:
        answer, _ = await process.communicate(json.dumps(message).encode())
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    try:
        service, reason = json.loads(answer)
    except ValueError:
        raise NotNotified("NOTIFY", "the program that sends it broke off") from None
    if reason:
        raise NotNotified(service, reason)
