"""What an Excel 97 workbook (.xls) holds besides its values: see pipeline.read.sheet_extras.

Its formulas always have a stored value, but the workbook reader gives an error such as ``#REF!``
as an empty cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from struct import unpack_from

from pipeline.errors import SourceUnreadable
from pipeline.read.cell_places import FilledCells
from pipeline.read.kinds import PROTECTED
from pipeline.read.number_formats import BUILT_IN, alters
from pipeline.read.ole import Streams
from pipeline.read.sheet_extras import Range, SheetExtras

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""The errors of a cell by their number in binary workbooks."""

_PASSWORD = 0x002F
_TEXTS, _REACH, _REACH_BEFORE_1997 = 0x00FC, 0x0200, 10  # the last is its length
_SHEET, _BEGIN, _END = 0x0085, (0x0009, 0x0209, 0x0409, 0x0809), 0x000A
_ROW, _FORMULA, _BOOL_OR_ERROR = 0x0208, 0x0006, 0x0205
_CELLS = {_FORMULA, _BOOL_OR_ERROR, 0x0203, 0x0204, 0x027E, 0x00FD, 0x00D6}
_CELLS_IN_A_ROW = (0x00BD, 0x00BE)  # their last two bytes are the last column
_NUMBERS, _BLANKS = _CELLS_IN_A_ROW
_FORMAT, _STYLE = 0x041E, 0x00E0
_COLUMNS, _HIDDEN_COLUMN = 0x007D, 0x01
_HIDDEN = 0x20


def sheet_extras(content: bytes) -> dict[str, SheetExtras]:
    """What each sheet holds besides its values, by its name. Damage ends in any error.

    SourceUnreadable where a password protects it, or a cell stands twice.
    """
    streams = Streams(content)
    book = _Book(streams.read("Workbook" if "Workbook" in streams.names else "Book"))
    sheets = {}
    codes, used = dict(BUILT_IN), list[int]()
    starts: dict[str, int] = {}
    for kind, record in book.records(0):
        if kind == _PASSWORD:
            raise SourceUnreadable(f"it is {PROTECTED}")
        if kind == _TEXTS and unpack_from("<I", record, 4)[0] > book.size:
            raise ValueError("says that it holds more texts than it has bytes")
        if kind == _SHEET:
            starts[_name(record)] = unpack_from("<I", record)[0]
        if kind == _FORMAT:
            codes[unpack_from("<H", record)[0]] = _format_code(record)
        if kind == _STYLE:
            used.append(unpack_from("<H", record, 2)[0])
    named = ((at, codes.get(number, "")) for at, number in enumerate(used))
    formats = {at: code for at, code in named if code and alters(code)}
    for name, start in starts.items():
        sheets[name] = _extras_of(book, start, formats)
    return sheets


def _format_code(record: bytes) -> str:
    """A number format's code; "" of a book of before 1997, where it stands otherwise."""
    length = unpack_from("<H", record, 2)[0]
    text = record[5:]
    if record[4] & 1:
        return text.decode("utf-16-le", errors="replace") if len(text) == 2 * length else ""
    return text.decode("latin-1") if len(text) == length else ""


class _Book:
    """The records of a book, each of which belongs to one part of it.

    Where many sheets are said to begin at one place, to walk through it for each would take for
    ever: ValueError once more was walked through than there is, twice over.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = len(content)
        self._left = 2 * self.size

    def records(self, at: int) -> Iterator[tuple[int, bytes]]:
        """The records of one part, without those of charts that lie within it."""
        depth = 0
        while at + 4 <= self.size:
            kind, size = unpack_from("<HH", self._content, at)
            depth += (kind in _BEGIN) - (kind == _END)
            if depth == 1:
                yield kind, self._content[at + 4 : at + 4 + size]
            if depth <= 0:
                return
            at += 4 + size
            self._left -= 4 + size
            if self._left < 0:
                raise ValueError("has sheets that lie in each other")


def _name(record: bytes) -> str:
    """The sheet's name; another for a book of before 1997 with letters that are not Western."""
    length, wide = record[6], record[7] if len(record) > 7 else 0
    if wide == 1:
        return record[8 : 8 + 2 * length].decode("utf-16-le", errors="replace")
    return record[8 if wide == 0 else 7 :][:length].decode("latin-1")


def _extras_of(book: _Book, start: int, formats: Mapping[int, str]) -> SheetExtras:
    rows = columns = 0
    hidden: set[int] = set()
    columns_hidden: set[int] = set()
    instead_of_value: dict[Range, str] = {}
    formatted: dict[Range, str] = {}
    filled = FilledCells()
    for kind, record in book.records(start):
        if kind == _ROW and record[12] & _HIDDEN:
            hidden.add(unpack_from("<H", record)[0])
        if kind == _COLUMNS and record[8] & _HIDDEN_COLUMN:
            first, last = unpack_from("<HH", record)
            columns_hidden |= {*range(first, last + 1)}
        if kind == _REACH:
            rows, columns = map(max, (rows, columns), _stated_reach(record))
        if kind not in _CELLS and kind not in _CELLS_IN_A_ROW:
            continue
        row, column = unpack_from("<HH", record)
        if error := _error(kind, record):
            instead_of_value[row, column, row, column] = error
        last = unpack_from("<H", record, len(record) - 2)[0] if kind in _CELLS_IN_A_ROW else column
        rows, columns = max(rows, row + 1), max(columns, last + 1)
        if kind != _BLANKS:
            filled.add(row, column, last)
        if formats and kind != _BLANKS:
            for at, style in enumerate(_styles(kind, record), start=column):
                if style in formats:
                    formatted[row, at, row, at] = formats[style]
    filled.refuse_twice()
    return SheetExtras(
        rows,
        columns,
        instead_of_value,
        frozenset(hidden),
        formats=formatted,
        hidden_columns=frozenset(columns_hidden),
    )


def _styles(kind: int, record: bytes) -> list[int]:
    """The style of each cell that a record holds."""
    if kind == _NUMBERS:
        count = (len(record) - 6) // 6
        return [unpack_from("<H", record, 4 + 6 * at)[0] for at in range(count)]
    return [unpack_from("<H", record, 4)[0]]


def _stated_reach(record: bytes) -> tuple[int, int]:
    """How far the book says that a sheet reaches: the workbook reader makes room for that."""
    reach = unpack_from("<4H" if len(record) == _REACH_BEFORE_1997 else "<IIHH", record)
    first_row, rows, first_column, columns = reach
    if first_row > rows or first_column > columns:
        raise ValueError("ends before it begins")
    return rows, columns


def _error(kind: int, record: bytes) -> str:
    if kind == _BOOL_OR_ERROR and record[7]:
        return ERRORS.get(record[6], "#")
    if kind == _FORMULA and record[12:14] == b"\xff\xff" and record[6] == 2:
        return ERRORS.get(record[8], "#")
    return ""
