"""The commands by name, each loaded when it is called.

``papermarks --help`` and the shell's completion must not wait for pandas, SQLAlchemy or Prefect:
the list below is all that they need. A command's own file imports what it needs at its top.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from flows.cli import panels, profiles


@dataclass(frozen=True)
class LazyCommand:
    """A command that is not imported yet."""

    module: str
    attribute: str  # of the module: a function, or a Typer of sub-commands
    help: str  # the first paragraph of its docstring


COMMANDS = {
    "demo": LazyCommand(
        "flows.cli.demo",
        "demo",
        "Start a sandbox, send it the sample files, and show what became of every row.",
    ),
    "init": LazyCommand(
        "flows.cli.init",
        "init",
        "Make papermarks' folders and a papermarks.toml to fill in. Nothing there is overwritten.",
    ),
    "check": LazyCommand(
        "flows.cli.ingest",
        "check",
        "Do everything but send: read, validate, and ask Surpass about each session.",
    ),
    "ingest": LazyCommand(
        "flows.cli.ingest",
        "ingest",
        "Send the files' marks and responses to Surpass, and account for every row.",
    ),
    "rerun": LazyCommand(
        "flows.cli.ingest",
        "rerun",
        "Send again what a run left failed, in doubt or not open; its files are not needed.",
    ),
    "watch": LazyCommand(
        "flows.cli.inbox",
        "watch",
        "Take each file in the inbox as it settles, send its marks, and put it where it belongs.",
    ),
    "sweep": LazyCommand(
        "flows.cli.inbox",
        "sweep",
        "Take all that lies in the inbox once: for cron and the Task Scheduler.",
    ),
    "confirm": LazyCommand(
        "flows.cli.settle",
        "confirm_run",
        "Read again what is in doubt or unconfirmed, and settle it. Nothing is sent.",
    ),
    "resolve": LazyCommand(
        "flows.cli.settle",
        "resolve",
        "Write down what a person found out of a session that is in doubt or unconfirmed.",
    ),
    "absent": LazyCommand(
        "flows.cli.absent",
        "absent",
        "Void the sessions of a run's absent candidates in Surpass, asking before each.",
    ),
    "runs": LazyCommand(
        "flows.cli.history",
        "runs",
        "List the runs, the newest first: their files, the worst outcome, who ran them.",
    ),
    "show": LazyCommand(
        "flows.cli.history",
        "show_run",
        "Show one run: its files, where each submission ended, and every POST.",
    ),
    "find": LazyCommand(
        "flows.cli.find",
        "find",
        "Tell all that ever happened to a session: runs, cells, outcomes, POSTs, what came later.",
    ),
    "export": LazyCommand(
        "flows.cli.find",
        "export",
        "Write the record of one candidate: a page to read and print, and the same as JSON.",
    ),
    "verify": LazyCommand(
        "flows.cli.verify",
        "verify",
        "Compare the ledger, the archive and the reports with the chain of records.",
    ),
    "purge": LazyCommand(
        "flows.cli.purge",
        "purge",
        "Remove the personal data of old runs from ledger, copies, archive and reports.",
    ),
    "template": LazyCommand(
        "flows.cli.template",
        "template",
        "Make an Excel mark sheet of the sessions that wait for marks, to be filled in.",
    ),
    "outstanding": LazyCommand(
        "flows.cli.outstanding",
        "outstanding",
        "List the sessions that still wait for marks, against what was seen and sent here.",
    ),
    "compare": LazyCommand(
        "flows.cli.compare",
        "compare",
        "Set two keyings of the same papers side by side, for a third person to decide.",
    ),
    "doctor": LazyCommand(
        "flows.cli.doctor",
        "doctor",
        "Look at all that a run needs, and say how to mend what is not well. Changes nothing.",
    ),
    "rules": LazyCommand(
        "flows.cli.rules", "rules", "Show what can be wrong in a file, and what to do about it."
    ),
    "inspect": LazyCommand(
        "flows.cli.layouts",
        "inspect",
        "Say what a file is, how it is read, and what is wrong in it; nothing is sent or kept.",
    ),
    "layouts": LazyCommand(
        "flows.cli.layouts",
        "list_layouts",
        "List the layouts that are tried on a file (ours, and your own) and confirmed readings.",
    ),
    "confirm-layout": LazyCommand(
        "flows.cli.confirm",
        "confirm_layout",
        "Show the readings of an uncertain file; the one you choose counts for all of its form.",
    ),
    "serve": LazyCommand(
        "flows.cli.serve",
        "serve",
        "Take files as they are dropped, run every night, and offer re-runs in Prefect.",
    ),
    "sandbox": LazyCommand(
        "flows.cli.sandbox",
        "sandbox",
        "Stand in for Surpass, for training and trials. Its page shows what it took.",
    ),
    "layout": LazyCommand("flows.cli.layouts", "app", "Layouts of your own."),
    "session": LazyCommand(
        "flows.cli.session", "app", "Look at test sessions in Surpass, and change their state."
    ),
}


class LazyGroup(TyperGroup):
    """All commands: listed from `COMMANDS`, imported one at a time."""

    def __init__(self, **arguments: Any) -> None:
        """With a stand-in for each command that bears its name and help."""
        super().__init__(**arguments)
        for name, lazy in COMMANDS.items():
            panel = panels.panel_of(name)
            self.add_command(TyperCommand(name=name, help=lazy.help, rich_help_panel=panel))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command itself, where it is to be run or its options are asked for."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in COMMANDS else command, rest


def load(name: str) -> TyperCommand | TyperGroup:
    """Import a command."""
    from stamina.instrumentation import set_on_retry_hooks

    set_on_retry_hooks([])  # a retry is in the ledger; on the terminal it only frightens
    lazy = COMMANDS[name]
    found = getattr(import_module(lazy.module), lazy.attribute)
    if isinstance(found, typer.Typer):
        return get_group(found)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, epilog=panels.epilog_of(name))(found)
    command = get_command(alone)
    assert isinstance(command, TyperCommand)  # noqa: S101  # a Typer of one function is no group
    return command


app = typer.Typer(
    name="papermarks",
    cls=LazyGroup,
    help="Paper marks and multiple-choice responses into Surpass: exactly once, or you are told "
    "why not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # typer's way
    if wanted:
        typer.echo(f"papermarks {version('papermarks')}")
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    profile: Annotated[
        str | None,
        typer.Option(
            profiles.OPTION,
            metavar="NAME",
            help="Which Surpass: a profile of papermarks.toml; also after the command.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Tell the version.")
    ] = False,
) -> None:
    profiles.choose(ctx, profile)
