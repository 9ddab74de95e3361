"""What Prefect's pages show of a run: counts and words, never marks, names or keycodes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
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
from prefect.states import Completed

from flows.prefect_side import crash_detection
from pipeline.deliver.preflight import Checked
from pipeline.errors import NotBalanced
from pipeline.notify import Account, account
from pipeline.progress import Progress
from pipeline.run import Report, Work
from schemas.words import Outcome

_T = TypeVar("_T")

_OFTEN = 2.0  # seconds between two updates of the progress, at least
_ALL = 100.0  # per cent
_MOST_EXAMS = 20  # as tags; a page with more of them tells nothing


@asynccontextmanager
async def in_passing() -> AsyncIterator[None]:
    """What is only shown must not stop what is sent, where Prefect is away for a while."""
    try:
        yield
    except (httpx.HTTPError, OSError) as error:
        get_run_logger().warning("Prefect could not be told: %s", error)


class Seen:
    """A run as Prefect sees it: each stage a task, how far it is, which exams it has."""

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self._sending = _Sending()
        self._artifact: UUID | None = None
        self._shown: float | None = None  # the share
        self._shown_at = 0.0

    def watched(self, work: Work) -> Work:
        """The same work; how far its sending is, is told here too."""
        self._sending.beside = work.progress
        return replace(work, progress=self._sending)

    async def step(self, name: str, work: Callable[[], Awaitable[_T]]) -> _T:
        """Execute a stage as a Prefect task. It has no parameters: its data stay in here."""

        @task(name=name, cache_policy=NO_CACHE, persist_result=False)
        async def stage() -> _T:
            return await work()

        # Without the run's tags: for each, a task would ask the server for a place, and fail
        # where it is away.
        with TagsContext(current_tags=set()):
            done = await stage()
        async with in_passing():
            if isinstance(done, Checked):
                await _tag(done)
            await self.show_progress()
        return done

    async def show_progress(self) -> None:
        """Tell Prefect how much is sent, where that is news; not too often."""
        share = self._sending.share
        too_soon = time.monotonic() < self._shown_at + _OFTEN and share != _ALL
        if share is None or share == self._shown or too_soon:
            return
        self._shown, self._shown_at = share, time.monotonic()
        if self._artifact is None:
            self._artifact = await acreate_progress_artifact(
                share, key="sent", description="Submissions sent, in per cent"
            )
        else:
            await aupdate_progress_artifact(self._artifact, share)


class _Sending:
    """Progress that keeps the share sent, beside whoever else is told."""

    def __init__(self) -> None:
        self.beside: Progress
        self.share: float | None = None

    def stage(self, name: str, total: int | None) -> Callable[[], None]:
        """Only of sending is the share kept: the rest is over in seconds."""
        advance = self.beside.stage(name, total)
        if name != "Send" or not total:
            return advance
        done = 0

        def advanced() -> None:
            nonlocal done
            done += 1
            self.share = round(_ALL * done / total, 1)
            advance()

        return advanced


async def _tag(checked: Checked) -> None:
    """Tag the run by its exams: the tests' references, in Surpass's words."""
    tests = {each.test.reference for each in checked.sessions.values() if each.test}
    exams = sorted(reference for reference in tests if reference)[:_MOST_EXAMS]
    client, _ = get_or_create_client()  # the flow's own
    await client.update_flow_run(UUID(flow_run.id), tags={*flow_run.tags, *exams})


async def show(report: Report) -> State[Report]:
    """The run's artifacts: a summary, the outcomes, a link to the report. The state it ends in.

    Findings complete a run; NotBalanced, which fails it, where its account does not add up.
    """
    told = account(report.reconciliation)
    get_run_logger().info("Run %s: %s", told.run, told.summary)
    for problem in report.untold:
        get_run_logger().warning("Run %s: %s", told.run, problem)
    await acreate_markdown_artifact(
        key="reconciliation", markdown=f"**Run {told.run}**\n\n{told.summary}"
    )
    await acreate_table_artifact(key="outcomes", table=_outcomes(report))
    workbook = (report.folder / "reconciliation.xlsx").resolve()
    await acreate_link_artifact(key="report", link=workbook.as_uri(), link_text=told.run)
    return _state(told, report)


def _outcomes(report: Report) -> list[dict[str, object]]:
    totals = report.reconciliation.totals
    return [
        {
            "outcome": name,
            "submissions": count,
            "marks": totals.marks_by_outcome[name],
            "meaning": Outcome(name).meaning,
        }
        for name, count in totals.by_outcome.items()
    ]


def _state(told: Account, report: Report) -> State[Report]:
    if not told.balanced:
        raise NotBalanced(f"run {told.run}: {told.headline}")
    name = crash_detection.NEEDS_A_PERSON if told.needs_a_person else "Completed"
    return Completed(name=name, message=told.headline, data=report)
