"""The mark sheets as a workbook: one sheet a form, in which only marks can be written."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from math import ceil
from typing import cast

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.office.template.forms import Form
from pipeline.office.template.instructions import LINES
from schemas.words import INSTRUCTIONS_SHEET

_HEADING, _MAXIMA, _FIRST = 2, 3, 4  # rows; the title is above them
_IDS = ("Keycode", "Candidate Reference")
_TOTAL = "Total"
_LINE_CHARS = 76  # characters of an instruction in one line
_ROW_HEIGHT_POINTS = 17  # points: a row that a pen can write in
_LANDSCAPE_FROM_QUESTIONS = 8  # questions from which a page lies on its side
_PLAIN = Font(name="Calibri", size=11)
_BOLD, _TITLE = (Font(name="Calibri", bold=True, size=size) for size in (11, 14))
_GREY = PatternFill("solid", fgColor="D9E1F2")
_TO_FILL = PatternFill("solid", bgColor="FFF9E5")
_THIN = Side(style="thin", color="B4C6E7")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_CENTRED = Alignment(horizontal="center")
_WRAPPED = Alignment(vertical="top", wrap_text=True)
# By name: to dress each of many thousand cells piece by piece takes minutes.
_ID, _MARK = "Id", "Mark to enter"


def build_workbook(forms: Sequence[Form], created: dt.date) -> bytes:
    """The workbook's bytes: instructions, then a mark sheet for each form."""
    workbook = Workbook()
    assert workbook.active is not None  # noqa: S101  # a new workbook has one
    workbook.remove(workbook.active)
    for style in _styles():
        workbook.add_named_style(style)
    _instructions(workbook.create_sheet(INSTRUCTIONS_SHEET))
    for form in forms:
        _mark_sheet(workbook.create_sheet(form.sheet), form, created)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def _styles() -> tuple[NamedStyle, ...]:
    as_text = "@"  # or Excel takes away leading zeros
    unlocked = Protection(locked=False)
    return (
        NamedStyle(_ID, font=_PLAIN, border=_GRID, number_format=as_text),
        NamedStyle(_MARK, font=_PLAIN, border=_GRID, alignment=_CENTRED, protection=unlocked),
    )


def _instructions(sheet: Worksheet) -> None:
    sheet.column_dimensions["A"].width = 16
    sheet.column_dimensions["B"].width = _LINE_CHARS
    for at, (word, line) in enumerate(LINES, start=1):
        label = _text(sheet, at, 1, word)
        label.font, label.alignment = _TITLE if at == 1 else _BOLD, _WRAPPED
        _text(sheet, at, 2, line).alignment = _WRAPPED
        sheet.row_dimensions[at].height = _ROW_HEIGHT_POINTS * max(1, ceil(len(line) / _LINE_CHARS))
    _protect(sheet)
    _page(sheet)


def _mark_sheet(sheet: Worksheet, form: Form, created: dt.date) -> None:
    _text(sheet, 1, 1, f"{form.title}, as of {created:%Y-%m-%d}").font = _TITLE
    _headings(sheet, form)
    for row, session in enumerate(form.sessions, start=_FIRST):
        candidate = session.candidate and session.candidate.reference
        for at, text in enumerate((session.keycode, candidate), start=1):
            _text(sheet, row, at, text or "").style = _ID
        sheet.row_dimensions[row].height = _ROW_HEIGHT_POINTS
        for at in range(len(_IDS) + 1, _total_column(form) + 1):
            _cell(sheet, row, at).style = _MARK
    _validations(sheet, form)
    _widths(sheet, form)
    sheet.freeze_panes = sheet.cell(_FIRST, len(_IDS) + 1).coordinate
    sheet.print_title_rows = f"1:{_MAXIMA}"
    _protect(sheet)
    _page(sheet, sideways=len(form.maxima) >= _LANDSCAPE_FROM_QUESTIONS)


