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
from pipeline.ledger import open_ledger

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def runs(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the runs, the newest first."""
    with open_ledger(settings.load()) as ledger:
        newest = ledger.runs()[:limit]
    if as_json:
        typer.echo(json.dumps(newest, indent=1))
        return
    table = Table(Column("Run", no_wrap=True), "Started", "Ended", "Outcomes", "Re-run of")
    for run in newest:
        outcomes = ", ".join(f"{count} {name}" for name, count in sorted(run["outcomes"].items()))
        ended = _time(run["finished"]) or "not: it died, or is under way"
        table.add_row(run["id"], _time(run["started"]), ended, outcomes, run["parent"] or "")
    show.table(table)


def show_run(
    run: Annotated[str, typer.Argument(help="The run's id: see papermarks runs.")],
    as_json: AsJson = False,
) -> None:
    """Show one run: its files, where each submission ended, and every POST."""
    try:
        with open_ledger(settings.load()) as ledger:
            record = ledger.show(run)
    except LookupError as error:
        raise InputError(f"there is no run {run}; papermarks runs lists them") from error
    if as_json:
        typer.echo(json.dumps(record, indent=1))
        return
    for source in record["sources"]:
        show.line(f"{source['name']} ({source['layouts']}, SHA-256 {source['sha256'][:12]})")
    table = Table("Keycode", "Outcome", "Why", "Batch", "POSTs: when, what came back")
    for submission in record["submissions"]:
        posts = [post for post in record["attempts"] if post["submission"] == submission["number"]]
        table.add_row(
            submission["keycode"],
            submission["outcome"] or "unfinished",
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
