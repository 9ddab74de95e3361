"""Begin a run: its files are read in a thread, while whatever else must start starts beside."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipeline.daemon_thread import in_daemon_thread
from pipeline.evidence.archive import Archive
from pipeline.garbage import collect_rarely
from pipeline.interpret import ReadingOptions, in_force
from pipeline.interpret.prepare import Keep, prepare
from pipeline.ledger import open_ledger
from pipeline.ledger.rerun import take_up
from pipeline.model import Interpreted
from pipeline.papers.load import load_papers
from pipeline.progress import Progress
from pipeline.read.limits import limits_of
from pipeline.stages.job import Job, Work
from schemas.words import Origin


def start(job: Job, files: Sequence[Path], progress: Progress, names: Sequence[str] = ()) -> Work:
    """Begin to read at once, in a thread: whatever else must start, starts beside.

    ``names`` is what reports call the files, where that is not what they are called on the disk.
    """
    return _start(job, files, progress, names, Archive(job.settings.archive).keep)


def start_check(job: Job, files: Sequence[Path], progress: Progress) -> Work:
    """The same for a run that sends nothing: its files are not archived."""
    return _start(job, files, progress, (), None)


def _start(
    job: Job, files: Sequence[Path], progress: Progress, names: Sequence[str], keep: Keep | None
) -> Work:
    collect_rarely()
    layouts = in_force(job.settings.layouts, job.layout)
    papers = load_papers(job.settings.papers)
    advance = progress.stage("Read", len(files))
    options = ReadingOptions.of(job.settings)
    limits = limits_of(job.settings)
    reading = partial(prepare, files, layouts, options, advance, names, limits, keep)
    return Work(job, in_daemon_thread(reading, name="read"), progress, papers)


def start_rerun(job: Job, parent: str, batches: Collection[int], progress: Progress) -> Work:
    """Begin to read from the ledger what an earlier run left to do, in place of files."""
    collect_rarely()
    papers = load_papers(job.settings.papers)
    advance = progress.stage("Take up", 1)

    def read_what_was_left() -> tuple[Interpreted, ...]:
        with open_ledger(job.settings) as ledger:
            return take_up(ledger, parent, batches)

    reading = in_daemon_thread(read_what_was_left, name="read")
    reading.add_done_callback(lambda _: advance())
    origin = Origin.RERUN if job.run.origin is Origin.COMMAND else job.run.origin
    rerun = replace(job.run, parent=parent, origin=origin)
    return Work(replace(job, run=rerun), reading, progress, papers)
