"""Text files: fields divided by a comma, a semicolon or a tab."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd

from pipeline.errors import SourceUnreadable
from pipeline.facts import Table
from pipeline.read.cells import frame

_DELIMITERS = "\t;,"  # a comma may also be a decimal one: the last in doubt
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_LOOKED_AT = 50  # records that choose the delimiter
_WIDEST = 16_384  # columns that Excel has
_SAID = re.compile(r'"?sep=([,;\t])"?[,;\t]*(?:\r\n|\r|\n)')  # for Excel, which shows no such row

csv.field_size_limit(1_000_000)  # an unclosed quote is told as such, not as a long field


def sheet(content: bytes) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """The one table of a text file, and the codes of what was odd: see pipeline.read.tables."""
    text, oddities = _decoded(content)
    if "\x00" in text:
        raise SourceUnreadable("it is neither a workbook nor text")
    if not text.strip():
        raise SourceUnreadable("it is empty")
    said = _SAID.match(text)
    records = _records(text[said.end() :], said[1]) if said else _records(text, _delimiter(text))
    widths = pd.Series([len(record) for record in records], dtype="int64")
    if widths.max() > _WIDEST:
        raise SourceUnreadable(f"row {int(widths.argmax()) + 1} has {widths.max()} cells")
    return (Table(sheet="", cells=frame(records), widths=widths),), oddities


def _decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    encoding = next((name for bom, name in _BOMS.items() if content.startswith(bom)), "utf-8")
    try:
        return content.decode(encoding), ()
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise SourceUnreadable(f"it says it is {encoding}, but is not") from error
    try:
        return content.decode("cp1252"), ("encoding-assumed",)
    except UnicodeDecodeError as error:
        raise SourceUnreadable("it is neither a workbook nor text") from error


def _delimiter(text: str) -> str:
    """The delimiter that splits the most of the first records into the same number of fields.

    Marks with decimal commas in a semicolon file split by the comma too, but their heading does
    not: so the division that more records share wins, then the finer one.
    """

    def evenness(delimiter: str) -> tuple[int, int]:
        sample = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        widths: list[int] = []
        try:
            for record, _ in zip(sample, range(_LOOKED_AT), strict=False):
                widths.append(len(record))
        except csv.Error:
            pass  # told when the file is read
        common = max({width for width in widths if width > 1}, key=widths.count, default=0)
        return widths.count(common) if common else 0, common

    found = {delimiter: evenness(delimiter) for delimiter in _DELIMITERS}
    return max(_DELIMITERS, key=lambda delimiter: found[delimiter])


def _records(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[list[str]] = []
    try:
        records.extend(reader)
    except csv.Error as error:
        raise SourceUnreadable(
            f"a quotation mark is not closed, or stands amid a field, in row {len(records) + 1} "
            f"({error})"
        ) from error
    return records
