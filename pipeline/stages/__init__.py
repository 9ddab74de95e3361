"""The stages of a run, each over the rooms below it; ``pipeline.run`` puts them in their order."""

from pipeline.stages.job import Job, Work, new_run
from pipeline.stages.reporting import Report
from pipeline.stages.start import start, start_check, start_rerun
from pipeline.stages.step import BatchSender, Step, execute_here

__all__ = [
    "BatchSender",
    "Job",
    "Report",
    "Step",
    "Work",
    "execute_here",
    "new_run",
    "start",
    "start_check",
    "start_rerun",
]
