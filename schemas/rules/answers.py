"""What can be wrong with a question number, a mark or an answer."""

from __future__ import annotations

from schemas.rules.rule import absent, error, hold, warning
from schemas.words import Who

RULES = (
    error(
        "mark-over-stated-maximum",
        "Mark {text} for question {question} is over the maximum that the sheet itself states: "
        "{maximum}.",
        "Look at {cell} and at the maximum, in the heading, the row of maxima or the column "
        "beside, and correct the one that is wrong.",
        "12 in C7, below Q1 (10).",
    ),
    error(
        "question-missing",
        "There is a mark or an answer, but no question number.",
        "Write the question number in this row.",
        "18 in C7, and B7 is empty.",
    ),
    error(
        "question-not-understood",
        "'{text}' is not a question number.",
        "Write the question's number in {cell}, such as 7 or 2b.",
        "1st in B7.",
    ),
    hold(
        "question-twice",
        "{whose} has {count} question(s) more than once: {other}.",
        "Keep the ones that are right and remove the others; then drop the file again.",
        "Two rows for B10P1AAB, 18 in C7 and 17 in C9.",
        Who.SENDER,
    ),
    hold(
        "kinds-mixed",
        "{keycode} has marks in one place and multiple-choice responses in another ({other}); "
        "Surpass takes one set, once.",
        "Decide which to send, and keep only that.",
        "B10P1AAB in a mark sheet and in a scanner's file.",
        Who.SENDER,
    ),
    error(
        "mark-blank",
        "There is no mark for question {question}.",
        "Write the mark in {cell}: 0 if it earned nothing, NA if it was not attempted, "
        "ABS if the candidate was absent.",
        "Nothing in C7.",
    ),
    error(
        "mark-not-whole",
        "'{text}' is not a whole mark; Surpass takes whole marks only.",
        "Round it in {cell} as your rules say.",
        "18.5 in C7.",
    ),
    warning(
        "mark-rounded",
        "'{text}' was rounded to {read_as}, as HALF_MARKS says.",
        "Nothing, if your rules say so.",
        "18.5 in C7, and HALF_MARKS is up.",
    ),
    warning(
        "marks-rounded",
        "{count} half mark(s) of this file were rounded: they added up to {found}, and now add up "
        "to {read_as}.",
        "Nothing, if your rules say so.",
        "Three marks of 18.5, and HALF_MARKS is up.",
    ),
    error(
        "mark-negative",
        "'{text}' is below zero.",
        "Write a whole number from 0 up in {cell}.",
        "-1 in C7.",
    ),
    error(
        "decimals-mixed",
        "The decimal sign of '{text}' is not the column's: it must have {expected}.",
        "Write all marks of the column in one way.",
        "1,5 in C7 and 2.5 in C8.",
    ),
    error(
        "mark-date",
        "'{text}' is a date; Excel makes dates of entries such as 4/5.",
        "Format {cell} as Text or Number and write the mark again.",
        "04-May in C7.",
    ),
    error(
        "mark-not-a-number",
        "'{text}' is not a mark.",
        "Write a whole number in {cell}, NA if not attempted, ABS if absent.",
        "six in C7.",
    ),
    absent(
        "candidate-absent",
        "The candidate is entered as absent, so nothing is sent.",
        "Void the session in Surpass: papermarks absent and the run's id asks for each. "
        "If the candidate was there, write the marks.",
        "ABS in C7.",
    ),
    hold(
        "candidate-absent-with-marks",
        "The candidate is entered as absent, and has marks or answers too.",
        "Look at the paper. If the candidate was absent, remove the marks; if not, write a mark or "
        "NA in {cell}.",
        "5 in C7 and ABS in D7.",
    ),
    hold(
        "candidate-absent-but-sent",
        "The candidate is entered as absent, but marks or answers were sent in run {run}.",
        "Find out which is right. What was sent is in Surpass: correct it there.",
        "ABS in C7, and marks in yesterday's file.",
    ),
    hold(
        "candidate-missing",
        "The file says that there is no paper of this candidate, or none that counts.",
        "Look for the paper. If the candidate was absent, void the session in Surpass (reason: "
        "Absent) and remove the row. If not, give the marks or answers.",
        "Missing under Status.",
    ),
    hold(
        "answer-multiple",
        "'{text}' is not one answer alone.",
        "Look at the sheet of paper and write the one answer that counts in {cell}, "
        "or nothing if none does.",
        "BC in C7.",
        Who.SENDER,
    ),
    error(
        "answer-not-understood",
        "'{text}' is not an answer such as A.",
        "Look at the sheet of paper and correct {cell}.",
        "? in C7.",
    ),
)
