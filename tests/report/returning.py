"""A source file, what went back to its sender, and what a person does with that."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import openpyxl
from openpyxl.workbook import Workbook

from pipeline.read.limits import DEFAULTS
from pipeline.report.returned import write_returned
from tests.validate.prepared import Prepared, prepared_paths

Edits = Mapping[str, object]
"""What a person writes, by cell: ``marks!C7``. None empties the cell."""


def returned(came: Prepared, folder: Path) -> Path:
    """The workbook that goes back for the one file."""
    folder.mkdir(parents=True, exist_ok=True)
    written = write_returned(came.validated, came.reconciled(), folder, DEFAULTS)
    assert written.failed == ()
    (path,) = written.paths
    return path


def edit(content: bytes, edits: Edits) -> bytes:
    """The workbook as a person saves it who wrote in these cells."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for place, value in edits.items():
        sheet, _, cell = place.rpartition("!")
        book[sheet][cell].value = value
    return saved(book)


def saved(book: Workbook) -> bytes:
    """Its bytes."""
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def mended(path: Path, edits: Edits) -> Prepared:
    """What the workbook comes to that a person has mended."""
    path.write_bytes(edit(path.read_bytes(), edits))
    return prepared_paths([path])


def reading(came: Prepared) -> tuple[object, ...]:
    """All that was read, but for the name of the file."""
    entries = came.validated.entries.drop(columns="file")
    return came.findings, came.becomes, came.set_aside(), entries.astype(str).to_numpy().tolist()
