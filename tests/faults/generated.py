"""Whole sheets by generation: layouts, encodings, traps, and orders of columns and rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from openpyxl import Workbook

Rows = list[list[str]]
_STYLES = ("Q{}", "{}", "Question {}", "Q0{}", "{}.", "Q{} (20)", "{}.0", "{})", "Q{}\n(20)")
_DESCRIPTIVE = {
    "Name": ("A. Lee", "Bo Ray", ""),
    "Class": ("9B", "9C"),
    "Seat number": ("7", "12", "101"),
    "Comment": ("", "ok", "4 pages", "A"),
    "Marker": ("3", "RT", ""),
    "Room": ("101", "5"),
    "Date": ("2026-06-02",),
}
_UNKNOWN = (
    "Essay",
    "Practical mark",
    "Section A",
    "Oral",
    "Paper 2",
    "Awarded",
    "2026",
    "Bonus",
    "",
)
_ODD_MARKS = ("NA", "ABS", "", "7.5", "x", "-1", "six", "5.0", "\u00a06", "\u200e4", "80%")


@dataclass(frozen=True)
class Sheet:
    """A sheet before it is written; ``merged`` are ranges of rows (from 0) in the id's column."""

    rows: Rows
    id_column: int
    heading: int  # its row
    merged: tuple[tuple[int, int], ...] = ()
    percent: tuple[tuple[int, int], ...] = ()  # cells with the format 0%
    traps: tuple[str, ...] = field(default=())


def sheet(draw: Random) -> Sheet:
    """A sheet of marks or answers, with up to three traps."""
    long = draw.random() < 0.25
    made = _long(draw) if long else _wide(draw)
    traps = draw.sample(sorted(_LONG_TRAPS if long else _WIDE_TRAPS), draw.choice((0, 1, 1, 2, 3)))
    for trap in traps:
        made = (_LONG_TRAPS if long else _WIDE_TRAPS)[trap](made, draw)
    return replace(made, traps=tuple(traps))


def _keycodes(draw: Random, count: int) -> list[str]:
    signs = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return ["".join(draw.choices(signs, k=6)) + "7A" for _ in range(count)]


def _wide(draw: Random) -> Sheet:
    questions, people = draw.randint(1, 6), draw.randint(1, 7)
    answers = draw.random() < 0.3
    style = draw.choice(_STYLES)
    values = "ABCD" if answers else [str(mark) for mark in range(21)]
    rows = [["Keycode", *(style.format(number) for number in range(1, questions + 1))]]
    rows += [
        [keycode, *(draw.choice(values) for _ in range(questions))]
        for keycode in _keycodes(draw, people)
    ]
    order = draw.sample(range(questions + 1), questions + 1) if draw.random() < 0.3 else None
    if order is not None:
        rows = [[row[at] for at in order] for row in rows]
    return Sheet(rows, rows[0].index("Keycode"), 0)


def _long(draw: Random) -> Sheet:
    rows = [["Keycode", "Question", "Mark"]]
    for keycode in _keycodes(draw, draw.randint(1, 5)):
        rows += [
            [keycode, str(at), str(draw.randint(0, 20))] for at in range(1, draw.randint(2, 5))
        ]
    return Sheet(rows, 0, 0)


def _column(made: Sheet, draw: Random, heading: str, cells: Callable[[], str]) -> Sheet:
    """With one column more, anywhere."""
    width = max(map(len, made.rows))
    at = draw.randint(0, width)
    even = [row + [""] * (width - len(row)) for row in made.rows]
    rows = [[*row[:at], "", *row[at:]] for row in even]
    for number, row in enumerate(rows):
        body = number > made.heading and any(made.rows[number])
        is_heading = made.rows[number][made.id_column] in ("Keycode", "Session code")
        row[at] = heading if is_heading else cells() if body else ""
    shift = at <= made.id_column
    percent = tuple((row, column + (at <= column)) for row, column in made.percent)
    return replace(made, rows=rows, id_column=made.id_column + shift, percent=percent)


