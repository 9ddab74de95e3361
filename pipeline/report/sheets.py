"""Sheets of an Excel workbook, written row by row: fit to be read, filtered and printed.

XlsxWriter writes them: a quarter of openpyxl's time, native charts, and in ``constant_memory`` a
sheet is never held whole. Text stays text: ``write_string`` makes no formula and no link of what a
file brought. Colours are pale fills under black text: they print, and nothing is told by colour
alone.
"""

from __future__ import annotations

import io
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, cast

import numpy as np
import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipeline.foreign_text import in_a_line, visible
from pipeline.profile import Profile
from pipeline.read.kinds import OWN_REPORT
from pipeline.report.values import to_python_values

MAX_ROWS = 1_048_000  # a little under what a sheet holds
_MAX_SHEET_NAME_CHARS = 31
_MAX_CELL_CHARS = 10_000  # far under what Excel takes
_MAX_ROW_HEIGHT_POINTS = 400  # a little under the height that a row can have
_MAX_LINKS = 60_000  # Excel takes 65,530 on a sheet
_LINE_POINTS = 12.5  # of nine points
_CHARS_IN_WIDTH = 1.2  # of nine points, in a unit of a column's width; with room for long words
_A4 = 9
_AS_A_NUMBER = {"align": "right", "indent": 1}
_MARGIN_INCHES = 0.4
_MAX_HEADER_CHARS = 80

GREEN, AMBER, RED = "E2EFDA", "FFF2CC", "F8CBAD"
# A profile's colour as a pale fill, under its name in words.
_OF_PROFILES = {
    "red": RED,
    "yellow": AMBER,
    "green": GREEN,
    "blue": "DDEBF7",
    "magenta": "F2CEEF",
    "cyan": "CAEDFB",
}
Column = tuple[str, str, float]  # heading, column of the frame, width in characters


class Book:
    """A workbook that is being written: a context manager, which removes what lay in ``folder``.

    Its sheets lie there until ``content`` ends it: not among the files of the whole system, since
    they are personal, and its disk may be another one.
    """

    def __init__(
        self, folder: Path, profile: Profile | None = None, header: str = "", footer: str = ""
    ) -> None:
        """``header`` and ``footer`` stand on every printed page, beside its number."""
        self._bytes = io.BytesIO()
        self._sheets = TemporaryDirectory(dir=folder, prefix=".")
        options = {"constant_memory": True, "tmpdir": self._sheets.name}
        self._workbook = Workbook(self._bytes, options)
        self._workbook.set_custom_property(OWN_REPORT, "yes")  # nobody's marks are read from it
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._profile = profile
        banner = "" if profile is None else f"{profile.banner}  "
        self._header = f"&L{_escaped(banner + header)}&R{_escaped(footer)}"

    def sheet(self, title: str, widths: Sequence[float], *, portrait: bool = False) -> Sheet:
        """A sheet with columns of these widths, to be printed on A4 pages as wide as it is."""
        worksheet = self._workbook.add_worksheet(title[:_MAX_SHEET_NAME_CHARS])
        if self._profile is not None and self._profile.colour is not None:
            worksheet.set_tab_color(f"#{_OF_PROFILES[self._profile.colour]}")
        for at, width in enumerate(widths):
            worksheet.set_column(at, at, width)
        worksheet.set_paper(_A4)
        if not portrait:
            worksheet.set_landscape()
        worksheet.set_margins(_MARGIN_INCHES, _MARGIN_INCHES, 0.75, 0.6)
        worksheet.fit_to_pages(1, 0)
        worksheet.set_header(self._header)
        worksheet.set_footer("&L&A&RPage &P of &N")
        return Sheet(self, worksheet, widths)

    def format(self, **properties: Any) -> Format:
        """A cell's look; each is made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            look = {"valign": "top", "font_size": 9, "font_name": "Arial"} | properties
            self._formats[key] = self._workbook.add_format(look)
        return self._formats[key]

    def chart(self, kind: str) -> Any:  # of XlsxWriter, which types none of it
        """A chart, to be filled and inserted."""
        return self._workbook.add_chart({"type": kind})

    def profile_fill(self) -> str:
        """The profile's colour as a fill."""
        colour = "" if self._profile is None else self._profile.colour or ""
        return _OF_PROFILES.get(colour, "D9D9D9")

    def content(self) -> bytes:
        """The workbook's bytes; OSError where its sheets could not be written."""
        try:
            self._workbook.close()
        except FileCreateError as error:  # XlsxWriter's own class, about an error of the system
            raise error.args[0] from None
        return self._bytes.getvalue()

    def __enter__(self) -> Self:
        """As it is."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the sheets as they lay."""
        self._sheets.cleanup()


