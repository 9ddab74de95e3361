"""The reconciliation for people: an Excel workbook that opens on the answer.

Written row by row (openpyxl's write-only mode), so that large runs need little memory. Colours are
pale fills under black text: they print, and nothing is told by colour alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any, cast

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.foreign_text import visible
from pipeline.profile import Profile
from pipeline.read.kinds import OWN_REPORT
from pipeline.reconcile import Reconciliation
from pipeline.report.values import in_ranges, to_python_values
from schemas.words import SETTLED, Outcome

_MAX_ROWS = 1_048_000  # a little under what a sheet holds
_MAX_SHEET_NAME_CHARS = 31  # of a sheet
_MAX_ROW_HEIGHT_POINTS = 400  # a little under the height, in points, that a row can have
_MAX_CELL_CHARS = 10_000  # far under what Excel takes
_TITLE = Font(bold=True, size=14)
_BOLD = Font(bold=True)
_PLAIN = Alignment(vertical="top")
_TEXT = Alignment(vertical="top", wrap_text=True)
_HEADING = PatternFill("solid", fgColor="D9E1F2")
_LINE = Border(bottom=Side(style="thin", color="8EA9DB"))
_GREEN, _AMBER, _RED = (PatternFill("solid", fgColor=c) for c in ("E2EFDA", "FFF2CC", "F8CBAD"))
_FILLS = (
    {str(outcome): _GREEN for outcome in SETTLED}
    | {str(outcome): _AMBER for outcome in (Outcome.HELD, Outcome.NOT_OPEN, Outcome.UNCONFIRMED)}
    | {
        str(outcome): _RED
        for outcome in (Outcome.INVALID, Outcome.REFUSED, Outcome.FAILED, Outcome.IN_DOUBT)
    }
    | {"error": _RED, "warning": _AMBER}
)
# A profile's colour as a pale fill, under its name in words.
_OF_PROFILES = {
    "red": "F8CBAD",
    "yellow": "FFF2CC",
    "green": "E2EFDA",
    "blue": "DDEBF7",
    "magenta": "F2CEEF",
    "cyan": "CAEDFB",
}
Column = tuple[str, str, float]  # heading, column of the frame, width in characters

_SUBMISSIONS: list[Column] = [
    ("Keycode", "keycode", 12),
    ("Outcome", "outcome", 13),
    ("Why", "reason", 80),
    ("Kind", "kind", 11),
    ("Entries", "entries", 9),
    ("Marks", "marks_total", 9),
    ("Batch", "batch", 8),
    ("POSTs", "attempts", 8),
    ("Proof", "proof", 10),
]
_FINDINGS: list[Column] = [
    ("Severity", "severity", 10),
    ("File", "file", 26),
    ("Sheet", "sheet", 14),
    ("Row", "row", 7),
    ("Column", "column", 8),
    ("Keycode", "keycode", 12),
    ("Question", "question", 10),
    ("What is wrong", "message", 60),
    ("What to do", "to_do", 60),
    ("Rule", "rule", 24),
]
_ASIDE: list[Column] = [
    ("File", "file", 30),
    ("Sheet", "sheet", 18),
    ("Row", "row", 8),
    ("To row", "last_row", 8),
    ("Reason", "reason", 40),
]


def build_workbook(reconciliation: Reconciliation) -> bytes:
    """The reconciliation as the bytes of an Excel workbook."""
    workbook, profile = Workbook(write_only=True), reconciliation.run.profile
    _summary(_sheet(workbook, "Summary", profile), reconciliation)
    _table(_sheet(workbook, "Submissions", profile), reconciliation.submissions, _SUBMISSIONS)
    _table(_sheet(workbook, "Findings", profile), reconciliation.findings, _FINDINGS)
    set_aside = in_ranges(reconciliation.set_aside)
    _table(_sheet(workbook, "Rows set aside", profile), set_aside, _ASIDE)
    return _saved(workbook)


def build_tables(
    *sheets: tuple[str, pd.DataFrame, Sequence[Column]], profile: Profile | None = None
) -> bytes:
    """A workbook of plain tables, one a sheet, for what is no reconciliation.

    With a profile each sheet bears its name in front of the title, and its colour.
    """
    workbook = Workbook(write_only=True)
    for title, frame, columns in sheets:
        named = title if profile is None else f"{profile.banner} {title}"[:_MAX_SHEET_NAME_CHARS]
        _table(_sheet(workbook, named, profile), frame, columns)
    return _saved(workbook)


def _saved(workbook: Workbook) -> bytes:
    """Its bytes, which say that they are a report: nobody's marks are read from it."""
    content = io.BytesIO()
    workbook.custom_doc_props.append(  # type: ignore[attr-defined]  # which its stubs forget
        StringProperty(name=OWN_REPORT, value="yes")
    )
    workbook.save(content)
    return content.getvalue()


def _sheet(workbook: Workbook, title: str, profile: Profile | None) -> Worksheet:
    # Write-only, with all that is used here.
    sheet = cast(Worksheet, workbook.create_sheet(title))
    if profile is not None and profile.colour is not None:
        sheet.sheet_properties.tabColor = _OF_PROFILES[profile.colour]
    return sheet


