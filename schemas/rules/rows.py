"""What can be wrong with a row."""

from __future__ import annotations

from schemas.rules.rule import error, hold, warning
from schemas.words import Who

RULES = (
    error(
        "row-ragged",
        "Row {row} has {found} cells, the heading has {expected}: its columns may have shifted.",
        "Look for a stray separator or an unclosed quotation mark in row {row} and mend it.",
        "KEYCODE1,5,6 under Keycode,Q1.",
    ),
    warning(
        "row-adds-up",
        "Row {row} names nobody and adds up the rows above: it was taken for a row of totals.",
        "Nothing, if it is one. Else write its keycode.",
        "Row 20 without a keycode: each of its marks is the sum of those above.",
    ),
    warning(
        "row-is-maxima",
        "Row {row} names nobody and is as high as any mark below: it was taken for the maxima.",
        "Nothing, if it is that. Else write its keycode.",
        "10, 10 and 20 in row 2, without a keycode.",
    ),
    warning(
        "row-not-marked",
        "{count} row(s) have no mark at all, and were taken as not yet marked: row {other}.",
        "Nothing, if they are still to be marked. Write 0 for a mark of zero, NA for a question "
        "that was not attempted, ABS for a candidate who was absent.",
        "A keycode in A7 and nothing behind it.",
    ),
    warning(
        "id-filled-down",
        "In {count} row(s), from {cell} on, whose they are stands merged in the row above.",
        "Nothing, if the merged cells are right.",
        "A keycode merged over the rows of three questions.",
    ),
    hold(
        "id-first-row-only",
        "Next to row {row} stand rows with marks that name nobody: they may be of '{text}' too.",
        "Write the keycode, or the candidate's reference, in each of these rows.",
        "A keycode in A2 for question 1, and A3 and A4 empty beside questions 2 and 3.",
        Who.SENDER,
    ),
    error(
        "row-swallowed",
        "A cell of row {row} holds what looks like further rows, with the keycode {other}.",
        "Look for a stray or unclosed quotation mark in row {row} and mend it.",
        '"good at the end of row 7, its quotation mark never closed.',
    ),
)
