"""A file that was read wrongly once, and what it must come to."""

from __future__ import annotations

from dataclasses import dataclass, field

from openpyxl import Workbook

from tests.read.source_files import workbook


@dataclass(frozen=True)
class Case:
    """A file, what Surpass takes of it (by keycode, its values in order), and the rules broken."""

    file: str | bytes
    sent: dict[str, str] = field(default_factory=dict)
    rules: frozenset[str] = frozenset()
    settings: dict[str, str] = field(default_factory=dict)


def case(file: str | bytes, *rules: str, sent: dict[str, str] | None = None, **more: str) -> Case:
    return Case(file, sent or {}, frozenset(rules), more)


def formatted(code: str, column: str, *rows: list[object]) -> bytes:
    """A workbook in which one column has this number format."""

    def change(book: Workbook) -> None:
        for cell in book["Marks"][column]:
            cell.number_format = code

    return workbook({"Marks": rows}, change)


TWO = {"QUIET0AA": "1:1 2:2", "QUIET1AA": "1:3 2:4"}
ROWS = "QUIET0AA,1,2\nQUIET1AA,3,4\n"
