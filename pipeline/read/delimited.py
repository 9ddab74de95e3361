"""Text files: fields divided by a comma, a semicolon or a tab."""

from __future__ import annotations

import csv
import io

import pandas as pd

from pipeline.errors import SourceUnreadable
from pipeline.facts import Table

_DELIMITERS = ",;\t"
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_LOOKED_AT = 50  # records that choose the delimiter

csv.field_size_limit(1_000_000)  # an unclosed quote is told as such, not as a long field


def sheet(content: bytes) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """The one table of a text file, and the codes of what was odd: see pipeline.read.tables."""
    text, oddities = _decoded(content)
    if "\x00" in text:
        raise SourceUnreadable("it is neither a workbook nor text")
    records = _records(text, _delimiter(text))
    widths = pd.Series([len(record) for record in records], dtype="int64")
    cells = pd.DataFrame(records, dtype=object).fillna("")
    return (Table(sheet="", cells=cells, widths=widths),), oddities


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
    """The delimiter that splits most of the first records into the same number of fields.

    Marks with decimal commas in a semicolon file split unevenly by the comma, so the more even
    division wins, then the finer one.
    """

    def evenness(delimiter: str) -> tuple[float, int]:
        sample = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        widths = [len(record) for record, _ in zip(sample, range(_LOOKED_AT), strict=False)]
        widths = [width for width in widths if width > 1]
        if not widths:
            return 0.0, 0
        common = max(set(widths), key=widths.count)
        return widths.count(common) / len(widths), common

    found = {delimiter: evenness(delimiter) for delimiter in _DELIMITERS}
    return max(_DELIMITERS, key=lambda delimiter: found[delimiter])


def _records(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        # Where is told by reading again: an unclosed quote makes one record of all that follows.
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        row = 0
        try:
            for row, _ in enumerate(reader, start=1):  # noqa: B007
                pass
        except csv.Error as error:
            raise SourceUnreadable(
                f"a quotation mark is not closed, or stands amid a field, in row {row + 1} "
                f"({error})"
            ) from error
        raise
