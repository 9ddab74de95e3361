"""What an Excel binary workbook (.xlsb) holds besides its values: see pipeline.read.sheet_extras.

Its formulas always have a stored value, but the workbook reader gives an error such as ``#REF!``
as an empty cell.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from struct import unpack_from
from xml.etree import ElementTree  # whose expat refuses to blow entities up

from pipeline.read.cell_places import FilledCells
from pipeline.read.number_formats import BUILT_IN, alters
from pipeline.read.sheet_extras import Range, SheetExtras
from pipeline.read.xls import ERRORS

_TEXTS_PART = "xl/sharedStrings.bin"
_STYLES_PART = "xl/styles.bin"
_FORMAT, _STYLE, _BEGIN_STYLES, _END_STYLES = 44, 47, 617, 618
_TEXTS, _SHEET, _ROW, _MERGED = 159, 156, 0, 176
_CELLS = range(1, 12)
_BLANK = 1
_ERRORS = (3, 11)  # a stored error, and a formula's
_HIDDEN = 0x10
_COLUMNS, _HIDDEN_COLUMN, _MOST_COLUMNS = 60, 0x01, 16_384


def sheet_extras(parts: zipfile.ZipFile) -> dict[str, SheetExtras]:
    """What each sheet holds besides its values, by its name. Damage ends in any error.

    SourceUnreadable where a cell stands twice.
    """
    relations = ElementTree.fromstring(parts.read("xl/_rels/workbook.bin.rels"))  # noqa: S314
    targets = {relation_.get("Id"): relation_.get("Target", "") for relation_ in relations}
    _bounded_texts(parts)
    by_sheet = {}
    formats = _altering_formats(parts)
    for kind, record in _records(parts.read("xl/workbook.bin")):
        if kind == _SHEET:
            relation, at = _text(record, 8)
            path = posixpath.join("/xl", targets[relation]).lstrip("/")
            if posixpath.dirname(path).endswith("worksheets"):
                by_sheet[_text(record, at)[0]] = _extras_of(parts.read(path), formats)
    return by_sheet


def _bounded_texts(parts: zipfile.ZipFile) -> None:
    """ValueError for more texts than bytes, for which the workbook reader would make room."""
    if _TEXTS_PART in parts.namelist():
        part = parts.read(_TEXTS_PART)
        for kind, record in islice(_records(part), 1):
            if kind == _TEXTS and unpack_from("<II", record)[1] > len(part):
                raise ValueError("says that it holds more texts than it has bytes")


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(part):
        kind, at = _number(part, at, 2)
        size, at = _number(part, at, 4)
        yield kind, part[at : at + size]
        at += size


def _number(part: bytes, at: int, most: int) -> tuple[int, int]:
    """A number of which each byte holds seven bits, and where it ends."""
    number = 0
    for place in range(most):
        byte = part[at + place]
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    return number, at + place + 1


def _text(record: bytes, at: int) -> tuple[str, int]:
    """A text that its length precedes, and where it ends."""
    end = at + 4 + 2 * unpack_from("<I", record, at)[0]
    return record[at + 4 : end].decode("utf-16-le"), end


def _altering_formats(parts: zipfile.ZipFile) -> dict[int, str]:
    """The number formats that matter, by the number of the style that has them."""
    if _STYLES_PART not in parts.namelist():
        return {}
    codes, used, within = dict(BUILT_IN), list[int](), False
    for kind, record in _records(parts.read(_STYLES_PART)):
        if kind == _FORMAT:
            codes[unpack_from("<H", record)[0]] = _text(record, 2)[0]
        elif kind in (_BEGIN_STYLES, _END_STYLES):
            within = kind == _BEGIN_STYLES
        elif kind == _STYLE and within:
            used.append(unpack_from("<H", record, 2)[0])
    named = ((at, codes.get(number, "")) for at, number in enumerate(used))
    return {at: code for at, code in named if code and alters(code)}


def _extras_of(part: bytes, formats: Mapping[int, str]) -> SheetExtras:
    row = rows = columns = 0
    hidden: set[int] = set()
    columns_hidden: set[int] = set()
    instead_of_value: dict[Range, str] = {}
    merged: list[Range] = []
    formatted: dict[Range, str] = {}
    filled = FilledCells()
    for kind, record in _records(part):
        if kind == _ROW:
            (row,) = unpack_from("<I", record)
            if record[11] & _HIDDEN:
                hidden.add(row)
        elif kind in _CELLS:
            (column,) = unpack_from("<I", record)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            if kind != _BLANK:
                filled.add(row, column, column)
            style = int.from_bytes(record[4:7], "little") if formats else -1
            if style in formats:
                formatted[row, column, row, column] = formats[style]
            if kind in _ERRORS:
                instead_of_value[row, column, row, column] = ERRORS.get(record[8], "#")
        elif kind == _COLUMNS and record[16] & _HIDDEN_COLUMN:
            first, last = unpack_from("<II", record)
            columns_hidden |= {*range(first, min(last + 1, _MOST_COLUMNS))}
        elif kind == _MERGED:
            first, last, left, right = unpack_from("<4I", record)
            merged.append((first, left, last, right))
    filled.refuse_twice()
    return SheetExtras(
        rows,
        columns,
        instead_of_value,
        frozenset(hidden),
        tuple(merged),
        formatted,
        frozenset(columns_hidden),
    )
