"""Text files: fields divided by a comma, a semicolon, a tab, a colon or a pipe."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, count, islice
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SourceUnreadable
from pipeline.source import CellTexts, Distinct, Table

_USUAL = "\t;,"  # a comma may also be a decimal one: the last in doubt
_RARE = ":|"  # times and answers such as A|C hold them too
_NAMES = {"\t": "tabs", ";": "semicolons", ",": "commas", ":": "colons", "|": "pipes"}
_LOOKED_AT = 50  # records that choose the delimiter
_AT_ONCE = 20_000  # records that are held as lists
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
    text = text[sep_line.end() :] if sep_line else text
    delimiter = delimiter or (sep_line[1] if sep_line else _delimiter(text, quoted))
    records = _collected(text, delimiter, quoted)
    widths = np.concatenate(records.widths)
    widest, filled = int(widths.max()), len(widths) * int(widths.max())
    if widest > _WIDEST or filled > max(_MOST_CELLS, 2 * int(widths.sum())):
        raise SourceUnreadable(f"row {int(widths.argmax()) + 1} has {widest} cells")
    return Table(
        sheet="",
        texts=records.texts(widths),
        widths=widths,
        text=text,
        read_as=f"{encoding}, {_division(delimiter, widths)}"
        f"{'' if quoted else ', without quoting'}",
    )


class _Records:
    """The records that were read, as columns; the last few as lists."""

    def __init__(self) -> None:
        self.widths: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        self._codes: list[NDArray[np.int32]] = [np.empty(0, np.int32)]
        self._distinct = Distinct()
        self._count = 0
        self._last: list[list[str]] = []

    def __len__(self) -> int:
        return self._count + len(self._last)

    def add_all(self, records: Iterator[list[str]]) -> None:
        """Take them; those before an error are counted."""
        while True:
            self._last.extend(islice(records, _AT_ONCE))
            if not self._last:
                return
            widths = np.fromiter(map(len, self._last), np.int64, len(self._last))
            fields = chain.from_iterable(self._last)
            self._codes.append(self._distinct.codes(fields, int(widths.sum())))
            self.widths.append(widths)
            self._count, self._last = len(self), []

    def texts(self, widths: NDArray[np.int64]) -> CellTexts:
        """All of them; what a record lacks is an empty text."""
        fields, width = np.concatenate(self._codes), int(widths.max())
        if len(fields) < len(widths) * width:
            blank = int(self._distinct.codes([""], 1)[0])
            codes = np.full((len(widths), width), blank, np.int32)
            codes[np.arange(width) < widths[:, None]] = fields
        else:
            codes = fields.reshape(len(widths), width)
        return CellTexts.numbered(codes, self._distinct)


def _division(delimiter: str, widths: NDArray[np.int64]) -> str:
    if widths.max() < 2:
        return "not divided"
    return f"divided by {_NAMES.get(delimiter, repr(delimiter))}"


def _delimiter(text: str, quoted: bool) -> str:
    """The delimiter that splits the most of the first records into the same number of fields.

    Marks with decimal commas in a semicolon file split by the comma too, but their heading does
    not: so the division that more records share wins, then the finer one. A rare delimiter must
    divide every record, and finer, where no usual one does.
    """
    found = {sign: _evenness(text, sign, quoted) for sign in _USUAL + _RARE}
    usual = max(_USUAL, key=lambda sign: found[sign][:2])
    rare = max(_RARE, key=lambda sign: found[sign][:2])
    shared, fields, records = found[rare]
    every = shared == records > found[usual][0] and fields > found[usual][1]
    return rare if every else usual


def _evenness(text: str, delimiter: str, quoted: bool) -> tuple[int, int, int]:
    """How many of the first records have the same number of fields, which, and of how many."""
    sample = _reader(text, delimiter, quoted, strict=False)
    widths: list[int] = []
    with suppress(csv.Error):  # told when the file is read
        widths.extend(len(record) for record in islice(sample, _LOOKED_AT))
    widths = [width for width in widths if width]
    common = max({width for width in widths if width > 1}, key=widths.count, default=0)
    return widths.count(common) if common else 0, common, len(widths)


def _collected(text: str, delimiter: str, quoted: bool) -> _Records:
    records = _Records()
    try:
        records.add_all(_reader(text, delimiter, quoted))
    except csv.Error as error:
        if not quoted:
            _not_closed(len(records), error)
        records = _Records()
        records.add_all(_one_by_one(text, delimiter))
    return records


def _reader(text: str, delimiter: str, quoted: bool, strict: bool = True) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")
    if not quoted:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    spaced = f'{delimiter} "' in text
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=spaced, strict=strict)


def _one_by_one(text: str, delimiter: str) -> Iterator[list[str]]:
    """The records of a file in which a quotation mark stands amid a field.

    Where that mark opens nothing that goes on to the next line, the field stays as it is written:
    in a name it does no harm, in a mark or a keycode it is found.
    """
    lines = io.StringIO(text, newline="").readlines()
    reader: Any = _reader(text, delimiter, quoted=True)
    for number in count():
        begun = reader.line_num
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if reader.line_num > begun + 1 or not _closed(lines[begun], delimiter):
                _not_closed(number, error)
            (fields,) = csv.reader(
                lines[begun : begun + 1], delimiter=delimiter, quoting=csv.QUOTE_NONE
            )
            yield [_WHOLLY_QUOTED.sub(r"\1", field) for field in fields]


def _closed(line: str, delimiter: str) -> bool:
    try:
        return len(list(csv.reader([line, "."], delimiter=delimiter))) == 2
    except csv.Error:
        return False


def _not_closed(before: int, error: csv.Error) -> NoReturn:
    raise SourceUnreadable(
        f"a quotation mark is not closed, or stands amid a field, in row {before + 1} ({error})"
    ) from error
