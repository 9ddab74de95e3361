"""``papermarks watch`` and ``papermarks sweep``: the drop folder."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import suppress
from typing import Annotated

import typer

from flows.cli import exits, show
from flows.dropfolder import watcher as inbox
from pipeline import settings
from pipeline.errors import InputError, NotBalanced, PapermarksError
from pipeline.inbox import Place

_CODES: dict[Place | None, int] = {
    Place.DONE: exits.DONE,
    Place.ATTENTION: exits.NEEDS_A_PERSON,
    Place.REJECTED: exits.NOTHING_READABLE,
}


def watch() -> None:
    """Take each file in the inbox as it settles, send its marks, and put it where it belongs."""
    ours = settings.load()

    async def watching() -> None:
        stop = _told_to_stop()
        await inbox.watch(ours, stop)

    asyncio.run(watching())


def sweep(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what became of each file.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No lines.")] = False,
) -> None:
    """Take all that lies in the inbox once: for cron and the Task Scheduler."""
    ours = settings.load()

    async def sweeping() -> tuple[list[inbox.FileResult], bool]:
        stop = _told_to_stop()
        tell = _nothing if quiet or as_json else show.note
        return await inbox.sweep(ours, stop=stop, tell=tell), stop.is_set()

    handled, stopped = asyncio.run(sweeping())
    if as_json:
        typer.echo(json.dumps([_told(each) for each in handled], indent=1, ensure_ascii=False))
    codes = [exits.INTERRUPTED if stopped else exits.DONE, *map(_code, handled)]
    raise typer.Exit(max(codes))  # they are numbered by how bad they are


def _told_to_stop() -> asyncio.Event:
    """Set by Ctrl-C or SIGTERM between two files; during a run, it is the run that is told."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told(number: int, _frame: object) -> None:
        signal.signal(number, signal.default_int_handler)  # a second one ends it at once
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):  # not in a thread
            signal.signal(number, told)
    return stop


def _nothing(_text: str) -> None: ...


def _told(handled: inbox.FileResult) -> dict[str, object]:
    return {
        "file": handled.file,
        "run": handled.run,
        "outcomes": handled.outcomes,
        "went_to": handled.went_to,
    }


def _code(handled: inbox.FileResult) -> int:
    error = handled.because
    if error is None:
        return _CODES.get(handled.place, exits.DONE)
    if isinstance(error, OSError):
        return exits.STOPPED
    if isinstance(error, NotBalanced) or not isinstance(error, PapermarksError):
        return exits.OUR_FAULT
    return exits.NEEDS_A_PERSON if isinstance(error, InputError) else exits.for_stop(error)
