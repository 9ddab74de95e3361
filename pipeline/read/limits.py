"""What reading one source file may cost. Each limit is a setting, READ_…; these are the defaults.

They leave room for a whole board's marks in one file, and stop what was made to fill the memory. A
long CSV of three million rows (40 MB) is read in 10 seconds; where no two cells are alike, the
memory is full at 1,300,000 rows.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from struct import unpack_from
from typing import TYPE_CHECKING
from zipfile import ZipFile

from pipeline.errors import SourceUnreadable

if TYPE_CHECKING:  # the process that reads has no settings, and starts without them
    from pipeline.settings import Settings

READY = "ready"  # what the process that reads says first

_MB = 1_000_000
_LOCAL_HEADER = 30  # bytes, before the name and the extra field, of which it tells the lengths
_STORED, _DEFLATED = 0, 8  # how a part is packed; nothing else occurs in workbooks
_AT_ONCE = 1 << 20  # bytes that are unpacked before they are counted


@dataclass(frozen=True)
class ReadLimits:
    """The most that a source file may have and take. Cells count over all its sheets."""

    seconds: float = 25.0
    memory_mb: int = 900
    file_mb: int = 100
    unpacked_mb: int = 500
    sheets: int = 200
    rows: int = 3_000_000
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
    """SourceUnreadable where a zip unpacks to too much: counted, whatever it says of itself."""
    left = limits.unpacked_mb * _MB
    for part in parts.infolist():
        name, extra = unpack_from("<HH", content, part.header_offset + _LOCAL_HEADER - 4)
        start = part.header_offset + _LOCAL_HEADER + name + extra
        packed = memoryview(content)[start : start + part.compress_size]
        if part.compress_type == _DEFLATED:
            left -= _unpacked_size(packed, left)
        elif part.compress_type == _STORED:
            left -= len(packed)
        else:
            raise SourceUnreadable("it is packed in a way that is not used for workbooks")
        if left < 0:
            raise SourceUnreadable(
                f"it unpacks to more than {limits.unpacked_mb} MB; READ_UNPACKED_MB allows more"
            )


def _unpacked_size(packed: memoryview, most: int) -> int:
    """How many bytes are in there; some more than ``most`` where there are more."""
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    rest: bytes | memoryview = packed
    while len(rest) and not unpacking.eof and size <= most:
        size += len(unpacking.decompress(rest, _AT_ONCE))
        rest = unpacking.unconsumed_tail
    return size


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
