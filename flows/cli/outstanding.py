"""``papermarks outstanding``."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table
from rich.text import Text

from flows.cli import show
from flows.cli.template import Centre, Test, where
from pipeline import event_loop, settings
from pipeline.errors import InputError
from pipeline.ledger import open_ledger
from pipeline.office.outstanding import Standing, done, summary, workbook
from pipeline.office.outstanding import outstanding as find
from pipeline.progress import Progress
from pipeline.report import inert, to_python_values
from pipeline.report.atomic import write_bytes
from pipeline.surpass import Surpass, access_of
from pipeline.surpass.circuit_breaker import CircuitBreaker
from pipeline.with_noun import with_noun
from schemas.frames import DataFrame, DoneCount, OutstandingSession

_NUMBERS = (
    *("expected", "done", "waiting"),
    *("never_seen", "not_sent", "absent", "sent", "to_come"),
)
_MAX_SHOWN = 10  # sessions that the terminal shows; the files have all


def outstanding(
    test: Test = None,
    centre: Centre = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write every session to it.")
    ] = None,
    excel: Annotated[
        Path | None, typer.Option("--excel", metavar="FILE", help="The same, as a workbook.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that exist.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, without candidate references.")
    ] = False,
) -> None:
    """List the sessions that still wait for marks, against what was seen and sent here."""
    for path in filter(None, (csv, excel)):
        if path.exists() and not force:
            raise InputError(f"{path} is there already; --force writes over it")
    in_force = settings.load()
    with show.progress(quiet=as_json) as progress:
        frame, over = event_loop.run(lambda: _find(in_force, where(test, centre), progress))
    if csv is not None:
        # Excel knows UTF-8 by its mark.
        _write(csv, lambda: inert(frame).to_csv(index=False).encode("utf-8-sig"))
    if excel is not None:
        profile = in_force.shown_profile
        _write(excel, lambda: workbook(excel.parent, frame, profile, over))
    if as_json:
        typer.echo(_json(frame, over))
        return
    _summary(frame, over)
    _oldest(frame)
    for path in filter(None, (csv, excel)):
        show.line(f"All of them: {path}")


async def _find(
    in_force: settings.Settings, conditions: dict[str, str], progress: Progress
) -> tuple[DataFrame[OutstandingSession], DataFrame[DoneCount]]:
    """What waits, and how many of the same tests and centres no longer do."""
    now = dt.datetime.now(dt.UTC)
    breaker = CircuitBreaker(in_force.concurrency, in_force.stop_after)
    with open_ledger(in_force) as ledger:
        async with Surpass(access_of(in_force)) as surpass:
            frame = await find(
                *(surpass, ledger, conditions, now, breaker, progress),
                time_zone=in_force.time_zone,
                auto_void_days=in_force.auto_void_days,
            )
            return frame, await done(surpass, frame)


def _write(path: Path, content: Callable[[], bytes]) -> None:
    try:
        write_bytes(path, content())
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def _json(frame: DataFrame[OutstandingSession], over: DataFrame[DoneCount]) -> str:
    """What standard output may bear: it is often kept in a log."""
    sessions = to_python_values(frame.drop(columns="candidate"))
    document: dict[str, Any] = {
        "summary": to_python_values(summary(frame, over)).to_dict("records"),
        "sessions": sessions.to_dict("records"),
    }
    return json.dumps(document, indent=1, default=str)


def _summary(frame: DataFrame[OutstandingSession], over: DataFrame[DoneCount]) -> None:
    numbers = (
        "Expected",
        "Done",
        "Waiting",
        "Never seen",
        "Not sent",
        "Absent",
        "Sent",
        "To come",
        "Oldest",
    )
    table = Table("Test", "Centre")
    for name in numbers:
        table.add_column(name, justify="right")
    for row in to_python_values(summary(frame, over)).to_dict("records"):
        numbers_of_row = (row[name] for name in _NUMBERS)
        cells = (row["test"], row["centre"], *map(str, numbers_of_row), _age(row["oldest"]))
        table.add_row(*map(Text, cells))
    show.table(table)
    standing = frame["standing"].value_counts()
    counts = ", ".join(f"{standing[name]} {name}" for name in Standing if name in standing)
    show.line(f"{len(frame)} sessions wait for marks{': ' if counts else ''}{counts}.")


def _oldest(frame: DataFrame[OutstandingSession]) -> None:
    """The first few that somebody should see to."""
    due = frame[frame["standing"] != Standing.TO_COME]
    if due.empty:
        return
    table = Table(
        "Keycode", "Centre", "Test", "Age", "Voids on", "Standing", Column("In run", no_wrap=True)
    )
    for session in to_python_values(due.head(_MAX_SHOWN)).to_dict("records"):
        outcome = f": {session['outcome'] or 'its run did not end'}" if session["run"] else ""
        standing = f"{session['standing']}{outcome}"
        cells = (
            session["keycode"],
            session["centre"],
            session["test"],
            _age(session["days"]),
            session["voids_on"],
            standing,
        )
        table.add_row(*(Text(text or "") for text in (*cells, session["run"])))
    show.table(table)
    if len(due) > _MAX_SHOWN:
        show.line(f"The oldest {_MAX_SHOWN} of {len(due)}; --excel FILE or --csv FILE writes all.")


def _age(days: int | None) -> str:
    if days is None:
        return ""
    return "to come" if days < 0 else with_noun(days, "day")
