"""Blank rows at the end of an xlsx sheet, down to the last of the grid.

A space in the sheet's last row, or a format over whole columns, makes a sheet of thirty rows one of
a million, which no reader could hold. Such rows are cut off before the workbook is read.
"""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree  # whose expat refuses to blow entities up

_STRINGS = "xl/sharedStrings.xml"
_ROW = re.compile(rb"<(?:\w+:)?row\b(?=[ />])[^<>]*")
_END = re.compile(rb"</(?:\w+:)?sheetData>")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_TEXT = re.compile(rb"<(?:\w+:)?t\b[^<>]*>([^<]*)<")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_SHARED = re.compile(rb"""<(?:\w+:)?c\b(?=[^<>]*\bt=["']s["'])[^<>]*>\s*<(?:\w+:)?v>([0-9]+)<""")


def without_blank_ends(content: bytes) -> bytes:
    """The workbook with sheets that end with their last row that holds anything."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        blank = _blank_strings(old)
        for part in old.infolist():
            text = old.read(part)
            is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
            packed = zipfile.ZIP_DEFLATED
            new.writestr(part.filename, _cut(text, blank) if is_sheet else text, packed)
    return changed.getvalue()


def _blank_strings(parts: zipfile.ZipFile) -> frozenset[bytes]:
    """The numbers of shared texts that hold nothing but white space."""
    if _STRINGS not in parts.namelist():
        return frozenset()
    strings = ElementTree.fromstring(parts.read(_STRINGS))  # noqa: S314
    texts = ("".join(each.itertext()) for each in strings.iterfind("{*}si"))
    return frozenset(str(at).encode() for at, text in enumerate(texts) if not text.strip())


def _cut(part: bytes, blank: frozenset[bytes]) -> bytes:
    end = _END.search(part)
    if end is None:
        return part
    stop = end.start()
    for row in reversed([found.start() for found in _ROW.finditer(part)]):
        if not _is_blank(part[row:stop], blank):
            break
        stop = row
    return part[:stop] + part[end.start() :]


def _is_blank(row: bytes, blank: frozenset[bytes]) -> bool:
    if _FORMULA.search(row):
        return False
    shared = _SHARED.findall(row)
    values = [value for value in _VALUE.findall(row) if value.strip()]
    texts = [text for text in _TEXT.findall(row) if text.decode(errors="replace").strip()]
    return not texts and len(values) == len(shared) and blank.issuperset(shared)
