"""What an xlsx holds besides its values: how far its sheets reach, and cells without a value.

The workbook reader gives a formula without a stored value, and an error such as ``#REF!``, as an
empty cell. Neither is one: where the office takes blanks for zeros, a mark would be lost. (A
formula whose value is the empty text is one: sheets are made ready with such formulas.)
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from xml.etree import ElementTree  # whose expat refuses to blow entities up

from pipeline.errors import SourceUnreadable

_MOST_BYTES = 1_000_000_000  # unpacked: hundreds of times the largest mark sheet
_MOST_CELLS = 30_000_000  # a table lies in memory with all its blank cells

_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="([0-9]{1,7})"')
_COLUMN = re.compile(rb'\br="([A-Z]{1,3})[0-9]')
_SUSPECT = re.compile(rb'<(?:\w+:)?f\b|\bt="e"')  # a formula, or an error
_CELL = re.compile(
    rb'<(?:\w+:)?c\b([^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"(?:[^>]*[^>/])?)>(.*?)</(?:\w+:)?c>', re.S
)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?f>)", re.S)
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>(.+?)</(?:\w+:)?v>", re.S)
_Unsaid = dict[tuple[int, int], str]


def without_value(content: bytes) -> dict[str, _Unsaid]:
    """The formula or error of each cell that has it in place of a value.

    By sheet, row and column (from 0). SourceUnreadable where a sheet reaches so far that it would
    fill the memory.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            told = {name: (_reach(part), _unsaid(part)) for name, part in _sheets(parts)}
    except Exception as error:  # a damaged zip or part ends in any of a dozen kinds
        raise SourceUnreadable("it looks like a workbook, but cannot be opened") from error
    for (rows, columns), _ in told.values():
        if rows * columns > _MOST_CELLS:
            raise SourceUnreadable(
                f"a sheet reaches over {rows} rows and {columns} columns: delete the stray cells "
                "that stand far from the table"
            )
    return {name: unsaid for name, (_, unsaid) in told.items()}


def _sheets(parts: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Each sheet's name and XML; none where it is another kind of workbook."""
    if sum(part.file_size for part in parts.infolist()) > _MOST_BYTES:
        raise zipfile.BadZipFile("unpacks to more than a gigabyte")
    if "xl/workbook.xml" not in parts.namelist():
        return
    relations = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    book = ElementTree.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314
    for sheet in book.iterfind("{*}sheets/{*}sheet"):
        relation = next(value for key, value in sheet.attrib.items() if key.endswith("}id"))
        path = posixpath.join("/xl", targets[relation]).lstrip("/")
        if posixpath.dirname(path).endswith("worksheets"):
            yield sheet.attrib["name"], parts.read(path)


def _reach(part: bytes) -> tuple[int, int]:
    """How many rows and columns the sheet reaches over."""
    rows = max(map(int, _ROW.findall(part)), default=0)
    return rows, max(map(_number, set(_COLUMN.findall(part))), default=0)


def _unsaid(part: bytes) -> _Unsaid:
    if not _SUSPECT.search(part):
        return {}
    return {
        (int(row) - 1, _number(column) - 1): text
        for attributes, column, row, inner in _CELL.findall(part)
        if (text := _in_place_of_a_value(attributes, inner))
    }


def _in_place_of_a_value(attributes: bytes, inner: bytes) -> str:
    formula, value = _FORMULA.search(inner), _VALUE.search(inner)
    if b't="e"' in attributes and value is not None:
        return unescape(value[1].decode())
    if formula is None or value is not None or b't="str"' in attributes:
        return ""
    return "=" + unescape((formula[1] or b"").decode())


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
