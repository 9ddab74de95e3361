"""The account for people who live in Excel: a workbook that opens on the verdict and the to-dos."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from pipeline.account import HOW_TO_VOID, Account, Control
from pipeline.report.first_page import write_first_page
from pipeline.report.marks_sheet import write_marks
from pipeline.report.sheets import AMBER, GREEN, MAX_ROWS, RED, Book, Column
from pipeline.report.values import in_ranges, local_time
from schemas.words import SETTLED, Outcome

FILLS = (
    {str(outcome): GREEN for outcome in SETTLED}
    | {str(outcome): AMBER for outcome in (Outcome.HELD, Outcome.NOT_OPEN, Outcome.UNCONFIRMED)}
    | {
        str(outcome): RED
        for outcome in (Outcome.INVALID, Outcome.REFUSED, Outcome.FAILED, Outcome.IN_DOUBT)
    }
    | {"error": RED, "warning": AMBER}
)
_SUBMISSIONS: list[Column] = [
    ("No.", "number", 6),
    ("Keycode", "keycode", 11),
    ("Candidate", "candidate", 13),
    ("Paper", "paper", 12),
    ("Centre", "site", 12),
    ("Outcome", "outcome", 11),
    ("Marks", "marks_total", 7),
    ("Answers", "answers", 8),
    ("File", "file", 20),
    ("Sheet", "sheet", 9),
    ("Row", "row", 6),
    ("Why", "reason", 25),
    # What follows is not printed.
    ("Kind", "kind", 11),
    ("Entries", "entries", 9),
    ("Test", "test", 14),
    ("Form", "test_form", 14),
    ("Batch", "batch", 8),
    ("POSTs", "attempts", 8),
    ("Proof", "proof", 10),
]
_PRINTED_OF_SUBMISSIONS = 12
_FINDINGS: list[Column] = [
    ("Severity", "severity", 9),
    ("Who", "who", 8),
    ("File", "file", 20),
    ("Sheet", "sheet", 9),
    ("Row", "row", 6),
    ("Column", "column", 8),
    ("Keycode", "keycode", 11),
    ("Question", "question", 9),
    ("What is wrong", "message", 31),
    ("What to do", "to_do", 29),
    # What follows is not printed.
    ("Rule", "rule", 24),
    ("Submission", "submission", 11),
]
_PRINTED_OF_FINDINGS = 10
_KEYCODE_OF_FINDINGS = 6
_TO_VOID: list[Column] = [
    ("No.", "number", 6),
    ("Keycode", "keycode", 12),
    ("Candidate", "candidate", 16),
    ("Paper", "paper", 16),
    ("Centre", "site", 16),
    ("File", "file", 26),
    ("Sheet", "sheet", 12),
    ("Row", "row", 7),
    ("Voided on, by", "voided", 25),
]
_ASIDE: list[Column] = [
    ("File", "file", 40),
    ("Sheet", "sheet", 24),
    ("Row", "row", 10),
    ("To row", "last_row", 10),
    ("Reason", "reason", 45),
]


def build_workbook(account: Account, folder: Path) -> bytes:
    """The account as the bytes of an Excel workbook; ``folder`` is used meanwhile (see `Book`)."""
    run = account.run
    header = f"papermarks, run {run.id}"
    with Book(folder, run.profile, header, local_time(run.started)) as book:
        write_first_page(book, account)
        _write_outcomes(book, account)
        _write_to_void(book, account)
        _write_controls(book, account)
        write_marks(book, account)
        _write_submissions(book, account)
        _write_findings(book, account)
        aside = in_ranges(account.reconciliation.set_aside)
        book.sheet("Rows set aside", [width for _, _, width in _ASIDE]).table(aside, _ASIDE)
        _write_technical(book, account)
        return book.content()


def _write_outcomes(book: Book, account: Account) -> None:
    sheet = book.sheet("Outcomes", [16, 14, 10, 10, 10, 72])
    sheet.headings(["Outcome", "Submissions", "Entries", "Marks", "Answers", "What it means"])
    for line in account.outcomes:
        values = [line.submissions, line.entries, line.marks, line.answers, line.outcome.meaning]
        fill = {0: FILLS[str(line.outcome)]}
        sheet.row([str(line.outcome), *values], fills=fill)
    totals = account.reconciliation.totals
    answers = sum(line.answers for line in account.outcomes)
    whole = [totals.submissions, totals.entries, totals.marks_total, answers]
    sheet.row(["All", *whole], bold=True, top=1)
    if account.outcomes:
        chart = book.chart("bar")
        last = len(account.outcomes)
        chart.add_series(
            {
                "name": "Submissions",
                "categories": ["Outcomes", 1, 0, last, 0],
                "values": ["Outcomes", 1, 1, last, 1],
                "data_labels": {"value": True},
                "fill": {"color": "#2F6FB3"},
                "gap": 60,
            }
        )
        chart.set_title({"name": "Submissions by outcome", "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_y_axis({"reverse": True})
        chart.set_size({"width": 640, "height": 90 + 36 * last})
        sheet.worksheet.insert_chart(last + 3, 0, chart, {"description": "Submissions by outcome"})


def _write_to_void(book: Book, account: Account) -> None:
    """The absent: a list to work through, and to tick off where that is done by hand."""
    to_void = account.to_void
    if to_void.empty:
        return
    sheet = book.sheet("To void", [width for _, _, width in _TO_VOID])
    links = (0, _rows_of_submissions(account, to_void.index.to_series()))
    shown = to_void.rename_axis("number").reset_index().assign(voided=None)
    sheet.table(shown, _TO_VOID, links=links)
    sheet.row([])
    sheet.row(["", HOW_TO_VOID.format(run=account.run.id)], wrap=False)


_CONTROL_HEADINGS = [
    *("Of", "Name", "Expected in Surpass", "In the file", "Settled", "To do", "Missing"),
    *("Marks in the file", "Marks sent", "Marks confirmed", "Marks settled", "Sender's own sum"),
    *("Answers", "Hash total in the file", "Hash total settled"),
]


_HASHES = range(_CONTROL_HEADINGS.index("Answers") + 1, len(_CONTROL_HEADINGS))


def _write_controls(book: Book, account: Account) -> None:
    controls = account.controls
    sheet = book.sheet("Control totals", [7, 23, 9, 7, 8, 6, 8, 8, 7, 10, 8, 9, 8, 11, 11])
    sheet.worksheet.freeze_panes(1, 2)
    sheet.worksheet.repeat_rows(0)
    sheet.headings(_CONTROL_HEADINGS)
    sheet.row(["Run", account.run.id, *_control_values(controls.run)], right=_HASHES, bold=True)
    for of, parts in (
        ("Paper", controls.papers),
        ("Centre", controls.centres),
        ("File", controls.sources),
        ("Batch", controls.batches),
    ):
        for part in parts:
            sheet.row([of, part.name, *_control_values(part)], right=_HASHES)
    sheet.row([])
    how = "Hash total: the last ten digits of the sum of the keycodes, each in base 36."
    sheet.row(["", how], wrap=False)


def _control_values(control: Control) -> list[int | float | str | None]:
    return [
        *(control.expected, control.read.submissions, control.settled.submissions),
        *(control.open.submissions, control.missing, control.read.marks, control.sent.marks),
        *(control.confirmed.marks, control.settled.marks, control.declared_marks),
        *(control.read.answers, control.read.hash_total, control.settled.hash_total),
    ]


def _write_submissions(book: Book, account: Account) -> None:
    shown = account.submissions.rename_axis("number").reset_index()
    sheet = book.sheet("Submissions", [width for _, _, width in _SUBMISSIONS])
    sheet.table(
        shown, _SUBMISSIONS, fills=FILLS, fill_column="outcome", printed=_PRINTED_OF_SUBMISSIONS
    )


def _write_findings(book: Book, account: Account) -> None:
    """Each finding leads to the row of its submission."""
    links = _rows_of_submissions(account, account.findings["submission"])
    sheet = book.sheet("Findings", [width for _, _, width in _FINDINGS])
    sheet.table(
        account.findings,
        _FINDINGS,
        fills=FILLS,
        fill_column="severity",
        links=(_KEYCODE_OF_FINDINGS, links),
        printed=_PRINTED_OF_FINDINGS,
    )


def _rows_of_submissions(account: Account, numbers: pd.Series[int]) -> list[str | None]:
    """Where on the sheet Submissions each of these stands; None for none."""
    at = pd.Series(range(2, len(account.submissions) + 2), account.submissions.index)
    rows = numbers.map(at)
    return [None if pd.isna(row) or row > MAX_ROWS else f"Submissions!A{int(row)}" for row in rows]


def _write_technical(book: Book, account: Account) -> None:
    run, reconciliation = account.run, account.reconciliation
    sheet = book.sheet("Technical", [44, 14, 12, 14, 10, 10, 20, 18])
    sheet.row(["Run", run.id], wrap=False)
    if run.parent is not None:
        sheet.row(["Takes up what was left of run", run.parent], wrap=False)
    sheet.row(["Started", local_time(run.started)], wrap=False)
    if run.finished is not None:
        sheet.row(["Finished", local_time(run.finished)], wrap=False)
    if run.origin is not None:
        sheet.row(["By", f"{run.user} on {run.host}, by {run.origin}"], wrap=False)
    sheet.row(["papermarks", run.version])
    sheet.row([])
    sheet.headings(["The balance: both sides are counted apart", "Left", "Right", "Holds"])
    for line in reconciliation.balance:
        fill = None if line.holds else {0: RED, 3: RED}
        values = [line.sentence, line.left, line.right, "yes" if line.holds else "NO"]
        sheet.row(values, fills=fill)
    sheet.row([])
    names = ["Source file", "Rows read", "Rows used", "Set aside", "Entries", "Sessions"]
    sheet.headings([*names, "Layout", "SHA-256"])
    for source in reconciliation.sources:
        counts = [source.rows_read, source.rows_used, source.rows_set_aside, source.entries]
        layout = source.layout or "none: nothing of it was used"
        sheet.row([source.file, *counts, source.submissions, layout, source.sha256[:12]])
        if source.read_as:
            sheet.row(["", f"Read as: {source.read_as}"], wrap=False)
    if reconciliation.papers:
        sheet.row([])
        names = ["Paper", "Sessions", "", "Questions from", "", "", "Maxima from", "Note"]
        sheet.headings(names)
        for paper in reconciliation.papers:
            known_from = [paper.questions_from, "", "", paper.maxima_from, paper.note]
            sheet.row([paper.name, paper.sessions, "", *known_from])
