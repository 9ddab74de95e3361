"""``papermarks watch`` and ``papermarks sweep``: the drop folder."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import suppress
from typing import Annotated

import typer

from flows.cli import show
from flows.dropfolder import watcher
from flows.dropfolder.watcher import FileResult
from flows.service import lifeline
from pipeline import event_loop, settings
from pipeline.errors import ExitCode


def watch(
    until_stdin_closes: Annotated[
        bool,
        typer.Option(hidden=True, help="End as by SIGTERM when standard input ends: for serve."),
    ] = False,
) -> None:
    """Take each file in the inbox as it settles, send its marks, and put it where it belongs."""
    if until_stdin_closes:
        lifeline.exit_when_stdin_closes(lifeline.shut_down)
    in_force = settings.load()

    async def watching() -> None:
        beating = asyncio.create_task(watcher.beat(in_force.home)) if until_stdin_closes else None
        await watcher.watch(in_force, _stop_at_signal())
        if beating is not None:
            beating.cancel()

    event_loop.run(watching)


def sweep(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what became of each file.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No lines.")] = False,
) -> None:
    """Take all that lies in the inbox once: for cron and the Task Scheduler."""
    in_force = settings.load()

    async def sweeping() -> tuple[list[FileResult], bool]:
        stop = _stop_at_signal()
        log = _discard if quiet or as_json else show.note
        return await watcher.sweep(in_force, stop=stop, log=log), stop.is_set()

    results, stopped = event_loop.run(sweeping)
    if as_json:
        typer.echo(json.dumps(list(map(_to_json, results)), indent=1, ensure_ascii=False))
    codes = [result.exit_code for result in results]
    raise typer.Exit(max([ExitCode.INTERRUPTED if stopped else ExitCode.DONE, *codes]))


def _stop_at_signal() -> asyncio.Event:
    """Set by Ctrl-C or SIGTERM between two files; during a run, the run has the signal."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal(number: int, _frame: object) -> None:
        signal.signal(number, signal.default_int_handler)  # a second one ends it at once
        lifeline.exit_within_grace(ExitCode.INTERRUPTED)
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):  # not in a thread
            signal.signal(number, on_signal)
    return stop


def _discard(_text: str) -> None: ...


def _to_json(result: FileResult) -> dict[str, object]:
    return {
        "file": result.file,
        "run": result.run,
        "outcomes": result.outcomes,
        "went_to": result.went_to,
    }
