"""What an Excel workbook (.xlsx, .xlsm) holds besides its values: see pipeline.read.sheet_extras.

The workbook reader gives a formula without a stored value, and an error such as ``#REF!``, as an
empty cell. Neither is one: where the office takes blanks for zeros, a mark would be lost. (A
formula whose value is the empty text is one: sheets are made ready with such formulas.)
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from html import unescape
from xml.etree import ElementTree  # whose expat refuses to blow entities up

from pipeline.errors import SourceUnreadable
from pipeline.read.cell_places import count_columns
from pipeline.read.number_formats import BUILT_IN, alters
from pipeline.read.plain_sheets import STRINGS, WrittenOtherwise, is_plain
from pipeline.read.sheet_extras import Range, SheetExtras
from pipeline.source import column_number

_STYLES, _XFS = "xl/styles.xml", "{*}cellXfs/{*}xf"
# None of these can run on: no part of a pattern goes beyond the next '<', and what stands within a
# cell goes no further than the next cell. So the time grows as the file does, whatever it holds.
_ROW = re.compile(rb'<(?:\w+:)?row\b[^<>]*?\br="([0-9]{1,7})"')
_HIDDEN_ROW = re.compile(
    rb'<(?:\w+:)?row\b(?=[^<>]*\bhidden="(?:1|true)")[^<>]*?\br="([0-9]{1,7})"'
)
_HIDDEN_COLUMNS = re.compile(rb'<(?:\w+:)?col\b(?=[^<>]*\bhidden="(?:1|true)")([^<>]*)>')
_FIRST_AND_LAST = (re.compile(rb'\bmin="([0-9]{1,5})"'), re.compile(rb'\bmax="([0-9]{1,5})"'))
_SUSPECT = re.compile(rb'<(?:\w+:)?f\b|\bt="e"')  # a formula, or an error
_SIGNS = (b"<f", b":f", b't="e"')  # of these; looked for first, as that is far quicker
_CELL = re.compile(rb"<(?:\w+:)?c\b([^<>]*)>([^<]*(?:<(?!/?(?:\w+:)?c\b)[^<]*)*)")
_PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^<>]*>")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^<>]*>")
_END = re.compile(rb"</(?:\w+:)?[fv]\s*>")


def sheet_extras(parts: zipfile.ZipFile) -> dict[str, SheetExtras]:
    """What each sheet holds besides its values, by its name. Damage ends in any error.

    WrittenOtherwise where the patterns here would miss something.
    """
    if STRINGS in parts.namelist() and not is_plain(parts.read(STRINGS), is_sheet=False):
        raise WrittenOtherwise
    relations = ElementTree.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {relation_.get("Id"): relation_.get("Target", "") for relation_ in relations}
    book = ElementTree.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314
    by_sheet: dict[str, SheetExtras] = {}
    by_part: dict[str, SheetExtras] = {}  # which many sheets may share
    formats = _altering_formats(parts)
    for sheet in book.iterfind("{*}sheets/{*}sheet"):
        relation = next(value for key, value in sheet.attrib.items() if key.endswith("}id"))
        path = posixpath.join("/xl", targets[relation]).lstrip("/")
        if posixpath.dirname(path).endswith("worksheets"):
            if path not in by_part:
                part = parts.read(path)
                if not is_plain(part, is_sheet=True):
                    raise WrittenOtherwise
                by_part[path] = _extras_of(part, formats)
            by_sheet[sheet.attrib["name"]] = by_part[path]
    return by_sheet


def _altering_formats(parts: zipfile.ZipFile) -> dict[bytes, str]:
    """The number formats that matter, by the number of the style that has them."""
    if _STYLES not in parts.namelist():
        return {}
    styles = ElementTree.fromstring(parts.read(_STYLES))  # noqa: S314
    codes = dict(BUILT_IN)
    for each in styles.iterfind("{*}numFmts/{*}numFmt"):
        codes[int(each.get("numFmtId", 0))] = each.get("formatCode", "")
    used = (codes.get(int(xf.get("numFmtId", 0)), "") for xf in styles.iterfind(_XFS))
    return {str(at).encode(): code for at, code in enumerate(used) if code and alters(code)}


def _extras_of(part: bytes, formats: Mapping[bytes, str]) -> SheetExtras:
    rows, columns = _reach(part)
    return SheetExtras(
        rows,
        columns,
        _instead_of_values(part),
        _hidden(part),
        formats=_formatted(part, formats),
        hidden_columns=_hidden_columns(part, columns),
    )


def _formatted(part: bytes, formats: Mapping[bytes, str]) -> dict[Range, str]:
    if not formats:
        return {}
    styles = b"|".join(formats)
    cell = re.compile(
        rb'<(?:\w+:)?c\b(?=[^<>]*\bs="(' + styles + rb')")[^<>]*?\br="([A-Z]{1,3})([0-9]{1,7})"'
    )
    found = {}
    for style, letters, number in cell.findall(part):
        row, column = int(number) - 1, column_number(letters.decode())
        found[row, column, row, column] = formats[style]
    return found


def _reach(part: bytes) -> tuple[int, int]:
    """How many rows and columns the sheet reaches over."""
    rows = [*map(int, _ROW.findall(part))]
    if len(set(rows)) < len(rows):
        raise SourceUnreadable(f"row {Counter(rows).most_common(1)[0][0]} stands twice in a sheet")
    return max(rows, default=0), count_columns(part)


def _hidden(part: bytes) -> frozenset[int]:
    if b" hidden=" not in part:  # which columns may have too
        return frozenset()
    return frozenset(int(row) - 1 for row in _HIDDEN_ROW.findall(part))


def _hidden_columns(part: bytes, count: int) -> frozenset[int]:
    """Those of the columns with cells that are hidden."""
    hidden: set[int] = set()
    for attributes in _HIDDEN_COLUMNS.findall(part) if b" hidden=" in part else ():
        first, last = (end.search(attributes) for end in _FIRST_AND_LAST)
        if first is not None and last is not None:
            hidden |= {*range(int(first[1]) - 1, min(int(last[1]), count))}
    return frozenset(hidden)


def _instead_of_values(part: bytes) -> dict[Range, str]:
    if not any(sign in part for sign in _SIGNS) or not _SUSPECT.search(part):
        return {}
    instead_of_value = {}
    for attributes, inner in _CELL.findall(part):
        if attributes.endswith(b"/"):
            continue
        text, place = _in_place_of_a_value(attributes, inner), _PLACE.search(attributes)
        if text and place is not None:
            row, column = int(place[2]) - 1, column_number(place[1].decode())
            instead_of_value[row, column, row, column] = text
    return instead_of_value


def _in_place_of_a_value(attributes: bytes, inner: bytes) -> str:
    formula, value = _content(_FORMULA, inner), _content(_VALUE, inner)
    if b't="e"' in attributes and value:
        return unescape(value.decode())
    if formula is None or value or b't="str"' in attributes:
        return ""
    return "=" + unescape(formula.decode())


def _content(tag: re.Pattern[bytes], inner: bytes) -> bytes | None:
    """What stands in the first such element of a cell; None where there is none."""
    begin = tag.search(inner)
    if begin is None:
        return None
    if begin[0].endswith(b"/>"):
        return b""
    end = _END.search(inner, begin.end())
    return inner[begin.end() : end.start()] if end is not None else b""
