"""A second reader of generated sheets: slow, simple, and without any code of ours.

It knows how the generator writes (see ``generated.py``), and reads each block by its own heading.
Whatever is numeric or a letter beside a keycode is an entry, under whatever heading it stands: so
a reading that leaves a column out, or takes it for another, differs from it.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from openpyxl import load_workbook

Entries = dict[str, dict[str, str]]  # by keycode, by question

_UNSEEN = "\u200b\u200e\u200f\u202a\u202c\u2066\u2069\ufeff"
_DESCRIBES = {
    "name", "class", "seat number", "comment", "marker", "total", "grade", "subtotal a", "%",
    "centre name", "room", "date", "max", "no.",
}  # fmt: skip
_IDS = {"keycode", "session code"}


def entries(path: Path) -> Entries:
    """What stands in the file for each keycode: every question's mark or answer as a text."""
    found: Entries = {}
    heading: dict[int, str] = {}
    keycode = ""
    all_rows = rows(path)
    # A page without an id is nobody's; in a sheet of marks people mean the one above.
    scanned = _has_answers(all_rows)
    for row in all_rows:
        texts = [_plain(cell) for cell in row]
        lowered = [text.lower() for text in texts]
        if _IDS & set(lowered):
            heading = {at: text for at, text in enumerate(lowered) if text}
            keycode = ""
            continue
        if not heading:
            continue
        at_id = next(at for at, text in heading.items() if text in _IDS)
        own = texts[at_id].replace(" ", "").upper() if at_id < len(texts) else ""
        if not any(texts):
            keycode = ""
            continue
        if own and not re.fullmatch("[A-Z0-9]{8}", own):
            keycode = ""  # a label
            continue
        page = scanned and "question" not in heading.values()
        keycode = own or ("" if page else keycode)
        if keycode:
            _add(found.setdefault(keycode, {}), heading, texts)
    return found


def _has_answers(rows: list[list[str]]) -> bool:
    questions: set[int] = set()
    for row in rows:
        texts = [_plain(cell).lower() for cell in row]
        if _IDS & set(texts):
            questions = {at for at, text in enumerate(texts) if _number(text).isdecimal()}
        elif any(re.fullmatch("[a-d]", texts[at]) for at in questions if at < len(texts)):
            return True
    return False


def _add(entries: dict[str, str], heading: dict[int, str], texts: list[str]) -> None:
    long = "question" in heading.values()
    by_name = {name: texts[at] if at < len(texts) else "" for at, name in heading.items()}
    if long:
        question, mark = _number(by_name.get("question", "")), by_name.get("mark", "")
        if mark and question:
            entries[question if question not in entries else f"{question} again"] = mark
        return
    for at, name in heading.items():
        text = texts[at] if at < len(texts) else ""
        if name in _IDS or name in _DESCRIBES or name == "set" or not text:
            continue
        question = _number(name)
        entries[question if question not in entries else f"{question} again"] = text


def _number(heading: str) -> str:
    found = re.fullmatch(
        r"(?:q|question )?0*([0-9]+)(?:\.0|\.|\)| \([0-9]+\)|\n\([0-9]+\))?", heading
    )
    return found[1] if found else heading


def _plain(cell: str) -> str:
    text = "".join(sign for sign in cell if sign not in _UNSEEN).replace("\u00a0", " ").strip()
    trick = re.fullmatch('="(.*)"', text)
    return trick[1] if trick else text


def questions_in_a_row(rows: list[list[str]]) -> int:
    """How many marks or answers stand in a row, by the first heading; in a long sheet one."""
    for row in rows:
        texts = [_plain(cell).lower() for cell in row]
        if _IDS & set(texts):
            return 1 if "question" in texts else sum(_number(text).isdecimal() for text in texts)
    return 0


def rows(path: Path) -> list[list[str]]:
    """The cells as texts, row by row, blank rows too."""
    if path.suffix == ".xlsx":
        return _workbook(path)
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if "\x00" not in text:
            break
    first = next(line for line in text.splitlines() if "eycode" in line)
    delimiter = max(";,\t", key=first.count)
    return [*csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]


def _workbook(path: Path) -> list[list[str]]:
    sheet = load_workbook(path).worksheets[0]
    values = {}
    for row in sheet.iter_rows():
        for cell in row:
            value = "" if cell.value is None else cell.value
            if isinstance(value, int | float) and "%" in cell.number_format:
                value = f"{value * 100:g}%"
            values[cell.row, cell.column] = str(value)
    for area in sheet.merged_cells.ranges:
        for below in range(area.min_row, area.max_row + 1):
            values[below, area.min_col] = values[area.min_row, area.min_col]
    return [
        [values.get((row, column), "") for column in range(1, sheet.max_column + 1)]
        for row in range(1, sheet.max_row + 1)
    ]
