"""The commands, by the file that holds each."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli import demo, history, ingest, sandbox, session
from pipeline.facts import VERSION

app = typer.Typer(
    name="papermarks",
    help="Paper marks and multiple-choice responses into Surpass: exactly once, or you are told "
    "why not.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # typer's way
    if wanted:
        typer.echo(f"papermarks {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None: ...


app.command()(demo.demo)
app.command()(ingest.check)
app.command()(ingest.ingest)
app.command()(ingest.rerun)
app.command()(history.runs)
app.command("show")(history.show_run)
app.command()(sandbox.sandbox)
app.add_typer(session.app, name="session")
