"""Tripwires: what is odd about many entries together. They only warn."""

from __future__ import annotations

from schemas.rules.rule import warning
from schemas.words import Who

RULES = (
    warning(
        "column-constant",
        "All {count} candidates of this sheet have '{text}' for question {question}.",
        "Nothing, if that is so. Else the column may have been filled down.",
        "5 in C2 to C40.",
    ),
    warning(
        "responses-alike",
        "{who} and {other} gave the same answers to all {count} questions, of which {rare} are "
        "answers that most others did not give.",
        "Look whether one sheet was scanned for two candidates.",
        "Rows 7 and 8 alike in 40 answers.",
    ),
    warning(
        "row-shifted",
        "What stands in row {row} fits the others much better one question to the {side}: "
        "{now} of {count} fit as it stands, {then} would.",
        "Compare the row with the paper: a question may have been skipped.",
        "A row's answers that begin with question 2's.",
        Who.SENDER,
    ),
    warning(
        "item-mean-odd",
        "The mean of question {question} is {mean} of its highest mark, the other questions' "
        "about {other}.",
        "Look at the column: its marks may belong to another question.",
        "A column with a mean of 4% among others of 60%.",
    ),
    warning(
        "answer-outside-options",
        "'{text}' for question {question}: the other answers of this sheet are {other}.",
        "Compare {cell} with the sheet of paper.",
        "G in C7, where all others have A to D.",
    ),
    warning(
        "total-differs",
        "The marks of row {row} add up to {count}, its own total says {total}.",
        "Compare the row with the paper: one of both is wrong.",
        "7, 10 and 4 in row 7, and 31 for their total.",
        Who.SENDER,
    ),
    warning(
        "totals-differ",
        "In {count} of {found} rows of this sheet the marks do not add up to the row's own total.",
        "Look whether a column of marks is missing, or the total is of something else. If it is, "
        "head it with another word, such as Scaled.",
        "A total that counts the practical too.",
        Who.SENDER,
    ),
)
