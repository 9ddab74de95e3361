"""What an OpenDocument sheet (.ods) holds besides its values: see pipeline.read.sheet_extras.

The workbook reader gives a formula without a stored value (Auto Multiple Choice writes totals so),
an error, and a text without a stated type as empty cells. None is one. (A formula whose value is
the empty text is one.)
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from xml.parsers import expat  # which refuses to blow entities up

from pipeline.errors import SourceUnreadable
from pipeline.read.number_formats import alters
from pipeline.read.sheet_extras import ERRORS, Range, SheetExtras

_CONTENT, _STYLES_PART = "content.xml", "styles.xml"
_ACROSS, _DOWN = "table:number-columns-spanned", "table:number-rows-spanned"
_COLUMN = "table:table-column"
_VISIBILITY = "table:visibility"
_MOST_ZEROS = 30
_ROW, _CELLS = "table:table-row", ("table:table-cell", "table:covered-table-cell")
_TABLE, _PARAGRAPH, _NOTE = "table:table", "text:p", "office:annotation"
_VALUES = ("value", "date-value", "time-value", "boolean-value", "string-value")
_EMPTY_VALUE = b' office:value=""'
_MOST_REPEATED = 10_000  # rows that are one, with what stands in it: no table has so many
_MOST_FORMULAS = 1_000_000  # without a value; one that is repeated counts each time


def sheet_extras(parts: zipfile.ZipFile) -> dict[str, SheetExtras]:
    """What each sheet holds besides its values, by its name. Damage ends in any error."""
    reader = _Reader()
    styles = [parts.read(_STYLES_PART)] if _STYLES_PART in parts.namelist() else []
    reader.read(*styles, parts.read(_CONTENT))
    return {name: sheet.sheet_extras() for name, sheet in reader.sheets.items()}


def without_empty_values(content: bytes) -> bytes:
    """The workbook without empty values of numbers, at which the workbook reader gives up."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        if _EMPTY_VALUE not in (attributes := old.read(_CONTENT)):
            return content
        changed = io.BytesIO()
        with zipfile.ZipFile(changed, "w") as new:
            new.writestr("mimetype", old.read("mimetype"))
            new.writestr("META-INF/manifest.xml", old.read("META-INF/manifest.xml"))
            new.writestr(_CONTENT, attributes.replace(_EMPTY_VALUE, b""))
        return changed.getvalue()


@dataclass
class _Sheet:
    rows: int = 0
    columns: int = 0
    instead_of_value: dict[Range, str] = field(default_factory=dict)
    hidden: list[range] = field(default_factory=list)
    columns_hidden: list[range] = field(default_factory=list)
    merged: list[Range] = field(default_factory=list)
    formats: dict[Range, str] = field(default_factory=dict)

    def sheet_extras(self) -> SheetExtras:
        """The facts; of rows and columns hidden beyond the last cell none is told."""
        if sum((d - b + 1) * (e - c + 1) for b, c, d, e in self.instead_of_value) > _MOST_FORMULAS:
            raise ValueError("formulas repeated over a whole sheet")
        formats = {
            (first, left, min(last, self.rows - 1), min(right, self.columns - 1)): code
            for (first, left, last, right), code in self.formats.items()
        }
        return SheetExtras(
            self.rows,
            self.columns,
            self.instead_of_value,
            _within(self.hidden, self.rows),
            tuple(self.merged),
            formats,
            _within(self.columns_hidden, self.columns),
        )


def _is_zero(value: str) -> bool:
    return value != "" and not value.strip("0.")


def _within(ranges: list[range], count: int) -> frozenset[int]:
    """The numbers in these ranges, as far as there are so many."""
    return frozenset(at for one in ranges for at in range(one.start, min(one.stop, count)))


