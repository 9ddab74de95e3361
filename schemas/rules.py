"""The rule book: every finding that can be made, in one table.

A rule has a code that never changes, a severity, what becomes of the session (``outcome``), the
message and what to do. In ``message`` and ``to_do`` the words in braces are filled from the entry:
``text`` (the cell as written), ``cell``, ``keycode``, ``question``, and what the rule adds itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.words import Outcome, Severity


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong or odd in the input."""

    code: str
    severity: Severity
    outcome: Outcome | None  # of the session it is found in; None: the session goes on
    message: str
    to_do: str


def _error(code: str, message: str, to_do: str) -> Rule:
    return Rule(code, Severity.ERROR, Outcome.INVALID, message, to_do)


def _hold(code: str, message: str, to_do: str) -> Rule:
    return Rule(code, Severity.ERROR, Outcome.HELD, message, to_do)


def _not_open(code: str, message: str, to_do: str) -> Rule:
    return Rule(code, Severity.ERROR, Outcome.NOT_OPEN, message, to_do)


def _warning(code: str, message: str, to_do: str) -> Rule:
    return Rule(code, Severity.WARNING, None, message, to_do)


_ALL = (
    # --- the file, the sheet, the heading: nothing of it is used
    _error(
        "file-unreadable",
        "This file could not be read: {why}.",
        "Open it where it was made and save it again as .xlsx or .csv.",
    ),
    _error(
        "layout-unknown",
        "The columns fit no known layout. {why}",
        "Give the sheet a heading row such as Keycode, Q1, Q2, … or Keycode, Question, Mark.",
    ),
    _error(
        "layout-ambiguous",
        "The sheet can be read in more than one way: {why}.",
        "Leave one way to read it: one table to a sheet, with one heading row, and one column for "
        "the keycode and for each question.",
    ),
    _error(
        "candidate-not-keycode",
        "The sheet names its candidates in {cell}, but has no column of keycodes.",
        "Add a Keycode column with each session's 8-character keycode from Surpass.",
    ),
    _error(
        "heading-not-understood",
        "The heading '{text}' in {cell} stands among the questions or looks like one, but cannot "
        "be read as a question.",
        "Write it as Q and the number, such as Q7, or remove the column. "
        "Nothing of this sheet was used, so that no session is sent in part.",
    ),
    _warning(
        "sheet-not-recognised",
        "Sheet '{sheet}' has no heading row that is known; its rows were set aside.",
        "Nothing, if it holds no marks. Else give it a heading row such as Keycode, Q1, Q2, …",
    ),
    _warning(
        "column-ignored",
        "The column '{text}' was not used.",
        "Nothing, if it holds no marks.",
    ),
    _warning(
        "file-repeated",
        "This file has the same bytes as '{other}'; its rows were set aside.",
        "Nothing: each row counts once.",
    ),
    _warning(
        "encoding-assumed",
        "The file is not UTF-8; it was read as Windows-1252.",
        "Look whether accented letters are right. In Excel, save as 'CSV UTF-8'.",
    ),
    # --- the row
    _error(
        "row-ragged",
        "Row {row} has {found} cells, the heading has {expected}: its columns may have shifted.",
        "Look for a stray separator or an unclosed quotation mark in row {row} and mend it.",
    ),
    _error(
        "row-swallowed",
        "A cell of row {row} holds what looks like further rows, with the keycode {other}.",
        "Look for a stray or unclosed quotation mark in row {row} and mend it.",
    ),
    # --- whose it is
    _error(
        "keycode-missing",
        "There is a mark or an answer, but no keycode.",
        "Write the session's keycode in {cell}.",
    ),
    _error(
        "keycode-malformed",
        "'{text}' is not a keycode: a keycode has 8 letters and digits.",
        "Write the keycode in {cell} as Surpass shows it. If Excel changed it, format the column "
        "as Text first.",
    ),
    _warning(
        "keycode-tidied",
        "The keycode was written as '{text}' and read as {keycode}.",
        "Nothing, if {keycode} is the session.",
    ),
    _warning(
        "keycode-look-alike",
        "{keycode} and {other} in this run differ only in look-alikes (0 and O, 1 and I).",
        "Look at both on paper: one may be a slip for the other.",
    ),
    _hold(
        "session-elsewhere",
        "{keycode} also stands in {other}, and nothing of that sheet was used.",
        "Mend that sheet, or remove it: a set sent in part cannot be completed later.",
    ),
    # --- the question and its mark or answer
    _error(
        "question-missing",
        "There is a mark or an answer, but no question number.",
        "Write the question number in this row.",
    ),
    _hold(
        "question-twice",
        "Question {question} of {keycode} is given more than once; it is also in {other}.",
        "Keep the one that is right and remove the others; then drop the file again.",
    ),
    _hold(
        "kinds-mixed",
        "{keycode} has marks in one place and multiple-choice responses in another ({other}); "
        "Surpass takes one set, once.",
        "Decide which to send, and keep only that.",
    ),
    _error(
        "mark-blank",
        "There is no mark for question {question}.",
        "Write the mark in {cell}: 0 if it earned nothing, NA if it was not attempted, "
        "ABS if the candidate was absent.",
    ),
    _error(
        "mark-not-whole",
        "'{text}' is not a whole mark; Surpass takes whole marks only.",
        "Round it in {cell} as your rules say.",
    ),
    _error(
        "mark-negative",
        "'{text}' is below zero.",
        "Write a whole number from 0 up in {cell}.",
    ),
    _error(
        "mark-date",
        "'{text}' is a date; Excel makes dates of entries such as 4/5.",
        "Format {cell} as Text or Number and write the mark again.",
    ),
    _error(
        "mark-not-a-number",
        "'{text}' is not a mark.",
        "Write a whole number in {cell}, NA if not attempted, ABS if absent.",
    ),
    _hold(
        "candidate-absent",
        "The candidate is entered as absent ('{text}').",
        "If absent, void the session in Surpass (reason: Absent) and remove the row. "
        "If not, write the marks.",
    ),
    _hold(
        "answer-multiple",
        "More than one answer is marked: '{text}'.",
        "Look at the sheet of paper and write the one answer that counts in {cell}, "
        "or nothing if none does.",
    ),
    _error(
        "answer-not-understood",
        "'{text}' is not an answer such as A.",
        "Look at the sheet of paper and correct {cell}.",
    ),
    # --- what Surpass says
    _not_open(
        "session-unknown",
        "Surpass does not know {keycode}.{hint}",
        "Compare the keycode in {cell} with the one on the paper.",
    ),
    _not_open(
        "session-not-shown",
        "Surpass does not show {keycode}: {why}.",
        "Ask for the permission for its subject and centre, or compare the keycode in {cell}.",
    ),
    _not_open(
        "session-not-open",
        "{keycode} is in state {state}, not in PaperResponseUpload: it takes no paper marks."
        "{theirs}",
        "Look at the session in Surpass: its marks may be there already, or its state must be "
        "changed first.",
    ),
    _hold(
        "sent-before-differently",
        "{keycode} was accepted in run {run} with other content: {other}.",
        "Nothing, if the first was right. If not, correct it in Surpass: what was sent cannot be "
        "taken back from here.",
    ),
    _error(
        "question-unknown",
        "{keycode} has no question {question} in Surpass.",
        "Correct the question number, or the keycode if this is another paper.",
    ),
    _error(
        "questions-missing",
        "{keycode} has {count} question(s) in Surpass that the file does not: {other}.",
        "Add them: a set sent in part cannot be completed later.",
    ),
    _error(
        "mark-over-maximum",
        "Mark {text} for question {question} is over its maximum of {maximum}.",
        "Correct the mark in {cell}.",
    ),
    _error(
        "total-over-maximum",
        "The marks of {keycode} add up to {count}, over the paper's maximum of {maximum}.",
        "Compare the row with the paper: a mark may be in the wrong column.",
    ),
    _hold(
        "questions-fewer-than-others",
        "{keycode} lacks question(s) {other}, which nearly all others of its paper in this run "
        "have.",
        "Add them (NA if not attempted): a set sent in part cannot be completed later.",
    ),
)

RULES = {rule.code: rule for rule in _ALL}
