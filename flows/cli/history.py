"""``papermarks runs`` and ``papermarks show``: what happened, from the ledger."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from flows.cli import show
from pipeline import settings
from pipeline.errors import InputError
from pipeline.first_few import first_few
from pipeline.ledger import Ledger, open_ledger
from pipeline.ledger.model import UNFINISHED
from schemas.words import WORST_FIRST

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_MAX_FILES = 3  # of a run that the table names
_ORDER = [UNFINISHED, *map(str, WORST_FIRST)]


def runs(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the runs, the newest first: their files, the worst outcome, who ran them."""
    with open_ledger(settings.load()) as ledger:
        newest = ledger.runs(limit)
    for run in newest:
        run["worst"] = worst(run["outcomes"])
    if as_json:
        typer.echo(json.dumps(newest, indent=1))
        return
    show.table(_table(newest))


def _table(newest: list[dict[str, Any]]) -> Table:
    """Narrow enough for a terminal of 80 columns, with names of files in full."""
    whole = [Column(name, no_wrap=True) for name in ("Run, its end, by whom", "Worst")]
    table = Table(whole[0], Column("Files", overflow="fold"), whole[1], "Outcomes", show_lines=True)
    for run in newest:
        outcomes = "\n".join(f"{run['outcomes'][name]} {name}" for name in _known(run["outcomes"]))
        ended = _time(run["finished"]) or "died, or is under way"
        table.add_row(
            "\n".join((run["id"], ended, by(run).replace(" of ", " of\n"))),
            first_few(run["files"], _MAX_FILES),
            run["worst"] or "",
            "purged" if run["purged"] else outcomes,
        )
    return table


def worst(outcomes: dict[str, int]) -> str | None:
    """The outcome that wants a person the most; None where nothing was to be sent."""
    return next(iter(_known(outcomes)), None)


def _known(outcomes: dict[str, int]) -> list[str]:
    return sorted(outcomes, key=lambda name: _ORDER.index(name) if name in _ORDER else -1)


def by(run: dict[str, Any]) -> str:
    """Who ran it, where and how: ``kim on desk-1, rerun of 20261123-001541-274-0e60``."""
    who = run["user"] or ""
    where = f" on {run['host']}" if run["host"] else ""
    how = f", {run['origin']}" if run["origin"] else ""
    of = f" of {run['parent']}" if run["parent"] else ""
    return f"{who}{where}{how}{of}".strip(", ")


def named(ledger: Ledger, run: str) -> str:
    """A run's id as a command was given it: the id itself, or ``last``. InputError."""
    try:
        return ledger.run_named(run)
    except LookupError as error:
        raise InputError(
            "there is no run yet with the Surpass of these settings; papermarks runs lists all"
        ) from error


def show_run(
    run: Annotated[str, typer.Argument(help="The run's id, or last: see papermarks runs.")],
    as_json: AsJson = False,
) -> None:
    """Show one run: its files, where each submission ended, and every POST."""
    try:
        with open_ledger(settings.load()) as ledger:
            record = ledger.show(named(ledger, run))
    except LookupError as error:
        raise InputError(f"there is no run {run}; papermarks runs lists them") from error
    if as_json:
        typer.echo(json.dumps(record, indent=1))
        return
    show.line(f"Run {record['id']}, {_time(record['started'])}: {by(record) or 'not recorded'}")
    for source in record["sources"]:
        owner = f"of {source['owner']}, " if source["owner"] else ""
        known_by = f"SHA-256 {source['sha256'][:12]}"
        show.line(f"{source['name']} ({owner}{source['layouts']}, {known_by})")
    if record["purged"]:
        show.line(f"Its files and submissions were purged on {_time(record['purged'])}.")
    table = Table("Keycode", "Outcome", "Why", "Batch", "POSTs: when, what came back")
    for submission in record["submissions"]:
        posts = [post for post in record["attempts"] if post["submission"] == submission["number"]]
        table.add_row(
            submission["keycode"],
            submission["outcome"] or UNFINISHED,
            submission["reason"] or "",
            "" if submission["batch"] is None else str(submission["batch"]),
            "\n".join(map(_post, posts)),
        )
    show.table(table)


def _post(post: dict[str, Any]) -> str:
    return f"{_time(post['began'])}: {post['came_back'] or 'nothing, yet'}"


def _time(seconds: float | None) -> str:
    """A time on this machine's clock."""
    return f"{dt.datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}" if seconds else ""
