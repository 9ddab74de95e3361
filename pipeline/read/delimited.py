"""Text files: fields divided by a comma, a semicolon, a tab, a colon or a pipe."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, NoReturn

import pandas as pd

from pipeline.errors import SourceUnreadable
from pipeline.model import Table
from pipeline.read.cells import frame, padded

_USUAL = "\t;,"  # a comma may also be a decimal one: the last in doubt
_RARE = ":|"  # times and answers such as A|C hold them too
_NAMES = {"\t": "tabs", ";": "semicolons", ",": "commas", ":": "colons", "|": "pipes"}
_LOOKED_AT = 50  # records that choose the delimiter
_WIDEST = 16_384  # columns that Excel has
_MOST_CELLS = 30_000_000  # of which most are blank because one row is far too wide
# A line for Excel, which shows no such row.
_SEP_LINE = re.compile(r'"?sep=([,;\t:|])"?[,;\t:|]*(?:\r\n|\r|\n)')
_WHOLLY_QUOTED = re.compile(r'\A\s*"([^"]*)"\s*\Z')

csv.field_size_limit(1_000_000)  # an unclosed quote is told as such, not as a long field


def sheet(text: str, encoding: str, delimiter: str | None, quoted: bool) -> Table:
    """The one table of a text file. ``delimiter`` is the one that a layout fixes.

    Where fields are not ``quoted``, a quotation mark is a character like any other.
    SourceUnreadable tells the row in which a quotation mark is not closed.
    """
    sep_line = _SEP_LINE.match(text)
    lines = io.StringIO(text[sep_line.end() :] if sep_line else text, newline="").readlines()
    delimiter = delimiter or (sep_line[1] if sep_line else _delimiter(lines, quoted))
    records = _records(lines, delimiter, quoted)
    widths = pd.Series([len(record) for record in records], dtype="int64")
    filled = len(widths) * int(widths.max())
    if widths.max() > _WIDEST or filled > max(_MOST_CELLS, 2 * int(widths.sum())):
        raise SourceUnreadable(f"row {int(widths.argmax()) + 1} has {widths.max()} cells")
    return Table(
        sheet="",
        cells=frame(padded(records)),
        widths=widths,
        lines=pd.Series([line.rstrip("\r\n") for line in lines], dtype=object),
        read_as=f"{encoding}, {_division(delimiter, widths)}"
        f"{'' if quoted else ', without quoting'}",
    )


def _division(delimiter: str, widths: pd.Series[int]) -> str:
    if widths.max() < 2:
        return "not divided"
    return f"divided by {_NAMES.get(delimiter, repr(delimiter))}"


def _delimiter(lines: list[str], quoted: bool) -> str:
    """The delimiter that splits the most of the first records into the same number of fields.

    Marks with decimal commas in a semicolon file split by the comma too, but their heading does
    not: so the division that more records share wins, then the finer one. A rare delimiter must
    divide every record, and finer, where no usual one does.
    """
    found = {sign: _evenness(lines, sign, quoted) for sign in _USUAL + _RARE}
    usual = max(_USUAL, key=lambda sign: found[sign][:2])
    rare = max(_RARE, key=lambda sign: found[sign][:2])
    shared, fields, records = found[rare]
    every = shared == records > found[usual][0] and fields > found[usual][1]
    return rare if every else usual


def _evenness(lines: list[str], delimiter: str, quoted: bool) -> tuple[int, int, int]:
    """How many of the first records have the same number of fields, which, and of how many."""
    sample = _reader(lines, delimiter, quoted, strict=False)
    widths: list[int] = []
    with suppress(csv.Error):  # told when the file is read
        widths.extend(len(record) for record in islice(sample, _LOOKED_AT))
    widths = [width for width in widths if width]
    common = max({width for width in widths if width > 1}, key=widths.count, default=0)
    return widths.count(common) if common else 0, common, len(widths)


def _records(lines: list[str], delimiter: str, quoted: bool) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        records.extend(_reader(lines, delimiter, quoted))
    except csv.Error as error:
        return _one_by_one(lines, delimiter) if quoted else _not_closed(records, error)
    return records


def _reader(
    lines: list[str], delimiter: str, quoted: bool, strict: bool = True
) -> Iterator[list[str]]:
    if not quoted:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    spaced = any(f'{delimiter} "' in line for line in lines)
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=spaced, strict=strict)


def _one_by_one(lines: list[str], delimiter: str) -> list[list[str]]:
    """The records of a file in which a quotation mark stands amid a field.

    Where that mark opens nothing that goes on to the next line, the field stays as it is written:
    in a name it does no harm, in a mark or a keycode it is found.
    """
    reader: Any = _reader(lines, delimiter, quoted=True)
    records: list[list[str]] = []
    while True:
        begun = reader.line_num
        try:
            records.append(next(reader))
        except StopIteration:
            return records
        except csv.Error as error:
            if reader.line_num > begun + 1 or not _closed(lines[begun], delimiter):
                return _not_closed(records, error)
            (fields,) = csv.reader(
                lines[begun : begun + 1], delimiter=delimiter, quoting=csv.QUOTE_NONE
            )
            records.append([_WHOLLY_QUOTED.sub(r"\1", field) for field in fields])


def _closed(line: str, delimiter: str) -> bool:
    try:
        return len(list(csv.reader([line, "."], delimiter=delimiter))) == 2
    except csv.Error:
        return False


def _not_closed(before: list[list[str]], error: csv.Error) -> NoReturn:
    raise SourceUnreadable(
        f"a quotation mark is not closed, or stands amid a field, in row {len(before) + 1} "
        f"({error})"
    ) from error
