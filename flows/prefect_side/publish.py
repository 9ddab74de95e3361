"""What Prefect's pages show of a run: counts and words, never marks, names or keycodes."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import httpx
from prefect import get_run_logger, task
from prefect.artifacts import (
    acreate_link_artifact,
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.client.utilities import get_or_create_client
from prefect.context import TagsContext
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows.prefect_side import crash_detection
from flows.prefect_side.redaction import ErrorRedaction, RedactedError, redacted_words
from flows.prefect_side.sign_in import REPORTS_FILE
from flows.service.report_links import link_to_report
from pipeline.account import RunSummary
from pipeline.deliver.preflight import Checked
from pipeline.errors import NotBalanced
from pipeline.foreign_text import in_a_line
from pipeline.progress import Progress
from pipeline.stages import Report, Work
from pipeline.user import host_name
from schemas.words import Outcome

_T = TypeVar("_T")

_MIN_INTERVAL_S = 2.0  # between two updates of the progress
_ALL_PERCENT = 100.0
_HOW_TO_OPEN = (
    "It opens on this machine, while papermarks serve runs. The user is papermarks; the password "
    f"stands behind the colon in prefect/{REPORTS_FILE}, in the folder of papermarks."
)
_MAX_EXAM_TAGS = 20  # a page with more of them says nothing


@asynccontextmanager
async def best_effort() -> AsyncIterator[None]:
    """What is only shown must not stop what is sent, where Prefect is away for a while."""
    try:
        yield
    except (httpx.HTTPError, OSError) as error:
        get_run_logger().warning("Prefect could not be informed: %s", error)


class PrefectPublisher:
    """Shows a run in Prefect: each stage as a task, how far it is, which exams it has."""

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self._progress = _SendProgress()
        self._artifact: UUID | None = None
        self._shown_percent: float | None = None
        self._shown_at = 0.0

    def observe(self, work: Work) -> Work:
        """The same work; how far its sending is, is shown here too."""
        self._progress.passed_on_to = work.progress
        return replace(work, progress=self._progress)

    async def step(self, name: str, work: Callable[[], Awaitable[_T]]) -> _T:
        """Execute a stage as a Prefect task. It has no parameters: its data stay in here."""
        redaction = ErrorRedaction()

        @task(name=name, cache_policy=NO_CACHE, persist_result=False)
        async def stage() -> _T:
            return await redaction.call(work)

        # Without the run's tags: for each, a task would ask the server for a place, and fail
        # where it is away.
        with TagsContext(current_tags=set()), suppress(RedactedError):
            result = await stage()
        if redaction.error is not None:
            raise redaction.error
        async with best_effort():
            if isinstance(result, Checked):
                await _tag(result)
            await self.show_progress()
        return result

    async def show_progress(self) -> None:
        """Show how much is sent, where that is new; not too often."""
        percent = self._progress.percent
        too_soon = time.monotonic() < self._shown_at + _MIN_INTERVAL_S
        if percent is None or percent == self._shown_percent:
            return
        if too_soon and percent != _ALL_PERCENT:
            return
        self._shown_percent, self._shown_at = percent, time.monotonic()
        if self._artifact is None:
            self._artifact = await acreate_progress_artifact(
                percent, key="sent", description="Submissions sent, in per cent"
            )
        else:
            await aupdate_progress_artifact(self._artifact, percent)


class _SendProgress:
    """Progress that keeps the percentage sent, and passes everything on."""

    def __init__(self) -> None:
        self.passed_on_to: Progress
        self.percent: float | None = None

    def stage(self, name: str, total: int | None) -> Callable[[], None]:
        """Only of sending is it kept: the rest is over in seconds."""
        advance = self.passed_on_to.stage(name, total)
        if name != "Send" or not total:
            return advance
        done = 0

        def advance_both() -> None:
            nonlocal done
            done += 1
            self.percent = round(_ALL_PERCENT * done / total, 1)
            advance()

        return advance_both


async def name_run(run: str) -> None:
    """Our run's id in the name that Prefect shows: by it the report and the ledger know the run."""
    async with best_effort():
        client, _ = get_or_create_client()  # the flow's own
        await client.update_flow_run(UUID(flow_run.id), name=f"{flow_run.name} ({run})")


async def _tag(checked: Checked) -> None:
    """Tag the run by its exams: the tests' references, in Surpass's words."""
    tests = {session.test.reference for session in checked.sessions.values() if session.test}
    exams = sorted(reference for reference in tests if reference)[:_MAX_EXAM_TAGS]
    client, _ = get_or_create_client()  # the flow's own
    await client.update_flow_run(UUID(flow_run.id), tags={*flow_run.tags, *exams})


async def publish(report: Report, home: Path) -> State[Report]:
    """The run's artifacts: a summary, the outcomes, where the report is. The state it ends in.

    Findings complete a run. It fails where it was stopped, or left work undone; NotBalanced, which
    fails it too, where its account does not add up.
    """
    summary = report.account.summary
    get_run_logger().info("Run %s: %s", summary.run, summary.summary)
    for problem in report.problems:
        get_run_logger().warning("Run %s: %s", summary.run, problem)
    where = "" if report.not_written else f"\n\n{where_it_is('The report', report.page)}"
    await acreate_markdown_artifact(
        key="reconciliation", markdown=f"**Run {summary.run}**\n\n{summary.summary}{where}"
    )
    await acreate_table_artifact(key="outcomes", table=_outcomes(report))
    if report.not_written is None:
        await _link_to(report, home)
    else:
        get_run_logger().warning("Run %s: %s", summary.run, report.not_written)
    return _state(summary, report)


async def _link_to(report: Report, home: Path) -> None:
    """A link that a browser follows, where the report is served; else the text has its path."""
    run = report.reconciliation.run
    link = await asyncio.to_thread(link_to_report, home, run.id)
    if link is not None:
        await acreate_link_artifact(
            key="report", link=link, link_text=f"Report of run {run.id}", description=_HOW_TO_OPEN
        )


def where_it_is(what: str, path: Path) -> str:
    """A file's place, in Markdown, for a person: a browser opens no file from a web page."""
    shown = in_a_line(str(path.absolute()))
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    return f"{what} is on {host_name()}: {fence} {shown} {fence}"


def _outcomes(report: Report) -> list[dict[str, object]]:
    totals = report.reconciliation.totals
    return [
        {
            "outcome": name,
            "submissions": count,
            "meaning": Outcome(name).meaning,
        }
        for name, count in totals.by_outcome.items()
    ]


def _state(summary: RunSummary, report: Report) -> State[Report]:
    if not summary.balanced:
        raise NotBalanced(f"run {summary.run}: {summary.headline}")
    if why := _left_undone(report):
        return Failed(message=why, data=RedactedError(why))
    # Of Prefect's types none says 'done, and somebody must look': a paused run would go on.
    name = crash_detection.NEEDS_A_PERSON if summary.needs_a_person else "Completed"
    return Completed(name=name, message=summary.headline, data=report)


def _left_undone(report: Report) -> str | None:
    """Why something is still to be sent though no person need look; None where nothing is."""
    stopped, totals = report.reconciliation.stopped_by, report.reconciliation.totals
    if stopped is not None:
        return f"Sending was stopped. {redacted_words(stopped)}"
    undone = sum(totals.by_outcome[outcome] for outcome in (Outcome.FAILED, Outcome.IN_DOUBT))
    if not undone:
        return None
    again = f"papermarks rerun {report.reconciliation.run.id}"
    return f"{undone} of {totals.submissions} submissions were not sent for certain: {again}"
