"""Workbooks: xlsx, xlsm, xlsb, xls and ods, each sheet as text cells."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from python_calamine import CalamineWorkbook, PasswordError, SheetMetadata, SheetVisibleEnum

from pipeline.errors import SourceUnreadable
from pipeline.read import ods, xls, xlsb, xlsx
from pipeline.read.blank_ends import without_blank_ends
from pipeline.read.cells import Cells, as_texts, grown, padded, trimmed
from pipeline.read.kinds import BROKEN, PROTECTED
from pipeline.read.limits import ReadLimits, refuse_packed, refuse_reach
from pipeline.read.number_formats import shown
from pipeline.read.plain_sheets import WrittenOtherwise, with_plain_sheets
from pipeline.read.sheet_extras import ERRORS, Range, SheetExtras
from pipeline.source import CellTexts, Table

_MANY_ROWS = 500_000  # from which on it is worth a look whether the last ones are blank
_IN_ZIP: dict[str, Callable[[zipfile.ZipFile], dict[str, SheetExtras]]] = {
    "xlsx": xlsx.sheet_extras,
    "xlsm": xlsx.sheet_extras,
    "xlsb": xlsb.sheet_extras,
    "ods": ods.sheet_extras,
}


def sheets(content: bytes, kind: str, said: str, limits: ReadLimits) -> tuple[Table, ...]:
    """The workbook's sheets, blank rows included, so that row numbers are those Excel shows."""
    try:
        try:
            extras_by_sheet = _sheet_extras(content, kind, limits)
        except WrittenOtherwise:
            content = with_plain_sheets(content)
            extras_by_sheet = _sheet_extras(content, kind, limits)
        if kind in ("xlsx", "xlsm") and _reaches_far(extras_by_sheet.values(), limits):
            content = without_blank_ends(content)
            extras_by_sheet = _sheet_extras(content, kind, limits)
    except (SourceUnreadable, MemoryError):
        raise
    except Exception as error:  # a damaged zip or part ends in any of a dozen kinds
        raise SourceUnreadable(BROKEN) from error
    refuse_reach([(extras.rows, extras.columns) for extras in extras_by_sheet.values()], limits)
    with _damage_refused():
        if kind == "ods":
            content = ods.without_empty_values(content)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        about = workbook.sheets_metadata
    refuse_reach([(0, 0)] * len(about), limits)
    if len({sheet.name for sheet in about}) < len(about):
        raise SourceUnreadable("two of its sheets have the same name")
    return tuple(
        _table(workbook, sheet, extras_by_sheet.get(sheet.name, SheetExtras()), said)
        for sheet in about
    )


def _reaches_far(sheets: Iterable[SheetExtras], limits: ReadLimits) -> bool:
    reaches = [(extras.rows, extras.rows * extras.columns) for extras in sheets]
    return max(reaches, default=(0, 0))[0] > _MANY_ROWS or (
        sum(cells for _, cells in reaches) > limits.cells
    )


@contextmanager
def _damage_refused() -> Iterator[None]:
    """SourceUnreadable for whatever the workbook reader raises."""
    try:
        yield
    except PasswordError as error:
        raise SourceUnreadable(f"it is {PROTECTED}") from error
    except MemoryError:
        raise
    except Exception as error:  # CalamineError, but also others
        raise SourceUnreadable(BROKEN) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of Rust, which has no name to import
            raise
        raise SourceUnreadable(BROKEN) from error


def _sheet_extras(content: bytes, kind: str, limits: ReadLimits) -> dict[str, SheetExtras]:
    if kind == "xls":
        return xls.sheet_extras(content)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        refuse_packed(content, parts, limits)
        return _IN_ZIP[kind](parts)


def _formatted(cells: Cells, extras: SheetExtras) -> dict[tuple[int, int], str]:
    """The cells that show something else than their number, and what."""
    texts = {}
    for (row, column, last_row, last_column), code in extras.formats.items():
        within = cells[row : last_row + 1, column : last_column + 1]
        for (down, across), value in np.ndenumerate(within):
            if type(value) in (int, float):
                text = shown(value, code)
                if text is not None:
                    texts[row + down, column + across] = text
    return texts


def _table(
    workbook: CalamineWorkbook, about: SheetMetadata, extras: SheetExtras, said: str
) -> Table:
    with _damage_refused():
        sheet = workbook.get_sheet_by_name(about.name)
        rows = sheet.to_python(skip_empty_area=False)
        merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
    cells = trimmed(padded(rows))
    if extras.instead_of_value:
        *_, last_rows, last_columns = zip(*extras.instead_of_value, strict=True)
        cells = grown(cells, max(last_rows) + 1, max(last_columns) + 1)
    formatted = _formatted(cells, extras)
    numbers, dates = as_texts(cells)
    for (row, column), text in formatted.items():
        cells[row, column], numbers[row, column] = text, False
    for (
        row,
        column,
        last_row,
        last_column,
    ), instead_of_value in extras.instead_of_value.items():
        within = cells[row : last_row + 1, column : last_column + 1]
        covered = (within == "") | instead_of_value.startswith(ERRORS)
        within[covered] = instead_of_value
        numbers[row : last_row + 1, column : last_column + 1][covered] = False
    return Table(
        sheet=about.name,
        texts=CellTexts.of(cells.tolist(), cells.shape[1]),
        numbers=numbers,
        dates=dates,
        hidden=about.visible != SheetVisibleEnum.Visible,
        hidden_rows=frozenset(row for row in extras.hidden_rows if row < len(cells)),
        hidden_columns=frozenset(at for at in extras.hidden_columns if at < cells.shape[1]),
        merged=_within(cells, tuple(merged) or extras.merged),
        read_as=said,
    )


def _within(cells: Cells, merged: Sequence[Range]) -> tuple[Range, ...]:
    """The merged ranges as far as they lie in the table: a title may reach beyond it."""
    rows, columns = cells.shape
    return tuple(
        (row, column, min(last_row, rows - 1), min(last_column, columns - 1))
        for row, column, last_row, last_column in merged
        if row < rows and column < columns
    )
