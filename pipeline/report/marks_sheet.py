"""The workbook's sheet of marks: how they are spread, and each question, with native charts."""

from __future__ import annotations

from typing import Any

from pipeline.account import Account, PaperStatistics
from pipeline.report.sheets import Book, Sheet
from schemas.words import Kind

TITLE = "Marks"
_WIDTHS = [12, 12, 8, 8, 8, 9, 8, 38, 38]
_MAX_CHARTS = 20  # papers that have them
_CHART_ROWS = 15


def write_marks(book: Book, account: Account) -> None:
    """A block for each paper, the charts beside it; no sheet where there is nothing to show."""
    if not account.statistics:
        return
    sheet = book.sheet(TITLE, _WIDTHS)
    sheet.row(["Of submissions that are neither invalid, held nor absent."], wrap=False)
    for at, paper in enumerate(account.statistics):
        sheet.row([])
        top = sheet.next_row
        _write_paper(sheet, paper, with_charts=at < _MAX_CHARTS)
        if at < _MAX_CHARTS:  # the next paper stands below the charts of this one
            while sheet.next_row < top + _CHART_ROWS:
                sheet.row([])


def _write_paper(sheet: Sheet, paper: PaperStatistics, *, with_charts: bool) -> None:
    top = sheet.next_row
    title = [paper.paper, "Submissions", paper.submissions]
    if paper.mean is not None:
        title += ["Mean", paper.mean, "Maximum", paper.maximum]
    sheet.row(title, bold=True, wrap=False)
    if paper.kind is Kind.RESPONSES:
        _write_answers(sheet, paper)
        return
    first_bin = sheet.next_row + 1
    sheet.headings(["Total", "Submissions"])
    for each in paper.bins:
        name = f"{each.first} to {each.last}" if each.first != each.last else str(each.first)
        sheet.row([name, each.submissions])
    first_question = sheet.next_row + 1
    names = ["Question", "Marks", "None", "Mean", "Highest", "Maximum", "Share"]
    sheet.headings(names)
    for question in paper.questions:
        counts = [question.count, question.none, question.mean, question.highest]
        share = None if question.share is None else round(question.share, 3)
        sheet.row([question.question, *counts, question.maximum, share])
    if with_charts and paper.bins:
        spread = _chart(sheet, "Totals", first_bin, first_question - 2, 1)
        sheet.worksheet.insert_chart(top, 7, spread, {"description": f"Totals of {paper.paper}"})
        if any(question.share is not None for question in paper.questions):
            shares = _chart(sheet, "Mean / maximum", first_question, sheet.next_row - 1, 6)
            shares.set_y_axis({"min": 0, "max": 1, "major_unit": 0.25, "num_format": "0%"})
            where = {"description": f"Mean of each question of {paper.paper}"}
            sheet.worksheet.insert_chart(top, 8, shares, where)


def _write_answers(sheet: Sheet, paper: PaperStatistics) -> None:
    sheet.headings(["Question", "Answers", "None", "", "", "", "", "How often each was given"])
    for question in paper.questions:
        given = ", ".join(f"{answer}: {count}" for answer, count in question.answers)
        sheet.row([question.question, question.count, question.none, "", "", "", "", given])


def _chart(sheet: Sheet, title: str, first: int, last: int, column: int) -> Any:
    """A column chart of these rows; what stands in the first column is below each."""
    chart = sheet.book.chart("column")
    chart.add_series(
        {
            "categories": [TITLE, first, 0, last, 0],
            "values": [TITLE, first, column, last, column],
            "fill": {"color": "#2F6FB3"},
            "gap": 30,
        }
    )
    chart.set_title({"name": title, "name_font": {"size": 11}})
    chart.set_y_axis({"num_format": "0", "major_gridlines": {"visible": False}})
    chart.set_legend({"none": True})
    chart.set_size({"width": 268, "height": 230})
    return chart
