"""The workbook's first sheet: the verdict and the to-do list, on one A4 page that can be read."""

from __future__ import annotations

from pipeline.account import Account, ToDo
from pipeline.first_few import first_few
from pipeline.foreign_text import in_a_line
from pipeline.report.sheets import AMBER, GREEN, RED, Book, Sheet
from pipeline.report.values import local_time
from schemas.words import Who

TITLE = "To do"
_WIDTHS = [12, 30, 20, 41, 41]  # 144 characters: as wide as A4 lies, at its full size
_POINTS_LEFT = 395.0  # on the page below verdict and headings
_LINE_POINTS = 12.5
_MAX_CELLS = 6
_MAX_NAMES = 2  # of workbooks to mend
_MAX_VERDICT_CHARS = 300
_MAX_CHARS = 160  # of a text: almost every to-do is whole
_WHO = {Who.SENDER: "Sender", Who.OFFICE: "Exam office", Who.IT: "IT"}


def write_first_page(book: Book, account: Account) -> None:
    """Verdict, run, and as much of the to-do list as the page has room for."""
    sheet = book.sheet(TITLE, _WIDTHS)
    run = account.run
    if run.profile is not None:
        banner = [run.profile.banner, f"This is the Surpass at {run.profile.surpass}"]
        fill = book.profile_fill()
        sheet.row(banner, fills={0: fill, 1: fill}, bold=True, font_size=14, height=24, wrap=False)
    _write_verdict(sheet, account)
    sheet.row([f"Run {run.id}, {local_time(run.started)}"], wrap=False)
    points = _POINTS_LEFT
    if account.to_mend:
        sheet.row([_where_to_mend(account)], wrap=False)
        points -= _LINE_POINTS
    sheet.row([], height=8)
    stopping = [part for part in account.to_do if part.stops]
    others = [part for part in account.to_do if not part.stops]
    sheet.headings(["Who", "File and sheet", "Cells", "What is wrong", "What to do"])
    rows = _first_rows(account)
    left = _write_parts(sheet, stopping, rows, points)
    if not stopping:
        sheet.row(["Nothing must be done."], wrap=False)
    if others and left:
        sheet.row(["To look at: nothing is held up by it"], bold=True, height=16, wrap=False)
        _write_parts(sheet, others, rows, left - 16)
    sheet.worksheet.print_area(0, 0, max(sheet.next_row - 1, 0), len(_WIDTHS) - 1)
    sheet.worksheet.fit_to_pages(1, 1)


def _write_verdict(sheet: Sheet, account: Account) -> None:
    bad = not account.reconciliation.balanced or account.reconciliation.stopped_by is not None
    nothing = not account.reconciliation.totals.submissions
    needed = account.summary.needs_a_person
    fill = RED if bad or (nothing and needed) else AMBER if needed else GREEN
    look = sheet.book.format(
        text_wrap=True, bold=True, font_size=14, valign="vcenter", bg_color=f"#{fill}", border=1
    )
    sheet.worksheet.set_row(sheet.next_row, 44)
    last = len(_WIDTHS) - 1
    text = in_a_line(account.verdict, _MAX_VERDICT_CHARS)
    sheet.worksheet.merge_range(sheet.next_row, 0, sheet.next_row, last, "", look)
    sheet.worksheet.write_string(sheet.next_row, 0, text, look)
    sheet.next_row += 1


def _where_to_mend(account: Account) -> str:
    listed = first_few([*account.to_mend.values()], _MAX_NAMES)
    text = f"Mend the coloured cells in {listed}, beside this workbook, and drop it into the inbox."
    return in_a_line(text, _MAX_VERDICT_CHARS)


def _first_rows(account: Account) -> dict[tuple[str, str], int]:
    """The row on the sheet Findings at which each rule is first found in each file."""
    findings = account.findings.reset_index(drop=True)
    firsts = findings.assign(file=findings["file"].fillna("")).drop_duplicates(["rule", "file"])
    keys = zip(firsts["rule"], firsts["file"], firsts.index, strict=True)
    return {(rule, file): at + 2 for rule, file, at in keys}


def _write_parts(
    sheet: Sheet, parts: list[ToDo], rows: dict[tuple[str, str], int], points: float
) -> float:
    """Write what fits into so many points of height; the points that are left, 0 where none."""
    for at, part in enumerate(parts):
        values = _values(part)
        height = sheet.height_of(values)
        if height > points - 14 * (at + 1 < len(parts)):
            more = len(parts) - at
            sheet.row([f"{more} more: see the sheet Findings"], bold=True, height=14, wrap=False)
            return 0.0
        row = rows.get((part.code, part.file))
        links = {1: f"Findings!A{row}"} if row is not None else None
        sheet.row(values, links=links, height=height, bottom=1, bottom_color="#D9D9D9")
        points -= height
    return points


def _values(part: ToDo) -> list[str]:
    sheets = list(dict.fromkeys(place.sheet for place in part.places if place.sheet))
    where = ", ".join((part.file or "This run", *sheets[:2]))
    cells = ", ".join(part.cells[:_MAX_CELLS])
    if part.cells and part.findings > _MAX_CELLS:
        cells += f" and {part.findings - _MAX_CELLS} more"
    message = part.message + (f" (and {part.findings - 1} more)" if part.findings > 1 else "")
    texts = (where, cells, message, part.to_do)
    return [_WHO[part.who], *(in_a_line(text, _MAX_CHARS) for text in texts)]
