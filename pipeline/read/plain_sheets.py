"""Sheets of xlsx files as Excel writes them, where another program wrote them otherwise.

XML has many ways to say the same. The workbook reader and xlsx.py know the usual one: attributes in
double quotes, each row and cell with its place, no comments, no CDATA, in UTF-8. Of a sheet that is
written otherwise they would miss errors, formulas, hidden rows and whole values: marks would be
lost. Such a sheet is written anew, by a parser, before it is read:

    <row><c><v><![CDATA[4]]></v></c>   →   <row r="1"><c r="A1"><v>4</v></c>
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from html import escape
from typing import NoReturn
from xml.parsers import expat

from pipeline.errors import SourceUnreadable
from pipeline.source import cell_column, column_number

STRINGS = "xl/sharedStrings.xml"
_SHEETS = "xl/worksheets/"
_DECLARED = re.compile(rb"""<\?xml[^<>]*\bencoding\s*=\s*["'](?!utf-?8["'])""", re.IGNORECASE)
_NO_ELEMENT = re.compile(rb"<[!?]")  # a comment, CDATA, a processing instruction
_PLACED_ROW = re.compile(rb'<(?:\w+:)?row\b[^<>]*?\br="([0-9]{1,7})"')
_PLACED_CELL = re.compile(rb'<(?:\w+:)?c\b[^<>]*?\br="[A-Z]{1,3}[0-9]{1,7}"')
_ANY_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])")
_ANY_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])")
_ODD_ATTRIBUTE = re.compile(rb"<(?:\w+:)?(?:c|row|col|f|v)\b[^<>]*(?:\s=|=[\s'])")
_GOES_ON = re.compile(rb"</(?:\w+:)?v\s*>[^<]*<[^/]")
_LAST_ROW = 1_048_576
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class WrittenOtherwise(Exception):  # noqa: N818
    """A workbook has to be written anew before it is read."""


def with_plain_sheets(content: bytes) -> bytes:
    """The workbook, with what is written otherwise written anew. Damage ends in any error.

    SourceUnreadable where a cell or a row stands twice in a sheet: which one counts, nobody knows.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        anew = {
            part.filename: _written_anew(inner)
            for part in old.infolist()
            if part.filename == STRINGS or _is_sheet(part.filename)
            if not is_plain(inner := old.read(part), is_sheet=part.filename != STRINGS)
        }
        changed = io.BytesIO()
        with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
            for part in old.infolist():
                new.writestr(part.filename, anew.get(part.filename) or old.read(part))
    return changed.getvalue()


def _is_sheet(name: str) -> bool:
    return name.startswith(_SHEETS) and name.endswith(".xml")


def is_plain(part: bytes, *, is_sheet: bool) -> bool:
    """Whether it is written as Excel would, as far as that matters.

    Every sheet is held against this: nearly all pass by counts alone, which cost next to nothing.
    """
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or _DECLARED.search(part[:200]):
        return False
    if _NO_ELEMENT.search(part, 5):
        return False
    return not is_sheet or (
        _all_placed(part) and not _has_odd_attributes(part) and not _may_have_two_values(part)
    )


def _all_placed(part: bytes) -> bool:
    """Whether each row and each cell says where it stands."""
    has_prefixes = b":row" in part
    unsure = has_prefixes or part.count(b'<row r="') < part.count(b"<row")
    if unsure and len(_PLACED_ROW.findall(part)) < len(_ANY_ROW.findall(part)):
        return False
    others = part.count(b"<c") - part.count(b'<c r="')
    if not has_prefixes and others == part.count(b"<col"):
        return True
    return len(_PLACED_CELL.findall(part)) == len(_ANY_CELL.findall(part))


def _has_odd_attributes(part: bytes) -> bool:
    if part.count(b"=") == part.count(b'="') and b' ="' not in part:
        return False
    return _ODD_ATTRIBUTE.search(part) is not None


def _may_have_two_values(part: bytes) -> bool:
    """Whether anything follows a value in its cell, as a second one does."""
    if part.count(b"</v>") == part.count(b"</v></c>") and b":v>" not in part:
        return False
    return _GOES_ON.search(part) is not None


def _written_anew(part: bytes) -> bytes:
    writer = _Writer()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.Parse(part, True)
    return "".join(writer.written).encode()


def _refuse_doctype(*_: object) -> NoReturn:
    raise SourceUnreadable("it declares entities, which no workbook does")


@dataclass
class _Writer:
    """Writes the elements as they come; each row and cell with its place."""

    written: list[str] = field(default_factory=list)
    _row: int = 0
    _column: int = 0
    _seen: set[int] = field(default_factory=set)  # rows
    _cell: dict[str, list[str]] | None = None  # what stands in this cell: formula, value, others
    _depth: int = 0  # within the cell
    _within: str = ""  # which of these

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if self._cell is None and name == "row":
            self._begin_row(attributes)
        elif self._cell is None and name == "c":
            self._place_cell(attributes)
        written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
        if self._cell is not None:
            self._depth += 1
            if self._depth == 1:
                self._begin_within(name)
        self._write(f"<{tag}{written}>")
        if self._cell is None and name == "c":
            self._cell, self._depth = {"f": [], "v": [], "": []}, 0

    def end(self, tag: str) -> None:
        if self._cell is not None and not self._depth:
            within, self._cell = self._cell, None
            for part in within.values():
                self.written += part
        self._write(f"</{tag}>")
        self._depth = max(self._depth - 1, 0)

    def text(self, text: str) -> None:
        self._write(escape(text, quote=False))

    def _write(self, text: str) -> None:
        if self._cell is None:
            self.written.append(text)
        else:
            self._cell[self._within if self._depth else ""].append(text)

    def _begin_within(self, name: str) -> None:
        self._within = name if name in ("f", "v") else ""
        if self._within and self._cell is not None and self._cell[self._within]:
            raise SourceUnreadable(f"cell {self._place} has two values")

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._row = int(attributes.get("r", self._row + 1))
        if self._row > _LAST_ROW:
            raise SourceUnreadable("a sheet has a row beyond Excel's last")
        if self._row in self._seen:
            raise SourceUnreadable(f"row {self._row} stands twice in a sheet")
        self._seen.add(self._row)
        self._column = 0
        attributes["r"] = str(self._row)

    def _place_cell(self, attributes: dict[str, str]) -> None:
        place = _PLACE.fullmatch(attributes.get("r", f"{cell_column(self._column)}{self._row}"))
        if place is None:
            raise SourceUnreadable(f"row {self._row} of a sheet has a cell beyond Excel's last")
        if int(place[2]) != self._row:
            raise SourceUnreadable(f"cell {place[0]} stands in row {self._row} of its sheet")
        column = column_number(place[1]) + 1
        if column <= self._column:
            raise SourceUnreadable(f"cell {place[0]} stands twice, or behind another of its row")
        self._column = column
        attributes["r"] = place[0]

    @property
    def _place(self) -> str:
        return f"{cell_column(self._column - 1)}{self._row}"
