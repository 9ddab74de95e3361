"""Entries and contents as the ledger keeps them: a re-run needs no file."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from pipeline.model import ENTRIES, Submission
from schemas.frames import DataFrame, Entry, NumberedEntry, typed
from schemas.words import Kind

_RENUMBERED_SIGN = "\x1f"


def pack_entries(entries: DataFrame[NumberedEntry]) -> Iterator[tuple[int, bytes]]:
    """Each submission's number and its entries with their cells, in the order of the numbers."""
    ordered = entries.sort_values("submission", kind="stable")
    plain = ordered[ENTRIES].astype(object)
    columns = plain.where(plain.notna(), None)
    rows = zip(ordered["submission"].tolist(), *(columns[n].tolist() for n in ENTRIES), strict=True)
    for number, group in groupby(rows, key=itemgetter(0)):
        yield number, _packed([row[1:] for row in group])


def unpack_entries(packed: Iterable[bytes]) -> DataFrame[Entry]:
    """The entries again, submission after submission.

    Older ledgers know fewer columns: what an entry did not say then is "". The oldest mark a
    version whose questions were renumbered by a sign before it.
    """
    width = len(ENTRIES)
    rows = [row + [""] * (width - len(row)) for blob in packed for row in _unpacked(blob)]
    entries = pd.DataFrame(rows, columns=ENTRIES).astype({"row": "int64"})
    signed = entries["version"].astype(str).str.startswith(_RENUMBERED_SIGN)
    unsigned = entries.assign(
        version=entries["version"].where(~signed, entries["version"].astype(str).str[1:]),
        renumbered=entries["renumbered"].eq(True) | signed,
    )
    return typed(unsigned, Entry)


def pack_content(submission: Submission) -> bytes:
    """What the submission's POST carries."""
    return _packed(submission.marks or submission.answers)


def unpack_content(number: int, keycode: str, kind: str, packed: bytes) -> Submission:
    """The submission again."""
    content = tuple((question, value) for question, value in _unpacked(packed))
    if kind == Kind.MARKS:
        return Submission(number, keycode, Kind.MARKS, marks=content)
    return Submission(number, keycode, Kind.RESPONSES, answers=content)


def _packed(content: object) -> bytes:
    return zlib.compress(json.dumps(content, separators=(",", ":")).encode(), 1)


def _unpacked(packed: bytes) -> list[list[Any]]:  # as JSON has it
    found: list[list[Any]] = json.loads(zlib.decompress(packed))
    return found
