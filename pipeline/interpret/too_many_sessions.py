"""Refuse a file with more sessions than one may have: each costs time and memory in every stage.

They are counted before any cell is read. Nothing of the file is used: its rows are set aside, and a
session that stands in another file too is held there, since a part of it would be missing.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.findings import concat_findings, make_findings
from pipeline.interpret.places import place
from pipeline.model import SourceFile
from pipeline.named_sessions import session_numbers
from schemas.columns import concat_columns
from schemas.frames import DataFrame, Finding
from schemas.rules import TOO_MANY_SESSIONS

TOO_MANY = "too many sessions"  # why the rows are set aside


def too_many_sessions(
    source: SourceFile, sheets: Sequence[pd.DataFrame], most: int
) -> DataFrame[Finding]:
    """That the rows of a file's sheets name more sessions than it may have; else nothing.

    A session counts once, in however many rows and sheets; a row that names nobody does not.
    """
    if sum(map(len, sheets)) <= most:
        return concat_findings([])
    count = _sessions(concat_columns([rows[_NAMES] for rows in sheets if len(rows)]))
    if count <= most:
        return concat_findings([])
    return make_findings(TOO_MANY_SESSIONS, place(source), count=count, maximum=most)


_NAMES = ["keycode", "candidate", "test", "centre"]


def _sessions(rows: pd.DataFrame) -> int:
    named = ((rows["keycode"] != "") | (rows["candidate"] != "")).to_numpy()
    named_rows = rows if named.all() else rows[named]
    return int(session_numbers(named_rows).max(initial=-1)) + 1