class _Reader:
    """Goes through the cells, and looks into those only that may hold something unsaid."""

    def __init__(self) -> None:
        self.sheets: dict[str, _Sheet] = {}
        self._sheet = _Sheet()
        self._rows, self._columns = range(0), range(0)  # that the row and the cell stand for
        self._number_style, self._codes = "", dict[str, str]()  # of number formats, by name
        self._styles: dict[str, str] = {}  # of cells, by name, with the number format's name
        self._columns_styled: list[tuple[range, str]] = []
        self._formula = ""
        self._texts: list[str] = []
        self._in_paragraph = self._in_note = False
        self._has_value = False

    def read(self, *contents: bytes) -> None:
        """Fill ``sheets`` from content.xml, after the styles that it may name."""
        for content in contents:
            self._parser = expat.ParserCreate()
            self._parser.buffer_text = True
            self._parser.StartElementHandler = self._start
            self._parser.Parse(content, True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _CELLS:
            self._cell(attributes)
        elif tag == _ROW:
            first = self._rows.stop
            self._rows = range(first, first + int(attributes.get("table:number-rows-repeated", 1)))
            self._columns = range(0)
            if attributes.get(_VISIBILITY, "visible") != "visible":
                self._sheet.hidden.append(self._rows)
        elif tag == _TABLE:
            self._sheet = self.sheets.setdefault(attributes.get("table:name", ""), _Sheet())
            self._rows = range(0)
            self._columns_styled = []
        elif tag == _COLUMN:
            self._column_range(attributes)
        elif tag.startswith(("number:", "style:")):
            self._style(tag, attributes)

    def _style(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "style:style":
            name = attributes.get("style:data-style-name", "")
            self._styles[attributes.get("style:name", "")] = name
        elif tag in ("number:number-style", "number:percentage-style"):
            self._number_style = attributes.get("style:name", "")
        elif tag == "number:number" and self._number_style:
            zeros = int(attributes.get("number:min-integer-digits", 1))
            if not int(attributes.get("number:decimal-places", 0)) and zeros < _MOST_ZEROS:
                self._codes[self._number_style] = "0" * zeros
        elif tag.endswith("-style"):
            self._number_style = ""

    def _column_range(self, attributes: dict[str, str]) -> None:
        first = self._columns_styled[-1][0].stop if self._columns_styled else 0
        last = first + int(attributes.get("table:number-columns-repeated", 1))
        if attributes.get(_VISIBILITY, "visible") != "visible":
            self._sheet.columns_hidden.append(range(first, last))
        name = attributes.get("table:default-cell-style-name", "")
        self._columns_styled.append((range(first, last), name))

    def _format(self, attributes: dict[str, str]) -> str:
        if attributes.get("office:value-type") == "percentage":
            return "0%"
        name = attributes.get("table:style-name") or next(
            (name for span, name in self._columns_styled if self._columns.start in span), ""
        )
        return self._codes.get(self._styles.get(name, ""), "")

    def _cell(self, attributes: dict[str, str]) -> None:
        first = self._columns.stop
        self._columns = range(
            first, first + int(attributes.get("table:number-columns-repeated", 1))
        )
        if _ACROSS in attributes or _DOWN in attributes:
            down = int(attributes.get(_DOWN, 1))
            across = int(attributes.get(_ACROSS, 1))
            if down > 1 or across > 1:
                row = self._rows.start
                self._sheet.merged.append((row, first, row + down - 1, first + across - 1))
        kind = attributes.get("office:value-type")
        has_value = kind == "string" or any(attributes.get(f"office:{value}") for value in _VALUES)
        if kind is not None:
            if len(self._rows) > _MOST_REPEATED:
                raise SourceUnreadable(
                    f"row {self._rows.start + 1} stands {len(self._rows)} times, one below the "
                    "other: delete those that are none of the table"
                )
            self._reached()
        if kind in ("float", "percentage") and alters(code := self._format(attributes)):
            place = (self._rows.start, self._columns.start, self._rows[-1], self._columns[-1])
            self._sheet.formats[place] = code
        formula = attributes.get("table:formula", "")
        self._has_value = has_value and attributes.get("calcext:value-type") != "error"
        # Before calcext an error was told by its text alone, beside the number 0.
        if not self._has_value or (formula and _is_zero(attributes.get("office:value", ""))):
            self._look_into(formula)

    def _reached(self) -> None:
        self._sheet.rows = max(self._sheet.rows, self._rows.stop)
        self._sheet.columns = max(self._sheet.columns, self._columns.stop)

    def _look_into(self, formula: str) -> None:
        self._formula = formula[formula.find("=") :] if "=" in formula else formula
        self._texts = []
        self._in_paragraph = self._in_note = False
        self._parser.StartElementHandler = self._start_within
        self._parser.EndElementHandler = self._end_within
        self._parser.CharacterDataHandler = self._text

    def _start_within(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == _NOTE:
            self._in_note = True
        elif tag == _PARAGRAPH and not self._in_note:
            self._in_paragraph = True
            self._texts += ["\n"] if self._texts else [""]

    def _end_within(self, tag: str) -> None:
        if tag == _NOTE:
            self._in_note = False
        elif tag == _PARAGRAPH:
            self._in_paragraph = False
        elif tag in _CELLS:
            self._parser.StartElementHandler = self._start
            self._parser.EndElementHandler = None
            self._parser.CharacterDataHandler = None
            self._leave()

    def _text(self, text: str) -> None:
        if self._in_paragraph:
            self._texts.append(text)

    def _leave(self) -> None:
        instead_of_value = "".join(self._texts) if self._texts else self._formula
        if self._has_value and not instead_of_value.startswith(ERRORS):
            return
        if instead_of_value:
            self._reached()
            row, column = self._rows.start, self._columns.start
            self._sheet.instead_of_value[row, column, self._rows[-1], self._columns[-1]] = (
                instead_of_value
            )
