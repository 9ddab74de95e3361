"""Notify a program of a run, by a POST of JSON to a web address."""

from __future__ import annotations

from pathlib import Path

import httpx

from pipeline.http_logs import keep_addresses_out
from pipeline.notify.account import Account
from pipeline.tls import verifying


async def post(url: str, account: Account, report: str, ca_file: Path | None = None) -> None:
    """POST the account as JSON. httpx.HTTPError where that failed, or it was not taken."""
    keep_addresses_out()
    verify = verifying(ca_file) if url.startswith("https:") else True
    async with (
        httpx.AsyncClient(headers={"user-agent": "papermarks"}, verify=verify) as client,
        # What it answers is not read: it may be without end.
        client.stream("POST", url, json=_body(account, report)) as reply,
    ):
        reply.raise_for_status()


def _body(account: Account, report: str) -> dict[str, object]:
    """Our own keys for programs; ``text`` is what chats show."""
    return {
        "text": f"{account.sender}, run {account.run}: {account.headline}.",
        "run": account.run,
        "profile": account.profile,
        "needs_a_person": account.needs_a_person,
        "headline": account.headline,
        "submissions": account.submissions,
        "outcomes": account.outcomes,
        "errors": account.errors,
        "warnings": account.warnings,
        "stopped": account.stopped,
        "balanced": account.balanced,
        "report": report,
    }