def _summary(sheet: Worksheet, reconciliation: Reconciliation) -> None:
    run, totals = reconciliation.run, reconciliation.totals
    _page(sheet, [46, 24, 14, 76, 12, 12, 12, 16, 40])
    sheet.append([_cell(sheet, "Papermarks reconciliation", font=_TITLE)])
    if run.profile is not None:
        which = [run.profile.banner, f"This is the Surpass at {run.profile.surpass}"]
        fill = PatternFill("solid", fgColor=_OF_PROFILES.get(run.profile.colour or "", "D9D9D9"))
        sheet.append([_cell(sheet, value, font=_TITLE, fill=fill) for value in which])
    sheet.append(_row(sheet, ["Run", run.id]))
    if run.parent is not None:
        sheet.append(_row(sheet, ["Takes up what was left of run", run.parent]))
    sheet.append(_row(sheet, ["Started (UTC)", f"{run.started:%Y-%m-%d %H:%M:%S}"]))
    if run.origin is not None:
        who = f"{run.user} on {run.host}, by {run.origin}"
        sheet.append(_row(sheet, ["Run by", who]))
    if run.finished is not None:
        sheet.append(_row(sheet, ["Finished (UTC)", f"{run.finished:%Y-%m-%d %H:%M:%S}"]))
    if reconciliation.stopped_by is not None:
        sheet.append(
            _row(sheet, ["Sending was stopped", str(reconciliation.stopped_by)], fill=_RED)
        )
    sheet.append([])
    sheet.append(_headings(sheet, ["Outcome", "Submissions", "Marks", "What it means"]))
    for name, count in totals.by_outcome.items():
        if count:
            sheet.append(
                _row(
                    sheet,
                    [name, count, totals.marks_by_outcome[name], Outcome(name).meaning],
                    fill=_FILLS[name],
                )
            )
    sheet.append(_row(sheet, ["All", totals.submissions, totals.marks_total], font=_BOLD))
    sheet.append([])
    sheet.append(_headings(sheet, ["The balance: everything is accounted for", "", "", ""]))
    for line in reconciliation.balance:
        verdict = "holds" if line.holds else "BROKEN: do not rely on this run; report it"
        fill = _GREEN if line.holds else _RED
        sheet.append(_row(sheet, [line.sentence, line.left, line.right, verdict], fill=fill))
    sheet.append([])
    if reconciliation.papers:
        names = ["Paper", "Questions known from", "Sessions", "Note", "Maxima from"]
        sheet.append(_headings(sheet, names))
        for paper in reconciliation.papers:
            cells = [paper.name, paper.questions_from, paper.sessions, paper.note]
            sheet.append(_row(sheet, [*cells, paper.maxima_from]))
        sheet.append([])
    names = ["Source file", "Rows read", "Rows used", "Layout", "Set aside", "Entries", "Sessions"]
    sheet.append(_headings(sheet, [*names, "SHA-256", "Read as"]))
    for source in reconciliation.sources:
        layout = source.layout or "none: nothing of it was used"
        counts = [source.rows_set_aside, source.entries, source.submissions]
        known_by = [source.sha256[:12], source.read_as]
        values = [source.file, source.rows_read, source.rows_used, layout, *counts, *known_by]
        sheet.append(_row(sheet, values))


def _table(sheet: Worksheet, frame: pd.DataFrame, columns: Sequence[Column]) -> None:
    shown = to_python_values(frame.head(_MAX_ROWS)[[name for _, name, _ in columns]])
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(shown) + 1}"
    sheet.print_title_rows = "1:1"
    _page(sheet, [width for _, _, width in columns])
    sheet.append(_headings(sheet, [heading for heading, _, _ in columns]))
    mark = next((at for at, (_, name, _) in enumerate(columns) if name in _MARKED), None)
    widths = [width for _, _, width in columns]
    for at, values in enumerate(shown.itertuples(index=False, name=None), start=2):
        row = _row(sheet, values)
        lines = max(ceil(len(str(v)) / w) for v, w in zip(values, widths, strict=True))
        if lines > 1:  # not every program fits a row to its text by itself
            sheet.row_dimensions[at].height = min(15 * lines, _MAX_ROW_HEIGHT_POINTS)
        if mark is not None:
            row[mark].fill = _FILLS.get(str(values[mark]), PatternFill())
        sheet.append(row)
    if len(frame) > len(shown):
        sheet.append(_row(sheet, [f"… {len(frame) - len(shown)} more: see reconciliation.json"]))


_MARKED = {"outcome", "severity"}


def _page(sheet: Worksheet, widths: Iterable[float]) -> None:
    for at, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _headings(sheet: Worksheet, names: Sequence[str]) -> list[Cell]:
    return [_cell(sheet, name, font=_BOLD, fill=_HEADING, border=_LINE) for name in names]


def _row(
    sheet: Worksheet,
    values: Iterable[Any],
    fill: PatternFill | None = None,
    font: Font | None = None,
) -> list[Cell]:
    return [_cell(sheet, value, fill=fill, font=font) for value in values]


def _cell(
    sheet: Worksheet,
    value: Any,  # what a cell can hold
    font: Font | None = None,
    fill: PatternFill | None = None,
    border: Border | None = None,
) -> Cell:
    """A cell; text stays text, even where a file brought one that Excel takes for a formula."""
    if isinstance(value, str):
        value = visible(value, _MAX_CELL_CHARS)
    cell = WriteOnlyCell(sheet, value)
    cell.alignment = _PLAIN
    if isinstance(value, str):
        cell.data_type = "s"
        cell.alignment = _TEXT
    if font is not None:
        cell.font = font
    if fill is not None:
        cell.fill = fill
    if border is not None:
        cell.border = border
    return cell