def described(made: Sheet, draw: Random) -> Sheet:
    heading = draw.choice(sorted(_DESCRIPTIVE))
    return _column(made, draw, heading, lambda: draw.choice(_DESCRIPTIVE[heading]))


def _unknown(made: Sheet, draw: Random) -> Sheet:
    odd = draw.choice(("NA", "-", "", "ABS", "12"))
    return _column(
        made, draw, draw.choice(_UNKNOWN), lambda: draw.choice((str(draw.randint(0, 20)), odd))
    )


def _letters(made: Sheet, draw: Random) -> Sheet:
    return _column(
        made, draw, draw.choice(("Set", "Blatt", "Portfolio")), lambda: draw.choice("AB")
    )


def _titles(made: Sheet, draw: Random) -> Sheet:
    width = len(made.rows[0])
    above = [["Midshire College"] + [""] * (width - 1), [""] * width][: draw.randint(1, 2)]
    return _moved(made, above)


def _moved(made: Sheet, above: Rows) -> Sheet:
    count = len(above)
    return replace(
        made,
        rows=[*above, *made.rows],
        heading=made.heading + count,
        merged=tuple((first + count, last + count) for first, last in made.merged),
        percent=tuple((row + count, column) for row, column in made.percent),
    )


def _inserted(made: Sheet, draw: Random, *new: list[str], last: bool = False) -> Sheet:
    at = len(made.rows) if last else draw.randint(made.heading + 1, len(made.rows))
    if made.merged or made.percent:
        at = len(made.rows)
    return replace(made, rows=[*made.rows[:at], *new, *made.rows[at:]])


def _label(made: Sheet, draw: Random) -> Sheet:
    row = [str(draw.randint(5, 60)) for _ in made.rows[0]]
    row[made.id_column] = draw.choice(("Total", "Maximum", "Full marks", "Average", "Max"))
    return _inserted(made, draw, row)


def _nameless(made: Sheet, draw: Random) -> Sheet:
    over = made.rows[made.heading]
    row = ["" if text in _DESCRIPTIVE else str(draw.randint(0, 20)) for text in over]
    row[made.id_column] = ""
    return _inserted(made, draw, row)


def _blank(made: Sheet, draw: Random) -> Sheet:
    return _inserted(made, draw, [""] * len(made.rows[0]))


def _not_marked(made: Sheet, draw: Random) -> Sheet:
    row = [""] * len(made.rows[0])
    row[made.id_column] = _keycodes(draw, 1)[0]
    return _inserted(made, draw, row)


def _heading_again(made: Sheet, draw: Random) -> Sheet:
    return _inserted(made, draw, [*made.rows[made.heading]])


def _second_block(made: Sheet, draw: Random) -> Sheet:
    """Another heading below, with the columns in another order, or other questions."""
    heading = [*made.rows[made.heading]]
    others = [at for at in range(len(heading)) if at != made.id_column]
    order = draw.sample(others, len(others))
    changed = [*heading]
    for at, source in zip(others, order, strict=True):
        changed[at] = heading[source]
    changed[made.id_column] = draw.choice(("Keycode", "Session code"))
    body = [*draw.choice(made.rows[made.heading + 1 :])]
    body[made.id_column] = _keycodes(draw, 1)[0]
    gap = [[""] * len(heading)] if draw.random() < 0.5 else []
    return replace(made, rows=[*made.rows, *gap, changed, body])


def _twice(made: Sheet, draw: Random) -> Sheet:
    return _inserted(made, draw, [*draw.choice(made.rows[made.heading + 1 :])])


def _odd_cell(made: Sheet, draw: Random) -> Sheet:
    rows = [[*row] for row in made.rows]
    row = draw.randrange(made.heading + 1, len(rows))
    columns = [at for at in range(len(rows[row])) if at != made.id_column]
    rows[row][draw.choice(columns)] = draw.choice(_ODD_MARKS)
    return replace(made, rows=rows)


