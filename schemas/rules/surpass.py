"""What Surpass says of a session, and what a paper definition says of its questions."""

from __future__ import annotations

from schemas.rules.rule import error, hold, not_open, warning
from schemas.words import Who

RULES = (
    not_open(
        "session-unknown",
        "Surpass does not know {keycode}, or does not show it to this user.{hint}",
        "Compare the keycode in {cell} with the one on the paper.",
        "B10P1AAX in A7, misread from the paper.",
        Who.SENDER,
    ),
    not_open(
        "session-not-shown",
        "Surpass does not show {keycode}: {why}.",
        "Ask for the permission for its subject and centre, or compare the keycode in {cell}.",
        "B10P1AAB in A7, of a centre that papermarks' user may not see.",
    ),
    not_open(
        "session-not-open",
        "{keycode} is in state {state}, not in PaperResponseUpload: it takes no paper marks."
        "{theirs}",
        "Look at the session in Surpass: its marks may be there already, or its state must be "
        "changed first.",
        "B10P1AAB in A7, keyed in Surpass yesterday.",
    ),
    hold(
        "sent-before-differently",
        "{keycode} was accepted in run {run} with other content: {other}.",
        "Nothing, if the first was right. If not, correct it in Surpass: what was sent cannot be "
        "taken back from here.",
        "18 in C7, and 17 was accepted last week.",
    ),
    hold(
        "second-keying-missing",
        "{keycode} waits for its second keying: {why}.",
        "Nothing in this file. Hand in the other keying; name both alike, but for A and B at the "
        "end.",
        "B10P1AAB in marks A.xlsx, and marks B.xlsx is not there yet.",
    ),
    hold(
        "second-keying-differs",
        "Question {question} of {keycode} is '{text}' here; in keying {keying} it is {other}.",
        "Look at the paper. Correct the keying that is wrong, and drop that file again: papermarks "
        "compare shows both side by side.",
        "18 in C7 of marks A.xlsx, and 13 in C7 of marks B.xlsx.",
    ),
    error(
        "question-unknown",
        "{keycode} has no question {question} in {told_by}.",
        "Correct the question number, or the keycode if this is another paper.",
        "Q9 in J1, of a paper with 8 questions.",
    ),
    error(
        "questions-missing",
        "{keycode} has {count} question(s) in {told_by} that the file does not: {other}.",
        "Add them: a set sent in part cannot be completed later.",
        "Q1 to Q7, of a paper with 8 questions.",
    ),
    hold(
        "versions-mixed",
        "{keycode} has version {version} of its paper, others of this run have {other}; question 1 "
        "is another one in each.",
        "Say in a paper definition where each version has its questions, and drop the file again. "
        "If the column is no version, but a class or teaching set, say so once: papermarks "
        "confirm-layout and the file's name.",
        "A and B in a column headed Version.",
    ),
    hold(
        "version-unknown",
        "Where {keycode} has its questions is not known: {why}.",
        "Write the version in the row as the paper definition has it, or mend the definition; then "
        "drop the file again.",
        "C in a column headed Version, and the definition has A and B.",
    ),
    warning(
        "paper-differs",
        "The paper definition says {why}: Surpass is believed.",
        "Correct the definition, or the paper in Surpass.",
        "10 in B3 of BIO-P1.csv, and Surpass has 8 for this question.",
    ),
    warning(
        "question-numbers-restart",
        "In Surpass the question numbers of {layout} start again in each section, so questions are "
        "counted over the whole paper: the first of section 2 follows the last of section 1.",
        "Look at one session of this paper in Surpass, whether each mark stands at its question.",
        "Section 1 has questions 1 to 5, section 2 has questions 1 to 3.",
    ),
    warning(
        "question-numbers-unclear",
        "The question numbers of {layout} in Surpass are not clear ({why}): its questions and "
        "maxima could not be checked.",
        "Write a paper definition, or ask for the paper to be corrected in Surpass.",
        "Two questions of one section have the number 3.",
    ),
    hold(
        "kind-differs",
        "Question {question} of {keycode} has {kind} here, but the paper definition says {other}.",
        "Drop the right file, or correct the definition.",
        "18 in C7, for a question of multiple choice.",
        Who.SENDER,
    ),
    hold(
        "answer-not-an-option",
        "'{text}' is not among the options of question {question}: {other}.",
        "Look at the sheet of paper and write the answer that counts in {cell}, or correct the "
        "paper definition.",
        "E in C7, for a question with A to D.",
        Who.SENDER,
    ),
    error(
        "mark-over-maximum",
        "Mark {text} for question {question} is over its maximum of {maximum}.",
        "Correct the mark in {cell}.",
        "19 in C7, for a question of 10 marks.",
    ),
    error(
        "total-over-maximum",
        "The marks of {keycode} add up to {count}, over the paper's maximum of {maximum}.",
        "Compare the row with the paper: a mark may be in the wrong column.",
        "Marks that add up to 46, of a paper of 45.",
    ),
    hold(
        "questions-fewer-than-others",
        "{keycode} lacks question(s) {other}, which nearly all others of its paper in this run "
        "have.",
        "Add them (NA if not attempted): a set sent in part cannot be completed later.",
        "A row for question 3 forgotten in a long sheet.",
        Who.SENDER,
    ),
)
