"""``papermarks demo``: the whole story in one command."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli import show
from flows.cli.ingest import send
from flows.cli.sandbox import sample_sessions
from flows.samples import sample_files
from pipeline import settings
from pipeline.errors import ExitCode
from pipeline.sandbox import Sandbox, serve_in_thread
from pipeline.stages import Job


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the sandbox up at the end, to look at it.")
    ] = False,
) -> None:
    """Start a sandbox, send it the sample files, and show what became of every row."""
    sandbox = Sandbox(sample_sessions(None))
    with serve_in_thread(sandbox) as url:
        in_force = settings.load()
        access = {
            "surpass_url": url,
            "surpass_username": sandbox.options.username,
            "surpass_password": sandbox.options.password,
        }
        demonstration = settings.Settings.model_validate(
            {
                "home": in_force.home / "demo",
                "prefect": in_force.prefect,
            }
            | access
        )
        show.note(f"A sandbox stands in for Surpass at {url}; nothing leaves this machine.")
        for path in sample_files():
            show.note(f"  sample: {path.name}")
        code = send(Job(demonstration), sample_files(), as_json=False, quiet=False)
        show.note("The samples are wrong on purpose: see sample_data/README.md.")
        if keep:
            typer.prompt(f"Look at {url}; Enter ends it", default="", show_default=False)
    # Findings are what the samples are for: the demo went well all the same.
    raise typer.Exit(ExitCode.DONE if code == ExitCode.NEEDS_A_PERSON else code)