def _headings(sheet: Worksheet, form: Form) -> None:
    for at, heading in enumerate((*_IDS, *form.maxima, _TOTAL), start=1):
        _text(sheet, _HEADING, at, heading)
    _text(sheet, _MAXIMA, 1, "Maximum")
    for at, maximum in enumerate(form.maxima.values(), start=len(_IDS) + 1):
        sheet.cell(_MAXIMA, at).value = maximum
    sheet.cell(_MAXIMA, _total_column(form)).value = _whole(form)
    for row in (_HEADING, _MAXIMA):
        for at in range(1, _total_column(form) + 1):
            cell = _cell(sheet, row, at)
            cell.font, cell.fill, cell.border = _BOLD, _GREY, _GRID
            if at > len(_IDS):
                cell.alignment = _CENTRED


def _total_column(form: Form) -> int:
    return len(_IDS) + len(form.maxima) + 1


def _whole(form: Form) -> float | None:
    """The paper's maximum; None where one of its questions' is not known."""
    known = [maximum for maximum in form.maxima.values() if maximum is not None]
    return sum(known) if len(known) == len(form.maxima) else None


def _validations(sheet: Worksheet, form: Form) -> None:
    """What may be written in each column, and a tint for what is still to be written."""
    last = _FIRST + len(form.sessions) - 1
    columns = [*form.maxima.items(), (_TOTAL, _whole(form))]
    for at, (heading, maximum) in enumerate(columns, start=len(_IDS) + 1):
        letter = get_column_letter(at)
        rule = _validation(heading, maximum, f"{letter}{_FIRST}")
        rule.add(f"{letter}{_FIRST}:{letter}{last}")
        sheet.add_data_validation(rule)
    first = f"{get_column_letter(len(_IDS) + 1)}{_FIRST}"
    marks = f"{first}:{get_column_letter(len(_IDS) + len(form.maxima))}{last}"
    blank = FormulaRule(formula=[f"LEN(TRIM({first}))=0"], fill=_TO_FILL)  # type: ignore[no-untyped-call]
    sheet.conditional_formatting.add(marks, blank)


def _validation(heading: str, maximum: float | None, cell: str) -> DataValidation:
    # IF, since AND would look at a text as a number too, and fail of it.
    upper_bound = "" if maximum is None else f",{cell}<={maximum:g}"
    is_valid_mark = f"AND({cell}>=0,INT({cell})={cell}{upper_bound})"
    range_text = "from 0 up" if maximum is None else f"from 0 to {maximum:g}"
    return DataValidation(
        type="custom",
        formula1=f'IF(ISNUMBER({cell}),{is_valid_mark},OR({cell}="NA",{cell}="ABS"))',
        allow_blank=True,
        errorTitle="Not a mark",
        error=f"Write a whole number {range_text}, NA if not attempted, ABS if absent.",
        promptTitle=heading[:32],
        prompt=f"A whole number {range_text}; NA if not attempted, ABS if absent.",
        showErrorMessage=True,
        showInputMessage=True,
    )


def _widths(sheet: Worksheet, form: Form) -> None:
    references = (session.candidate and session.candidate.reference for session in form.sessions)
    longest = max(len(text or "") for text in (_IDS[1], *references))
    sheet.column_dimensions["A"].width = 12
    sheet.column_dimensions["B"].width = min(longest, 40) + 2
    for at, heading in enumerate((*form.maxima, _TOTAL), start=len(_IDS) + 1):
        sheet.column_dimensions[get_column_letter(at)].width = max(6, len(heading) + 2)


def _protect(sheet: Worksheet) -> None:
    """Against slips, not against people: without a password, columns and rows may be resized."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False  # openpyxl says what is forbidden
    sheet.protection.formatRows = False


def _page(sheet: Worksheet, *, sideways: bool = False) -> None:
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if sideways else "portrait"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    assert sheet.oddFooter is not None  # noqa: S101  # every sheet has one
    sheet.oddFooter.center.text = "&A, page &P of &N"


def _text(sheet: Worksheet, row: int, at: int, text: str) -> Cell:
    """Text as it is, even where it begins like a formula or holds what no workbook can."""
    cell = _cell(sheet, row, at)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)
    cell.data_type = "s"
    return cell


def _cell(sheet: Worksheet, row: int, at: int) -> Cell:
    return cast(Cell, sheet.cell(row, at))  # no cell here is merged