def _written_oddly(made: Sheet, draw: Random) -> Sheet:
    rows = [[*row] for row in made.rows]
    for row in rows[made.heading + 1 :]:
        way = draw.choice(('="{}"', " {}", "\u200e{}", "{}\u00a0", "{}"))
        if row[made.id_column]:
            row[made.id_column] = way.format(row[made.id_column])
    return replace(made, rows=rows)


def _percent(made: Sheet, draw: Random) -> Sheet:
    rows = range(made.heading + 1, len(made.rows))
    width = min(map(len, made.rows))
    columns = [at for at in range(width) if at != made.id_column]
    column = draw.choice(columns)
    changed = [[*row] for row in made.rows]
    for row in rows:
        changed[row][column] = draw.choice(("0", "1"))
    return replace(made, rows=changed, percent=tuple((row, column) for row in rows))


def _subtotal(made: Sheet, draw: Random) -> Sheet:
    return _column(made, draw, "Subtotal A", lambda: str(draw.randint(0, 40)))


def _id_once(made: Sheet, draw: Random) -> Sheet:
    """The keycode in the first row of each candidate alone; merged over them in a workbook."""
    rows, merged = [[*row] for row in made.rows], []
    first = made.heading + 1
    for at in range(made.heading + 1, len(rows) + 1):
        if at == len(rows) or rows[at][made.id_column] != made.rows[first][made.id_column]:
            if at - first > 1:
                merged.append((first, at - 1))
            first = at
    for begin, end in merged:
        for row in range(begin + 1, end + 1):
            rows[row][made.id_column] = ""
    return replace(made, rows=rows, merged=tuple(merged) if draw.random() < 0.5 else ())


def _trailing(made: Sheet, draw: Random) -> Sheet:
    rows = [[*row] for row in made.rows]
    rows[made.heading] += [""] * draw.randint(1, 3)
    return replace(made, rows=rows)


_SAME = {
    "descriptive": described, "titles": _titles, "blank": _blank, "twice": _twice,
    "odd cell": _odd_cell, "written oddly": _written_oddly, "unknown column": _unknown,
    "heading again": _heading_again, "second block": _second_block, "trailing": _trailing,
}  # fmt: skip
_WIDE_TRAPS = _SAME | {
    "label": _label, "nameless": _nameless, "not marked": _not_marked, "percent": _percent,
    "subtotal": _subtotal, "letters": _letters,
}  # fmt: skip
_LONG_TRAPS = _SAME | {"id once": _id_once}


def written(made: Sheet, folder: Path, draw: Random) -> Path:
    """The sheet as a file of some kind."""
    if made.merged or made.percent or draw.random() < 0.2:
        return workbook(made, folder)
    delimiter, encoding = draw.choice(",;\t"), draw.choice(("utf-8", "utf-8-sig", "utf-16"))
    return text(made, folder, delimiter, encoding)


def text(made: Sheet, folder: Path, delimiter: str, encoding: str) -> Path:
    """As a text file."""
    content = io.StringIO(newline="")
    csv.writer(content, delimiter=delimiter).writerows(made.rows)
    path = folder / "marks.csv"
    path.write_bytes(content.getvalue().encode(encoding))
    return path


def workbook(made: Sheet, folder: Path) -> Path:
    """As a workbook, numbers as numbers."""
    book = Workbook()
    page = book.worksheets[0]
    for at, row in enumerate(made.rows, start=1):
        for column, cell in enumerate(row, start=1):
            if cell:
                page.cell(at, column, int(cell) if cell.isdecimal() and len(cell) < 5 else cell)
                if cell.startswith("="):
                    page.cell(at, column).data_type = "s"
    for row_, column in made.percent:
        page.cell(row_ + 1, column + 1).number_format = "0%"
    for first, last in made.merged:
        page.merge_cells(
            start_row=first + 1, end_row=last + 1,
            start_column=made.id_column + 1, end_column=made.id_column + 1,
        )  # fmt: skip
    path = folder / "marks.xlsx"
    book.save(path)
    return path
