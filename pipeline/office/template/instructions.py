"""The instructions on the first sheet, for the person who enters the marks."""

from __future__ import annotations

from schemas.words import INSTRUCTIONS_TITLE

LINES: tuple[tuple[str, str], ...] = (
    (INSTRUCTIONS_TITLE, ""),
    ("", "Write a mark in every tinted cell: one row for each candidate, one column for each"
     " question. The maxima stand above the columns."),
    ("", ""),
    ("Write", "for"),
    ("0", "no marks earned"),
    ("5", "a whole mark, up to the maximum; half marks are not taken"),
    ("NA", "not attempted"),
    ("ABS", "the candidate was absent: write it once, and leave the rest of the row empty"),
    ("Total", "the total that stands on the paper, if you want it checked: a row whose marks do not"
     " add up to it is held. Else leave it empty."),
    ("", ""),
    ("Leave as it is", "keycodes, candidate references, headings and maxima. They are protected"
     " against slips, without a password."),
    ("Not finished?", "Hand the file in all the same: a candidate with an empty cell is not sent,"
     " the others are. Fill in the rest and hand it in again: nothing is sent twice."),
    ("When done", "Save it as an Excel workbook (.xlsx), and drop it into the inbox folder of"
     " papermarks, or run: papermarks ingest, and the name of this file."),
)  # fmt: skip
"""A word and what it stands for, line by line."""
