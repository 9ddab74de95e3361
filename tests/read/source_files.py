"""Source files made for a test, as offices and their programs write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook

from pipeline.model import Table
from pipeline.read import identify, tables

Rows = Iterable[Sequence[object]]


def workbook(sheets: Mapping[str, Rows], change: Callable[[Workbook], None] | None = None) -> bytes:
    """An xlsx with these sheets; ``change`` may do to it what rows cannot say."""
    book = Workbook()
    del book["Sheet"]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if change is not None:
        change(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_part_changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The zip with one of its files changed."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return changed.getvalue()


def dropped(folder: Path, content: str | bytes, name: str = "marks.csv") -> Path:
    """The file, as an office drops it."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """Its tables, and the codes of what was odd."""
    return tables(identify(path))


def grid(table: Table) -> list[list[str]]:
    """A table's cells as lists."""
    cells: list[list[str]] = table.cells.to_numpy().tolist()
    return cells
