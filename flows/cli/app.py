"""The commands, by the file that holds each."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli import (
    confirm,
    demo,
    doctor,
    history,
    inbox,
    ingest,
    layouts,
    outstanding,
    rules,
    sandbox,
    serve,
    session,
    template,
)
from pipeline.model import VERSION

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
app.command()(inbox.watch)
app.command()(inbox.sweep)
app.command()(history.runs)
app.command("show")(history.show_run)
app.command()(template.template)
app.command()(outstanding.outstanding)
app.command()(doctor.doctor)
app.command()(rules.rules)
app.command()(layouts.inspect)
app.command("layouts")(layouts.list_layouts)
app.command("confirm-layout")(confirm.confirm_layout)
app.command()(serve.serve)
app.command()(sandbox.sandbox)
app.add_typer(layouts.app, name="layout")
app.add_typer(session.app, name="session")
