"""What the tests of the ledger write in it, and how they look behind its back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from pipeline.ledger import Attempt, Ledger, owner
from pipeline.ledger.tables import metadata, owners
from pipeline.model import (
    ASIDE,
    ENTRIES,
    FINDINGS,
    Interpreted,
    Run,
    SourceFile,
    Submission,
    Validated,
)
from schemas.frames import (
    Entry,
    Finding,
    NumberedEntry,
    SetAside,
    SubmissionRow,
    typed,
)
from schemas.words import Kind, Meaning

SURPASS = "yourname.surpass.com"
STARTED = dt.datetime(2025, 6, 2, 9, 30, tzinfo=dt.UTC)
ELSEWHERE = "another machine|its boot|its processes|1|1"


def opened(url: str, surpass: str = SURPASS, lease: float = 30.0) -> Ledger:
    """A ledger as one process has it."""
    return Ledger(url, surpass, lease)


def run(number: int = 1) -> Run:
    """A run; a higher number is a later one."""
    return Run(f"20250602-0930{number:02d}-test", STARTED + dt.timedelta(seconds=number))


def paper(number: int, mark: int = 5) -> Submission:
    """The submission with this number: two marks."""
    return Submission(number, keycode(number), Kind.MARKS, marks=(("1", mark), ("2", None)))


def papers(count: int) -> list[Submission]:
    """So many, numbered from 1."""
    return [paper(number) for number in range(1, count + 1)]


def keycode(number: int) -> str:
    """The keycode of the paper with this number."""
    return f"PAPER{number:03d}" if number < 1000 else f"P{number:07d}"


def validated(submissions: Sequence[Submission], file: str = "marks.csv") -> Validated:
    """As if they had been read from a file: a row for each."""
    entries = pd.DataFrame(
        [
            {
                **dict.fromkeys(ENTRIES),
                "renumbered": False,
                "file": file,
                "sheet": "",
                "row": row,
                "column": "B",
                "id_column": "A",
                "id_text": submission.keycode,
                "keycode": submission.keycode,
                "question": question,
                "text": "NA" if mark is None else str(mark),
                "meaning": str(Meaning.NOT_ATTEMPTED if mark is None else Meaning.VALUE),
                "value": None if mark is None else str(mark),
                "kind": str(submission.kind),
                "mark": mark,
                "submission": submission.number,
            }
            for row, submission in enumerate(submissions, start=2)
            for question, mark in submission.marks
        ]
    )
    source = Interpreted(
        SourceFile(Path(file), file, "5ha" * 20),
        ("wide",),
        len(submissions),
        typed(entries, Entry),
        typed(pd.DataFrame(columns=ASIDE), SetAside),
        typed(pd.DataFrame(columns=FINDINGS), Finding),
    )
    rows = [
        (submission.number, submission.keycode, str(submission.kind)) for submission in submissions
    ]
    numbers = pd.DataFrame(rows, columns=["number", "keycode", "kind"]).set_index("number")
    findings = pd.DataFrame({name: pd.Series(dtype=object) for name in FINDINGS})
    return Validated(
        (source,),
        typed(entries, NumberedEntry),
        typed(findings, Finding),
        typed(numbers, SubmissionRow),
    )


def begin(ledger: Ledger, submissions: Sequence[Submission], number: int = 1) -> Run:
    """Write a run of them down."""
    begun = run(number)
    ledger.begin(begun, validated(submissions), submissions)
    return begun


def attempt(post: int = 1, came_back: str | None = None) -> Attempt:
    """A POST: about to leave, or with what came back."""
    ended = None if came_back is None else 2.0
    return Attempt(post, "2025-06-02T09:30:00", 1.0, ended, came_back)


def intend(ledger: Ledger, begun: Run, submission: Submission, post: int = 1) -> None:
    """Claim the session, and say that this POST is about to leave."""
    assert submission.keycode in ledger.claim([submission.keycode])
    ledger.intend(begun, submission, attempt(post))


@contextmanager
def behind(url: str) -> Iterator[sa.Connection]:
    """A connection behind the ledger's back."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def everything(url: str) -> dict[str, list[Any]]:
    """All that stands in the ledger but who is alive."""
    with behind(url) as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in metadata.sorted_tables
            if table is not owners
        }


@contextmanager
def doomed(url: str, surpass: str = SURPASS) -> Iterator[Ledger]:
    """A ledger whose process does not end in good order: nothing is let go."""
    ledger = opened(url, surpass).__enter__()
    try:
        yield ledger
    finally:
        ledger._lease.stop_renewing()
        ledger._writer.close()
        ledger._engine.dispose()


def die(ledger: Ledger, url: str) -> None:
    """Leave the ledger as a process does that is killed."""
    ledger._lease.stop_renewing()
    _say(ledger, url, place=f"{owner.place()}0")  # it started at another time: it is another one


def fall_silent(ledger: Ledger, url: str, alive_until: float) -> None:
    """As a process on another machine that is not heard of any more; its lease ends then."""
    ledger._lease.stop_renewing()
    _say(ledger, url, place=ELSEWHERE, alive_until=alive_until)


def _say(ledger: Ledger, url: str, **columns: object) -> None:
    with behind(url) as connection:
        mine = owners.c.token == ledger._lease.token
        connection.execute(owners.update().where(mine).values(**columns))
