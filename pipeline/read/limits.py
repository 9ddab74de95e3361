"""What reading one source file may cost. Each limit is a setting, READ_…; these are the defaults.

They leave room for a whole board's marks in one file, and stop what was made to fill the memory. A
long CSV of 1,500,000 rows (20 MB) is read in 5 seconds; where no two cells are alike, the memory is
full at 1,300,000 rows.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from struct import unpack_from
from typing import TYPE_CHECKING
from zipfile import ZipFile, ZipInfo

from pipeline.errors import SourceUnreadable

if TYPE_CHECKING:  # the process that reads has no settings, and starts without them
    from pipeline.settings import Settings

READY = "ready"  # what the process that reads says first

_MB = 1_000_000
_LOCAL_HEADER = 30  # bytes, before the name and the extra field, of which it tells the lengths
_STORED, _DEFLATED = 0, 8  # how a part is packed; nothing else occurs in workbooks
_AT_ONCE = 1 << 20  # bytes that are unpacked before they are counted
_LONGEST_REFERENCE = 10  # bytes that one character may take: &#x10FFFF;
_LOOK_BACK = 500  # bytes before a text, in which its cell is named
_CELL_NAME = re.compile(rb'<(?:\w+:)?c\b[^<>]*?\br="([A-Z]{1,3}[0-9]{1,7})"')


@dataclass(frozen=True)
class ReadLimits:
    """The most that a source file may have and take. Cells count over all its sheets."""

    seconds: float = 25.0
    memory_mb: int = 900
    file_mb: int = 100
    unpacked_mb: int = 500
    sheets: int = 200
    rows: int = 1_500_000
    columns: int = 16_384
    cells: int = 10_000_000
    cell_characters: int = 32_767

    @property
    def file_bytes(self) -> int:
        """The most bytes of a file."""
        return self.file_mb * _MB

    @property
    def memory_bytes(self) -> int:
        """The most bytes of memory that reading one file may take."""
        return self.memory_mb * _MB


DEFAULTS = ReadLimits()


def limits_of(settings: Settings) -> ReadLimits:
    """As the settings want them."""
    return ReadLimits(
        **{each.name: getattr(settings, f"read_{each.name}") for each in fields(ReadLimits)}
    )


def refuse_size(size: int, limits: ReadLimits) -> None:
    """SourceUnreadable where a file is too large to be looked into."""
    if size > limits.file_bytes:
        raise SourceUnreadable(f"it is larger than {limits.file_mb} MB; READ_FILE_MB allows more")


def refuse_packed(content: bytes, parts: ZipFile, limits: ReadLimits) -> None:
    """SourceUnreadable where a zip unpacks to too much: counted, whatever it says of itself.

    Also where one text in it is far longer than a cell may be: that is seen before any parser is.
    """
    names = [part.filename.lower() for part in parts.infolist()]
    if len(set(names)) < len(names):  # which of them counts, readers disagree about
        raise SourceUnreadable("two of its parts have the same name")
    left = limits.unpacked_mb * _MB
    for part in parts.infolist():
        if part.compress_type not in (_STORED, _DEFLATED):
            raise SourceUnreadable("it is packed in a way that is not used for workbooks")
        longest = _LongestText(part.filename, limits)
        for chunk in _unpacked(_packed(content, part), part.compress_type):
            left -= len(chunk)
            if left < 0:
                raise SourceUnreadable(
                    f"it unpacks to more than {limits.unpacked_mb} MB; READ_UNPACKED_MB allows more"
                )
            longest.goes_on(chunk)


def _packed(content: bytes, part: ZipInfo) -> memoryview:
    name, extra = unpack_from("<HH", content, part.header_offset + _LOCAL_HEADER - 4)
    start = part.header_offset + _LOCAL_HEADER + name + extra
    return memoryview(content)[start : start + part.compress_size]


def _unpacked(packed: memoryview, way: int) -> Iterator[bytes]:
    """What is in there, some of it at a time."""
    if way == _STORED:
        for start in range(0, len(packed), _AT_ONCE):
            yield bytes(packed[start : start + _AT_ONCE])
        return
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = packed
    while len(rest) and not unpacking.eof:
        yield unpacking.decompress(rest, _AT_ONCE)
        rest = unpacking.unconsumed_tail


class _LongestText:
    """Looks out for a text without end between two tags, over the chunks of one XML part.

    What is longer than a cell by less than a chunk passes here; each cell is counted later.
    """

    def __init__(self, part: str, limits: ReadLimits) -> None:
        self._is_xml = part.endswith(".xml")
        self._most = _LONGEST_REFERENCE * limits.cell_characters
        self._limits = limits
        self._length = 0
        self._before = b""  # what stands before the text

    def goes_on(self, chunk: bytes) -> None:
        """SourceUnreadable where the text that the last chunk ended with goes on for too long."""
        if not self._is_xml:
            return
        first = chunk.find(b"<")
        self._length += len(chunk) if first < 0 else first
        if self._length > self._most:
            cells = _CELL_NAME.findall(self._before)
            where = f"cell {cells[-1].decode()}" if cells else "a cell"
            raise SourceUnreadable(
                f"{where} has more than {self._limits.cell_characters} characters, the most that "
                "Excel has; READ_CELL_CHARACTERS allows more"
            )
        if first >= 0:
            last = chunk.rfind(b"<")
            self._length = len(chunk) - last
            self._before = chunk[max(0, last - _LOOK_BACK) : last + _LOOK_BACK]


def refuse_reach(reaches: list[tuple[int, int]], limits: ReadLimits) -> None:
    """SourceUnreadable where sheets of so many rows and columns would fill the memory."""
    if len(reaches) > limits.sheets:
        raise SourceUnreadable(
            f"it has {len(reaches)} sheets, over {limits.sheets}; READ_SHEETS allows more"
        )
    for rows, columns in reaches:
        if rows > limits.rows or columns > limits.columns or rows * columns > limits.cells:
            raise SourceUnreadable(
                f"a sheet reaches over {rows} rows and {columns} columns: delete the stray cells "
                "that stand far from the table; or divide it; READ_ROWS, READ_COLUMNS and "
                "READ_CELLS allow more"
            )
    if (cells := sum(rows * columns for rows, columns in reaches)) > limits.cells:
        raise SourceUnreadable(
            f"its sheets have {cells} cells, over {limits.cells}; READ_CELLS allows more"
        )


def too_much_memory(limits: ReadLimits) -> str:
    """The reason where it needs more than it may have."""
    return (
        f"reading it needs more than {limits.memory_mb} MB of memory: delete the stray cells that "
        "stand far from the table, or divide it; READ_MEMORY_MB allows more"
    )
