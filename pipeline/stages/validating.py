"""What was read becomes submissions: sessions found, rules applied, questions numbered."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from pipeline.deliver.absences import held_where_sent
from pipeline.deliver.context import RunContext
from pipeline.findings import endings
from pipeline.ledger import Ledger
from pipeline.model import Submission, Validated
from pipeline.papers.versions import number_by_paper
from pipeline.settings import Settings
from pipeline.stages.job import Work
from pipeline.submissions import build_submissions
from pipeline.validate.session_lookup import find
from pipeline.validate.validated import validated


async def read_and_validate(work: Work, context: RunContext) -> Validated:
    """The files' entries, with the sessions of candidates named by a reference, as submissions."""
    sources = await asyncio.wrap_future(work.reading)
    found = await find(sources, context.surpass, context.breaker, context.ledger.sent_for)
    options = work.job.settings.validation
    read = await asyncio.to_thread(validated, found, options)
    read = await asyncio.to_thread(held_where_sent, read, context.ledger)
    return await number_by_paper(read, work.papers, context.surpass, context.breaker)


def linked(work: Work, read: Validated, ledger: Ledger) -> Work:
    """The same, taking up what that run left whose workbook to mend this is, if it is one."""
    marks = {source.returned for source in read.sources if source.returned is not None}
    known = [mark.run for mark in marks if ledger.returned_by(mark.run, mark.sha256)]
    if len(known) != 1 or work.job.run.parent is not None:
        return work
    return replace(work, job=replace(work.job, run=replace(work.job.run, parent=known[0])))


def sendable(read: Validated, settings: Settings) -> list[Submission]:
    """The submissions that nothing in the files stops."""
    stopped = {ending.submission for ending in endings(read.findings)}
    # One that is not known has a finding; had it none, the run would not balance.
    known = read.submissions.index[read.submissions["keycode"] != ""]
    numbers = [number for number in known if number not in stopped]
    return build_submissions(read.entries, numbers, settings.blank_answer)