class _Visible(dict[str, str]):
    """Texts as a cell shows them. A table repeats few of them: each is looked through once."""

    def __missing__(self, text: str) -> str:
        """Look it through."""
        shown = self[text] = visible(text, _MAX_CELL_CHARS)
        return shown


@dataclass(frozen=True)
class _Looks:
    """How the cells of a table look."""

    text: Format
    number: Format
    marked: int  # the column in which some values have a fill; -1: none
    fills: Mapping[str, Format]  # by value
    visible: _Visible = field(default_factory=_Visible)


class Sheet:
    """A sheet that is written from the top to the bottom."""

    def __init__(self, book: Book, worksheet: Worksheet, widths: Sequence[float]) -> None:
        """Nothing is written yet."""
        self.book = book
        self.worksheet = worksheet
        self.widths = widths
        self.next_row = 0  # from 0, as XlsxWriter counts
        self._links = 0

    def row(
        self,
        values: Iterable[Any],  # what a cell can hold
        *,
        fills: Mapping[int, str] | None = None,  # by column
        links: Mapping[int, str] | None = None,  # within the workbook: Submissions!A7
        right: Container[int] = (),  # columns of texts that stand as numbers do
        height: float | None = None,
        wrap: bool = True,  # else a text goes on over the empty cells to its right
        **look: Any,  # of every cell, as XlsxWriter calls it
    ) -> None:
        """Write the next row, as high as its longest text needs."""
        cells = list(values)
        at = self.next_row
        if wrap:
            look |= {"text_wrap": True}
        points = look.get("font_size", 9)
        needed = height or (self.height_of(cells, points) if wrap else _LINE_POINTS * points / 9)
        if needed > _LINE_POINTS:  # not every program fits a row to its text by itself
            self.worksheet.set_row(at, min(needed, _MAX_ROW_HEIGHT_POINTS))
        for column, value in enumerate(cells):
            fill = (fills or {}).get(column)
            cell_look = look | {"bg_color": f"#{fill}"} if fill else look
            if column in right:
                cell_look = cell_look | _AS_A_NUMBER
            self._cell(at, column, value, cell_look, (links or {}).get(column))
        self.next_row += 1

    def headings(self, names: Sequence[str]) -> None:
        """Write a row of headings."""
        self.row(names, bold=True, bg_color="#D9E1F2", bottom=1, bottom_color="#8EA9DB")

    def table(
        self,
        frame: pd.DataFrame,
        columns: Sequence[Column],
        *,
        fills: Mapping[str, str] | None = None,
        fill_column: str = "",
        links: tuple[int, Sequence[str | None]] | None = None,  # of a column, by row
        printed: int | None = None,  # how many columns go on paper
    ) -> None:
        """Write a frame with its headings: frozen, filtered, on top of each printed page."""
        names = [name for _, name, _ in columns]
        shown = to_python_values(frame.head(MAX_ROWS)[names])
        self.worksheet.freeze_panes(1, 0)
        self.worksheet.autofilter(0, 0, len(shown), len(columns) - 1)
        self.worksheet.repeat_rows(0)
        if printed is not None and printed < len(columns):
            self.worksheet.print_area(0, 0, max(len(shown), 1), printed - 1)
        self.headings([heading for heading, _, _ in columns])
        link_column, targets = links or (-1, [None] * len(shown))
        looks = _Looks(
            text=self.book.format(text_wrap=True),
            number=self.book.format(text_wrap=True, **_AS_A_NUMBER),
            marked=names.index(fill_column) if fill_column else -1,
            fills={
                value: self.book.format(text_wrap=True, bg_color=f"#{fill}")
                for value, fill in (fills or {}).items()
            },
        )
        rows = zip(
            shown.itertuples(index=False, name=None), self._heights(shown), targets, strict=False
        )
        for values, height, target in rows:
            self._plain_row(
                values, height, looks, None if target is None else (link_column, target)
            )
        if len(frame) > len(shown):
            more = f"… {len(frame) - len(shown)} more: see reconciliation.json"
            self.row([more], wrap=False)

    def _plain_row(
        self, values: Sequence[Any], height: float, looks: _Looks, link: tuple[int, str] | None
    ) -> None:
        """A row of a table: most of its cells look alike, and there are many."""
        at, worksheet = self.next_row, self.worksheet
        if height > _LINE_POINTS:
            worksheet.set_row(at, min(height, _MAX_ROW_HEIGHT_POINTS))
        for column, value in enumerate(values):
            if value is None or value == "":  # an empty cell costs as much as a full one
                continue
            if link is not None and column == link[0]:
                self._cell(at, column, value, {"text_wrap": True}, link[1])
            elif isinstance(value, str):
                look = looks.fills.get(value, looks.text) if column == looks.marked else looks.text
                worksheet.write_string(at, column, looks.visible[value], look)
            elif isinstance(value, bool):
                worksheet.write_boolean(at, column, value, looks.text)
            else:
                worksheet.write_number(at, column, value, looks.number)
        self.next_row += 1

    def _heights(self, frame: pd.DataFrame) -> list[float]:
        """The height that each row of a frame of Python's values needs."""
        lines = np.ones(len(frame))
        for name, width in zip(frame.columns, self.widths, strict=True):
            lengths = [len(text) if isinstance(text, str) else 0 for text in frame[name]]
            lines = np.maximum(lines, np.ceil(np.array(lengths) / (width * _CHARS_IN_WIDTH)))
        return cast("list[float]", (_LINE_POINTS * lines).tolist())

    def _cell(
        self, row: int, column: int, value: Any, look: dict[str, Any], link: str | None
    ) -> None:
        if value is None:
            if look:
                self.worksheet.write_blank(row, column, None, self.book.format(**look))
        elif isinstance(value, str):
            text = visible(value, _MAX_CELL_CHARS)
            if link is None or not text or self._links >= _MAX_LINKS:
                self.worksheet.write_string(row, column, text, self.book.format(**look))
            else:
                self._links += 1
                linked = self.book.format(font_color="#0B57A4", underline=1, **look)
                self.worksheet.write_url(row, column, f"internal:{link}", linked, text)
        elif isinstance(value, bool):
            self.worksheet.write_boolean(row, column, value, self.book.format(**look))
        else:
            shown = self.book.format(**look | _AS_A_NUMBER)
            self.worksheet.write_number(row, column, value, shown)

    def height_of(self, cells: Sequence[Any], points: float = 9) -> float:
        """How high a row of these values is, in points of its height."""
        lines = [
            ceil(len(value) * points / (width * _CHARS_IN_WIDTH * 9))
            for value, width in zip(cells, self.widths, strict=False)
            if isinstance(value, str) and value
        ]
        return _LINE_POINTS * max(lines, default=1) * points / 9


def _escaped(text: str) -> str:
    """A text as headers and footers take it, where & is a code."""
    return in_a_line(text, _MAX_HEADER_CHARS).replace("&", "&&")


def build_tables(
    folder: Path,
    *sheets: tuple[str, pd.DataFrame, Sequence[Column]],
    profile: Profile | None = None,
) -> bytes:
    """A workbook of plain tables, one a sheet, for what is no reconciliation.

    With a profile each sheet bears its name in front of the title, and its colour. ``folder`` is
    used meanwhile (see `Book`).
    """
    with Book(folder, profile, "papermarks") as book:
        for title, frame, columns in sheets:
            named = title if profile is None else f"{profile.banner} {title}"
            book.sheet(named, [width for _, _, width in columns]).table(frame, columns)
        return book.content()
