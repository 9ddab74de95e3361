"""``papermarks find`` and ``papermarks export``: all that ever happened to a session."""

from __future__ import annotations

import os
import re
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from flows.cli import show
from pipeline import settings
from pipeline.errors import FolderUnavailable, InputError
from pipeline.evidence.export import as_json as as_json_of
from pipeline.evidence.export import as_page
from pipeline.evidence.session_record import Record, session_records
from pipeline.ledger import open_history
from pipeline.report.atomic import write_bytes

Name = Annotated[str, typer.Argument(help="A session's keycode, or its candidate's reference.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def find(name: Name, as_json: AsJson = False) -> None:
    """Tell all that ever happened to a session: runs, cells, outcomes, POSTs, what came later."""
    records = _records(name)
    if as_json:
        typer.echo(as_json_of(records).rstrip())
        return
    for record in records:
        _show(record)


def export(
    name: Name,
    to: Annotated[
        Path, typer.Option(help="The folder into which both files are written.")
    ] = Path(),
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the JSON, and write no file.")
    ] = False,
) -> None:
    """Write the record of one candidate: a page to read and print, and the same as JSON.

    It holds marks: only you can read the files.
    """
    records = _records(name)
    if as_json:
        typer.echo(as_json_of(records).rstrip())
        return
    stem = "record of " + re.sub(r"[^\w.-]+", "_", name.strip())
    contents = {".html": as_page(records, name.strip()), ".json": as_json_of(records)}
    try:
        to.mkdir(parents=True, exist_ok=True)
        for ending, content in contents.items():
            path = to / f"{stem}{ending}"
            write_bytes(path, content.encode())
            os.chmod(path, 0o600)  # noqa: PTH101  # whatever the folder's own rights are
            show.line(f"Written: {path}")
    except OSError as error:
        raise FolderUnavailable(f"{to} cannot be written: {error.strerror}") from error


def _records(name: str) -> list[Record]:
    with closing(open_history(settings.load())) as ledger:
        try:
            return session_records(ledger, name)
        except LookupError as error:
            raise InputError(
                f"the ledger knows no session and no candidate {name}: was it in a file, and has "
                "its run not been purged?"
            ) from error


def _show(record: Record) -> None:
    state = f": {record['state'].replace('_', ' ')}" if record["state"] else ""
    show.line(f"{record['keycode']} at {record['surpass']}{state}")
    if record["purged"]:
        show.line(
            f"It was accepted in run {record['purged']}, which was purged. It is not sent again."
        )
    if not record["submissions"]:
        return
    table = Table("Run", "By", "Where in the files", "Outcome", "What happened")
    for submission in record["submissions"]:
        outcome = submission["outcome"] or "unfinished"
        proof = f" ({submission['proof']})" if submission["proof"] else ""
        table.add_row(
            f"{submission['run']['id']}\n{submission['run']['started']}",
            _by(submission["run"]),
            "\n".join(_places(submission["cells"])),
            f"{outcome}{proof}",
            "\n".join(_events(submission)),
        )
    show.table(table)


def _by(run: Record) -> str:
    parts = (run["user"], run["host"] and f"on {run['host']}", run["origin"])
    parent = f"after {run['parent']}" if run["parent"] else None
    return "\n".join(part for part in (*parts, parent) if part)


def _places(cells: list[dict[str, Any]]) -> list[str]:
    """The cells, row by row: ``marks.xlsx, Paper 1, B7-F7``."""
    rows: dict[tuple[object, ...], list[str]] = {}
    for cell in cells:
        rows.setdefault((cell["file"], cell["sheet"], cell["row"]), []).append(cell["column"])
    return [
        ", ".join(
            str(part) for part in (file, sheet, f"{columns[0]}{row}-{columns[-1]}{row}") if part
        )
        for (file, sheet, row), columns in rows.items()
    ]


def _events(submission: Record) -> list[str]:
    posts = [
        f"{post['began']} POST {post['post']}: {post['came_back'] or 'no answer was recorded'}"
        for post in submission["posts"]
    ]
    later = [
        f"{change['at']} {change['by']}: {change['outcome_before'] or 'unfinished'} → "
        f"{change['outcome']}: {change['reason']}"
        for change in submission["changes"]
    ]
    reason = [submission["reason"]] if submission["reason"] and not later else []
    return [*posts, *reason, *later]
