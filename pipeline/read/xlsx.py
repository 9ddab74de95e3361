"""What an xlsx holds besides its values: how far its sheets reach, and cells without a value.

The workbook reader gives a formula without a stored value, and an error such as ``#REF!``, as an
empty cell. Neither is one: where the office takes blanks for zeros, a mark would be lost.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator

from openpyxl import load_workbook

from pipeline.errors import SourceUnreadable

_MOST_BYTES = 1_000_000_000  # unpacked: hundreds of times the largest mark sheet
_MOST_CELLS = 30_000_000  # a table lies in memory with all its blank cells
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="([0-9]{1,7})"')
_COLUMN = re.compile(rb'\br="([A-Z]{1,3})[0-9]')
_NO_VALUE = re.compile(
    rb'\bt="e"'
    rb"|(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^>]*/>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>|</(?:\w+:)?c>)"
)


def lacks_values(content: bytes) -> bool:
    """Whether cells have an error or a formula in place of a value.

    SourceUnreadable where a sheet reaches so far that it would fill the memory.
    """
    found = [_lacks_values(part) for part in _sheets(content)]  # looks at every sheet
    return any(found)


def without_value(content: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """The formula or error of each such cell, by sheet, row and column (from 0)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that are not read here
            workbook = load_workbook(io.BytesIO(content), read_only=True)
        return {
            sheet.title: {
                (cell.row - 1, cell.column - 1): str(cell.value)
                for row in sheet.iter_rows()
                for cell in row
                if cell.data_type in {"f", "e"} and cell.value is not None
            }
            for sheet in workbook.worksheets
        }
    except Exception as error:  # a damaged part ends in any of a dozen kinds
        raise SourceUnreadable("it has formulas without values, which cannot be read") from error


def _sheets(content: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > _MOST_BYTES:
                raise SourceUnreadable("it unpacks to more than a gigabyte")
            for name in parts.namelist():
                if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name, re.IGNORECASE):
                    yield parts.read(name)
    except SourceUnreadable:
        raise
    except Exception as error:  # a damaged zip, too
        raise SourceUnreadable("it looks like a workbook, but cannot be opened") from error


def _lacks_values(part: bytes) -> bool:
    rows = max(map(int, _ROW.findall(part)), default=0)
    columns = max(map(_number, set(_COLUMN.findall(part))), default=0)
    if rows * columns > _MOST_CELLS:
        raise SourceUnreadable(
            f"a sheet reaches over {rows} rows and {columns} columns: delete the stray cells "
            "that stand far from the table"
        )
    return _NO_VALUE.search(part) is not None


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
