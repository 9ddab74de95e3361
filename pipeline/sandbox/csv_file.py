"""Read the sandbox's sessions from a CSV file, such as the one in sample_data."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from pipeline.sandbox.sessions import SandboxSession
from schemas.states import TestState

COLUMNS = ("keycode", "state", "test_form", "centre", "candidate", "questions")

_KEYCODE = re.compile(r"[A-Z0-9]{8}")
_QUESTION = re.compile(r"([^:\s]+):([0-9]{1,6})")


def load_sessions(path: Path) -> list[SandboxSession]:
    """The sessions of a file; ``questions`` is like ``1:5 2:3``, empty for no items.

    ValueError names the line and the column of the first thing that cannot be read.
    """
    sessions: dict[str, SandboxSession] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        try:
            if tuple(rows.fieldnames or ()) != COLUMNS:
                raise ValueError(f"{path.name} line 1: the columns must be {', '.join(COLUMNS)}")
            for row in rows:
                where = f"{path.name} line {rows.line_num}"
                if None in row or None in row.values():
                    raise ValueError(f"{where}: a row has {len(COLUMNS)} columns")
                session = _session(row, where)
                if session.keycode in sessions:
                    raise ValueError(f"{where}, column keycode: this keycode came before")
                sessions[session.keycode] = session
        except (csv.Error, UnicodeDecodeError) as error:
            where = f"{path.name} after line {rows.line_num}"
            raise ValueError(f"{where}: not CSV in UTF-8") from error
    return list(sessions.values())


def _session(row: dict[str, str], where: str) -> SandboxSession:
    state = TestState.parse(row["state"])
    if state is None:
        raise ValueError(f"{where}, column state: not the name or number of a state")
    if not _KEYCODE.fullmatch(row["keycode"]):
        raise ValueError(f"{where}, column keycode: not 8 upper-case letters and digits")
    for column in ("test_form", "centre", "candidate"):
        if not row[column].strip():
            raise ValueError(f"{where}, column {column}: empty")
    return SandboxSession.paper(
        row["keycode"],
        _questions(row["questions"], where),
        state,
        candidate_reference=row["candidate"],
        centre_reference=row["centre"],
        test_form_reference=row["test_form"],
    )


def _questions(text: str, where: str) -> dict[str, int]:
    questions: dict[str, int] = {}
    for part in text.split():
        match = _QUESTION.fullmatch(part)
        if match is None or match[1] in questions:
            raise ValueError(
                f"{where}, column questions: not like '1:5 2:3', or a question comes twice"
            )
        questions[match[1]] = int(match[2])
    return questions
