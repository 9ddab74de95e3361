"""What can be wrong with a file, a sheet or a heading. After an error nothing of it is used."""

from __future__ import annotations

from schemas.rules.rule import error, hold, warning
from schemas.words import Who

TOO_MANY_SESSIONS = "file-too-many-sessions"
TOO_MANY_ERRORS = "file-too-many-errors"

RULES = (
    error(
        "file-unreadable",
        "This file could not be read: {why}.",
        "Open it where it was made and save it again as .xlsx or .csv.",
        "A .csv that is a Word document.",
    ),
    error(
        TOO_MANY_SESSIONS,
        "{count} sessions stand in this file; the most that one file may have is {maximum}. "
        "Nothing of it was used.",
        "Look whether it is the file that you meant. If it is, divide it into files of at most "
        "{maximum} sessions, with all rows of a session in the same file, and drop these. Or let "
        "one file have more: the setting READ_SESSIONS; it then takes more time and memory.",
        "A file of 1500000 rows, each of another session.",
    ),
    error(
        TOO_MANY_ERRORS,
        "{count} cells of this file are wrong, more than {maximum}. Is this the right file? "
        "{other} Nothing of it was used.",
        "Look whether it is the file that you meant, and whether its columns are what their "
        "headings say. Correct it where it was made, and drop it again. If it is right, and so "
        "many cells are to be mended one by one: the setting READ_ERRORS allows more.",
        "A file of 200000 rows, with -1 as the mark in each.",
    ),
    error(
        "layout-unknown",
        "The columns fit no known layout. {why}",
        "Give the sheet a heading row such as Keycode, Q1, Q2, … or Keycode, Question, Mark.",
        "A heading row Code, Q1, Q2.",
    ),
    error(
        "layout-ambiguous",
        "The sheet can be read in more than one way: {why}.",
        "Leave one way to read it: one table to a sheet, with one heading row, and one column for "
        "the keycode and for each question. Or look whether you can choose: papermarks "
        "confirm-layout and the file's name.",
        "Two columns headed Keycode.",
    ),
    error(
        "layout-refused",
        "This is {layout}: {why}.",
        "Export it with a mark or an answer for each question.",
        "A Moodle gradebook that has totals only.",
    ),
    warning(
        "layout-unverified",
        "This was read as {layout}, whose form nobody has confirmed on a real file.",
        "Compare some rows of the report with the file before you rely on it.",
        "An export of MultiQuest.",
    ),
    error(
        "heading-not-understood",
        "It is not known what the column '{text}' in {cell} is: it {why}.",
        "If it holds marks or answers, write its heading as Q and the question's number, such as "
        "Q7. If not, remove the column, or head it with a word such as Total, Comment or Name; or "
        "say once that it holds no marks: papermarks confirm-layout and the file's name. Nothing "
        "of this sheet was used, so that no session is sent in part.",
        "A column headed Essay with 15, NA and 12 in it.",
    ),
    error(
        "encoding-unclear",
        "'{text}' in {cell} may be other text: the file was read as Windows-1252, but looks like "
        "{why}.",
        "Open the file where it was made, and save it as 'CSV UTF-8'. Nothing of it was used.",
        "Candidate references with Cyrillic letters in a CSV that Excel saved.",
    ),
    error(
        "reading-uncertain",
        "The sheet is not read for certain: {why}.",
        "Look at its readings side by side, and choose the right one, once: papermarks "
        "confirm-layout and the file's name. It then counts for all sheets with this heading.",
        "A sheet of five questions, with 1, 2, 3 and 4 as their marks throughout.",
        Who.OFFICE,
    ),
    error(
        "answers-damaged",
        "The answers of this sheet are damaged: {why}.",
        "Export it again, and do not save it with Excel, which drops leading zeros.",
        "01000 and 1000 among the answers of R/exams.",
    ),
    error(
        "marks-are-shares",
        "The marks of this sheet are shares of the maximum, not marks: {why}.",
        "Give the marks themselves: each share times the question's maximum.",
        "0.5, 0.25 and 1 in a column of marks out of 8.",
    ),
    error(
        "no-candidates",
        "There is a heading in row {row}, but no row of a candidate below it.",
        "Look whether this is the file you meant; the rows may be missing.",
        "A mark sheet saved before it was filled in.",
    ),
    warning(
        "sheet-not-recognised",
        "Sheet '{sheet}' has no heading row that is known; its rows were set aside.",
        "Nothing, if it holds no marks. Else give it a heading row such as Keycode, Q1, Q2, …",
        "A sheet 'Notes' beside the marks.",
    ),
    warning(
        "sheet-hidden",
        "The sheet is hidden in Excel; {why}.",
        "Look at it: right click on the tabs, Unhide. If its marks are not to be sent, delete it.",
        "A sheet hidden by right click, Hide.",
    ),
    warning(
        "rows-hidden",
        "{count} row(s) are hidden in Excel, from row {row} on; they were read all the same.",
        "Nothing, if their marks are to be sent. Else delete the rows.",
        "Rows that a filter hides.",
    ),
    warning(
        "columns-hidden",
        "{count} column(s) are hidden in Excel: {other}.",
        "Look at them: mark the columns around them, right click, Unhide. Delete what is not to be "
        "sent.",
        "A column of old marks that somebody has hidden.",
    ),
    warning(
        "column-ignored",
        "The column '{text}' was not used.",
        "Nothing, if it holds no marks.",
        "A column headed Comment.",
    ),
    warning(
        "column-left-out",
        "The column '{text}' was left out, as somebody of your office said it may be.",
        "Nothing, if it holds no marks. Else take that back: papermarks layouts lists it.",
        "A column headed Essay, after papermarks confirm-layout.",
    ),
    warning(
        "file-repeated",
        "This file has the same bytes as '{other}'; its rows were set aside.",
        "Nothing: each row counts once.",
        "marks.csv and marks (copy).csv.",
    ),
    error(
        "returned-unclear",
        "What was mended in this workbook cannot be put together: {why}.",
        "Write the same in both sheets, or mend in one of them alone; then drop it again. Nothing "
        "of it was used.",
        "18 in C7 of the sheet, and 17 in the same row of 'Rows to mend'.",
    ),
    warning(
        "returned-row-removed",
        "{count} row(s) were taken out of 'Rows to mend', and nothing of them is sent: row "
        "{other}.",
        "Nothing, if that was meant, as for an absent candidate whose session was voided.",
        "The row of an absent candidate, deleted in 'Rows to mend'.",
    ),
    hold(
        "slip-differs",
        "The slip of this file says {why}. Nothing of the file is sent.",
        "Count again. Correct the file, or the slip if that is wrong; then drop both again.",
        "candidates = 24 on the slip, and 23 candidates in the file.",
    ),
    hold(
        "slip-unreadable",
        "The slip of this file is not understood: {why}. Nothing of the file is sent.",
        "Write candidates = 24 and total = 912 on it, each in a line; in a sheet named Slip write "
        "Candidates and Total, and the numbers beside them. Or remove the slip.",
        "candidats = 24 on the slip.",
    ),
    warning(
        "encoding-other",
        "The file is not UTF-8; it was read as Windows-1252, but looks like {other}.",
        "Nothing, if names alone look odd in it: they are not sent. Better save it as 'CSV UTF-8' "
        "where it was made.",
        "Chinese names in a CSV that Excel saved.",
    ),
    warning(
        "encoding-assumed",
        "The file is not UTF-8; it was read as Windows-1252.",
        "Look whether accented letters are right. In Excel, save as 'CSV UTF-8'.",
        "A CSV from an old Excel, with Zoë in it.",
    ),
)
