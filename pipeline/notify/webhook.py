"""Notify a program of a run, by a POST of JSON to a web address."""

from __future__ import annotations

from pathlib import Path

from pipeline.account import RunSummary
from pipeline.http_logs import keep_addresses_out
from pipeline.notify import lines
from pipeline.tls import verifying


async def post(url: str, summary: RunSummary, report: str, ca_file: Path | None = None) -> None:
    """POST the summary as JSON. httpx.HTTPError where that failed, or it was not taken."""
    import httpx  # here: a run that notifies nobody starts sooner

    keep_addresses_out()
    verify = verifying(ca_file) if url.startswith("https:") else True
    async with (
        httpx.AsyncClient(headers={"user-agent": "papermarks"}, verify=verify) as client,
        # What it answers is not read: it may be without end.
        client.stream("POST", url, json=_body(summary, report)) as reply,
    ):
        reply.raise_for_status()


def _body(summary: RunSummary, report: str) -> dict[str, object]:
    """Our own keys for programs; ``text`` is what chats show."""
    return {
        "text": f"{lines.title(summary)} (run {summary.run})",
        "run": summary.run,
        "profile": summary.profile,
        "needs_a_person": summary.needs_a_person,
        "headline": summary.headline,
        "files": list(summary.files),
        "submissions": summary.submissions,
        "outcomes": summary.outcomes,
        "errors": summary.errors,
        "warnings": summary.warnings,
        "to_do": lines.to_do_for_programs(summary),
        "stopped": summary.stopped,
        "balanced": summary.balanced,
        "report": report,
    }
