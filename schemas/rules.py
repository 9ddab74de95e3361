"""The rule book: every finding that can be made, in one table.

A rule has a code that never changes, a severity, what becomes of the session (``outcome``), the
message, what to do and an example. In ``message`` and ``to_do`` the words in braces are filled from
the entry: ``text`` (the cell as written), ``cell``, ``keycode``, ``question``, and what the rule
adds itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.words import Outcome, Severity, Who


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong or odd in the input."""

    code: str
    severity: Severity
    outcome: Outcome | None  # of the session it is found in; None: the session goes on
    message: str
    to_do: str
    example: str  # where it is met: a cell, or a sentence
    who: Who = Who.SENDER  # who has to do it


def _error(code: str, message: str, to_do: str, example: str, who: Who = Who.SENDER) -> Rule:
    return Rule(code, Severity.ERROR, Outcome.INVALID, message, to_do, example, who)


def _hold(code: str, message: str, to_do: str, example: str, who: Who = Who.OFFICE) -> Rule:
    return Rule(code, Severity.ERROR, Outcome.HELD, message, to_do, example, who)


def _not_open(code: str, message: str, to_do: str, example: str, who: Who = Who.OFFICE) -> Rule:
    return Rule(code, Severity.ERROR, Outcome.NOT_OPEN, message, to_do, example, who)


def _absent(code: str, message: str, to_do: str, example: str, who: Who = Who.OFFICE) -> Rule:
    return Rule(code, Severity.WARNING, Outcome.ABSENT, message, to_do, example, who)


def _warning(code: str, message: str, to_do: str, example: str, who: Who = Who.OFFICE) -> Rule:
    return Rule(code, Severity.WARNING, None, message, to_do, example, who)


_ALL = (
    # --- the file, the sheet, the heading: nothing of it is used
    _error(
        "file-unreadable",
        "This file could not be read: {why}.",
        "Open it where it was made and save it again as .xlsx or .csv.",
        "A .csv that is a Word document.",
    ),
    _error(
        "layout-unknown",
        "The columns fit no known layout. {why}",
        "Give the sheet a heading row such as Keycode, Q1, Q2, … or Keycode, Question, Mark.",
        "A heading row Code, Q1, Q2.",
    ),
    _error(
        "layout-ambiguous",
        "The sheet can be read in more than one way: {why}.",
        "Leave one way to read it: one table to a sheet, with one heading row, and one column for "
        "the keycode and for each question. Or look whether you can choose: papermarks "
        "confirm-layout and the file's name.",
        "Two columns headed Keycode.",
    ),
    _error(
        "layout-refused",
        "This is {layout}: {why}.",
        "Export it with a mark or an answer for each question.",
        "A Moodle gradebook that has totals only.",
    ),
    _warning(
        "layout-unverified",
        "This was read as {layout}, whose form nobody has confirmed on a real file.",
        "Compare some rows of the report with the file before you rely on it.",
        "An export of MultiQuest.",
    ),
    _error(
        "heading-not-understood",
        "It is not known what the column '{text}' in {cell} is: it {why}.",
        "If it holds marks or answers, write its heading as Q and the question's number, such as "
        "Q7. If not, remove the column, or head it with a word such as Total, Comment or Name; or "
        "say once that it holds no marks: papermarks confirm-layout and the file's name. Nothing "
        "of this sheet was used, so that no session is sent in part.",
        "A column headed Essay with 15, NA and 12 in it.",
    ),
    _error(
        "encoding-unclear",
        "'{text}' in {cell} may be other text: the file was read as Windows-1252, but looks like "
        "{why}.",
        "Open the file where it was made, and save it as 'CSV UTF-8'. Nothing of it was used.",
        "Candidate references with Cyrillic letters in a CSV that Excel saved.",
    ),
    _error(
        "reading-uncertain",
        "The sheet is not read for certain: {why}.",
        "Look at its readings side by side, and choose the right one, once: papermarks "
        "confirm-layout and the file's name. It then counts for all sheets with this heading.",
        "A sheet of five questions, with 1, 2, 3 and 4 as their marks throughout.",
        Who.OFFICE,
    ),
    _error(
        "answers-damaged",
        "The answers of this sheet are damaged: {why}.",
        "Export it again, and do not save it with Excel, which drops leading zeros.",
        "01000 and 1000 among the answers of R/exams.",
    ),
    _error(
        "marks-are-shares",
        "The marks of this sheet are shares of the maximum, not marks: {why}.",
        "Give the marks themselves: each share times the question's maximum.",
        "0.5, 0.25 and 1 in a column of marks out of 8.",
    ),
    _error(
        "no-candidates",
        "There is a heading in row {row}, but no row of a candidate below it.",
        "Look whether this is the file you meant; the rows may be missing.",
        "A mark sheet saved before it was filled in.",
    ),
    _warning(
        "sheet-not-recognised",
        "Sheet '{sheet}' has no heading row that is known; its rows were set aside.",
        "Nothing, if it holds no marks. Else give it a heading row such as Keycode, Q1, Q2, …",
        "A sheet 'Notes' beside the marks.",
    ),
    _warning(
        "sheet-hidden",
        "The sheet is hidden in Excel; {why}.",
        "Look at it: right click on the tabs, Unhide. If its marks are not to be sent, delete it.",
        "A sheet hidden by right click, Hide.",
    ),
    _warning(
        "rows-hidden",
        "{count} row(s) are hidden in Excel, from row {row} on; they were read all the same.",
        "Nothing, if their marks are to be sent. Else delete the rows.",
        "Rows that a filter hides.",
    ),
    _warning(
        "columns-hidden",
        "{count} column(s) are hidden in Excel: {other}.",
        "Look at them: mark the columns around them, right click, Unhide. Delete what is not to be "
        "sent.",
        "A column of old marks that somebody has hidden.",
    ),
    _warning(
        "column-ignored",
        "The column '{text}' was not used.",
        "Nothing, if it holds no marks.",
        "A column headed Comment.",
    ),
    _warning(
        "column-left-out",
        "The column '{text}' was left out, as somebody of your office said it may be.",
        "Nothing, if it holds no marks. Else take that back: papermarks layouts lists it.",
        "A column headed Essay, after papermarks confirm-layout.",
    ),
    _warning(
        "file-repeated",
        "This file has the same bytes as '{other}'; its rows were set aside.",
        "Nothing: each row counts once.",
        "marks.csv and marks (copy).csv.",
    ),
    _error(
        "returned-unclear",
        "What was mended in this workbook cannot be put together: {why}.",
        "Write the same in both sheets, or mend in one of them alone; then drop it again. Nothing "
        "of it was used.",
        "18 in C7 of the sheet, and 17 in the same row of 'Rows to mend'.",
    ),
    _warning(
        "returned-row-removed",
        "{count} row(s) were taken out of 'Rows to mend', and nothing of them is sent: row "
        "{other}.",
        "Nothing, if that was meant, as for an absent candidate whose session was voided.",
        "The row of an absent candidate, deleted in 'Rows to mend'.",
    ),
    _hold(
        "slip-differs",
        "The slip of this file says {why}. Nothing of the file is sent.",
        "Count again. Correct the file, or the slip if that is wrong; then drop both again.",
        "candidates = 24 on the slip, and 23 candidates in the file.",
    ),
    _hold(
        "slip-unreadable",
        "The slip of this file is not understood: {why}. Nothing of the file is sent.",
        "Write candidates = 24 and total = 912 on it, each in a line; in a sheet named Slip write "
        "Candidates and Total, and the numbers beside them. Or remove the slip.",
        "candidats = 24 on the slip.",
    ),
    _warning(
        "encoding-other",
        "The file is not UTF-8; it was read as Windows-1252, but looks like {other}.",
        "Nothing, if names alone look odd in it: they are not sent. Better save it as 'CSV UTF-8' "
        "where it was made.",
        "Chinese names in a CSV that Excel saved.",
    ),
    _warning(
        "encoding-assumed",
        "The file is not UTF-8; it was read as Windows-1252.",
        "Look whether accented letters are right. In Excel, save as 'CSV UTF-8'.",
        "A CSV from an old Excel, with Zoë in it.",
    ),
    # --- the whole run
    _warning(
        "clock-wrong",
        "This machine's clock is {error} Surpass's. Completion dates were taken from Surpass's "
        "clock; the times in this report are this machine's.",
        "Let the clock be set by a time server: timedatectl set-ntp true, or on Windows 'Sync now' "
        "in the settings of date and time.",
        "A computer whose battery is empty, and that believes that it is 2019.",
    ),
    _warning(
        "time-zone-unknown",
        "Surpass's time zone cannot be known: {why}. The completion date was taken from the clock "
        "of this machine.",
        "Set TIME_ZONE to Surpass's, such as Europe/London, before you send more: papermarks "
        "doctor tells whether it is right.",
        "A Surpass that names a zone of which neither Windows nor IANA knows.",
        Who.IT,
    ),
    # --- the row
    _error(
        "row-ragged",
        "Row {row} has {found} cells, the heading has {expected}: its columns may have shifted.",
        "Look for a stray separator or an unclosed quotation mark in row {row} and mend it.",
        "KEYCODE1,5,6 under Keycode,Q1.",
    ),
    _warning(
        "row-adds-up",
        "Row {row} names nobody and adds up the rows above: it was taken for a row of totals.",
        "Nothing, if it is one. Else write its keycode.",
        "Row 20 without a keycode: each of its marks is the sum of those above.",
    ),
    _warning(
        "row-is-maxima",
        "Row {row} names nobody and is as high as any mark below: it was taken for the maxima.",
        "Nothing, if it is that. Else write its keycode.",
        "10, 10 and 20 in row 2, without a keycode.",
    ),
    _warning(
        "row-not-marked",
        "{count} row(s) have no mark at all, and were taken as not yet marked: row {other}.",
        "Nothing, if they are still to be marked. Write 0 for a mark of zero, NA for a question "
        "that was not attempted, ABS for a candidate who was absent.",
        "A keycode in A7 and nothing behind it.",
    ),
    _warning(
        "id-filled-down",
        "In {count} row(s), from {cell} on, whose they are stands merged in the row above.",
        "Nothing, if the merged cells are right.",
        "A keycode merged over the rows of three questions.",
    ),
    _hold(
        "id-first-row-only",
        "Next to row {row} stand rows with marks that name nobody: they may be of '{text}' too.",
        "Write the keycode, or the candidate's reference, in each of these rows.",
        "A keycode in A2 for question 1, and A3 and A4 empty beside questions 2 and 3.",
        Who.SENDER,
    ),
    _error(
        "row-swallowed",
        "A cell of row {row} holds what looks like further rows, with the keycode {other}.",
        "Look for a stray or unclosed quotation mark in row {row} and mend it.",
        '"good at the end of row 7, its quotation mark never closed.',
    ),
    # --- whose it is
    _error(
        "keycode-missing",
        "Row {row} says of nobody whose it is: it has neither keycode nor candidate reference.",
        "Write the session's keycode, or the candidate's reference, in {cell}.",
        "18 in C7, and A7 is empty.",
    ),
    _error(
        "keycode-malformed",
        "'{text}' is not a keycode: a keycode has 8 letters and digits{why}.",
        "Write the keycode in {cell} as Surpass shows it. If Excel changed it, format the column "
        "as Text first.",
        "B10P1AA in A7: seven characters.",
    ),
    _warning(
        "keycode-tidied",
        "The keycode was written as '{text}' and read as {keycode}.",
        "Nothing, if {keycode} is the session.",
        "b10p1aab in A7.",
    ),
    _warning(
        "cell-tidied",
        "'{text}' holds a space or a sign that does not show in Excel; it was read as '{read_as}'.",
        "Nothing, if '{read_as}' is right.",
        "18 and a space from a web page in C7.",
    ),
    _warning(
        "id-is-number",
        "{count} candidate reference(s) are stored as numbers, from {cell} on: leading zeros, if "
        "they had any, are gone.",
        "Nothing, if references have no leading zeros. Else format the column as Text before "
        "entering them, or state their width in a layout.",
        "12041 in A7, for the candidate 0012041.",
    ),
    _error(
        "reference-damaged",
        "'{text}' is no candidate reference: {why}.",
        "Format the column as Text and enter the reference in {cell} again.",
        "1.20E+16 in A7.",
    ),
    _hold(
        "candidate-not-looked-up",
        "The session of candidate '{candidate}' was not looked up: {why}.",
        "Run it again with Surpass in reach, or add a Keycode column.",
        "0012041 in A7, and Surpass is away.",
    ),
    _not_open(
        "candidate-unknown",
        "Surpass lists no session in PaperResponseUpload for candidate '{candidate}'{where}.{hint}",
        "Compare the reference in {cell} with the paper, or look at the candidate in Surpass.",
        "12041 in A7; Surpass lists 0012041.",
        Who.SENDER,
    ),
    _hold(
        "candidate-several",
        "Candidate '{candidate}' has {count} sessions in PaperResponseUpload: {other}.",
        "Say which: add a Keycode column, or a Test column with the test's reference.",
        "0012041 in A7 sits Biology and Chemistry.",
    ),
    _hold(
        "candidate-zeros",
        "'{text}' may be '{other}': Surpass lists both, and leading zeros may be lost here.",
        "Format the column as Text and write the references with their zeros, or add a Keycode "
        "column.",
        "4711 in A7; Surpass lists 4711 and 0004711.",
        Who.SENDER,
    ),
    _hold(
        "ids-differ",
        "Row {row} names two candidates that Surpass lists: '{text}' and {other}.",
        "Compare the row with the paper, and keep the column that is right.",
        "T0000 in A7 and S1234560 in B7, of another candidate.",
    ),
    _hold(
        "place-differs",
        "{keycode} is of {what} '{other}' in Surpass, the file says '{text}'.",
        "Compare both with the paper: the marks may stand in another session's row.",
        "Centre 33333 in row 7, and the session is of centre 22222.",
    ),
    _warning(
        "place-unconfirmed",
        "Surpass has no {what} '{text}': what this sheet says of the {what} could not be compared.",
        "Nothing, if the column says something else, such as the office's own name for it.",
        "Hall B in a column headed Centre.",
    ),
    _warning(
        "candidate-unconfirmed",
        "Surpass knows none of this sheet's candidate references, such as '{text}': whose marks "
        "these are was read from the keycodes alone.",
        "Compare some rows with the paper.",
        "Names in a column headed Candidate.",
    ),
    _hold(
        "candidate-differs",
        "{keycode} belongs to candidate '{other}' in Surpass, the file says '{candidate}'.",
        "Compare both with the paper: the marks may stand in another candidate's row.",
        "B10P1AAB and 0012041 in row 7; in Surpass it is 0012042's.",
    ),
    _hold(
        "candidate-elsewhere",
        "Marks of candidate '{candidate}' also stand beside another keycode, in {other}: this set "
        "may lack them, or have somebody else's.",
        "Compare both rows with the paper, and put the keycode right.",
        "0012042 beside B10P1AAB in row 8, and B10P1AAC is 0012042's.",
    ),
    _warning(
        "keycode-look-alike",
        "{keycode} and {other} in this run differ only in look-alikes (0 and O, 1 and I).",
        "Look at both on paper: one may be a slip for the other.",
        "B1OP1AAB in A7 and B10P1AAB in A9.",
    ),
    _hold(
        "session-elsewhere",
        "{whose} also stands in {other}, and nothing of that sheet was used.",
        "Mend that sheet, or remove it: a set sent in part cannot be completed later.",
        "B10P1AAB in A7, and in a sheet whose heading is wrong.",
        Who.SENDER,
    ),
    # --- the question and its mark or answer
    _error(
        "question-missing",
        "There is a mark or an answer, but no question number.",
        "Write the question number in this row.",
        "18 in C7, and B7 is empty.",
    ),
    _error(
        "question-not-understood",
        "'{text}' is not a question number.",
        "Write the question's number in {cell}, such as 7 or 2b.",
        "1st in B7.",
    ),
    _hold(
        "question-twice",
        "{whose} has {count} question(s) more than once: {other}.",
        "Keep the ones that are right and remove the others; then drop the file again.",
        "Two rows for B10P1AAB, 18 in C7 and 17 in C9.",
        Who.SENDER,
    ),
    _hold(
        "kinds-mixed",
        "{keycode} has marks in one place and multiple-choice responses in another ({other}); "
        "Surpass takes one set, once.",
        "Decide which to send, and keep only that.",
        "B10P1AAB in a mark sheet and in a scanner's file.",
        Who.SENDER,
    ),
    _error(
        "mark-blank",
        "There is no mark for question {question}.",
        "Write the mark in {cell}: 0 if it earned nothing, NA if it was not attempted, "
        "ABS if the candidate was absent.",
        "Nothing in C7.",
    ),
    _error(
        "mark-not-whole",
        "'{text}' is not a whole mark; Surpass takes whole marks only.",
        "Round it in {cell} as your rules say.",
        "18.5 in C7.",
    ),
    _warning(
        "mark-rounded",
        "'{text}' was rounded to {read_as}, as HALF_MARKS says.",
        "Nothing, if your rules say so.",
        "18.5 in C7, and HALF_MARKS is up.",
    ),
    _warning(
        "marks-rounded",
        "{count} half mark(s) of this file were rounded: they added up to {found}, and now add up "
        "to {read_as}.",
        "Nothing, if your rules say so.",
        "Three marks of 18.5, and HALF_MARKS is up.",
    ),
    _error(
        "mark-negative",
        "'{text}' is below zero.",
        "Write a whole number from 0 up in {cell}.",
        "-1 in C7.",
    ),
    _error(
        "decimals-mixed",
        "The decimal sign of '{text}' is not the column's: it must have {expected}.",
        "Write all marks of the column in one way.",
        "1,5 in C7 and 2.5 in C8.",
    ),
    _error(
        "mark-date",
        "'{text}' is a date; Excel makes dates of entries such as 4/5.",
        "Format {cell} as Text or Number and write the mark again.",
        "04-May in C7.",
    ),
    _error(
        "mark-not-a-number",
        "'{text}' is not a mark.",
        "Write a whole number in {cell}, NA if not attempted, ABS if absent.",
        "six in C7.",
    ),
    _absent(
        "candidate-absent",
        "The candidate is entered as absent, so nothing is sent.",
        "Void the session in Surpass: papermarks absent and the run's id asks for each. "
        "If the candidate was there, write the marks.",
        "ABS in C7.",
    ),
    _hold(
        "candidate-absent-with-marks",
        "The candidate is entered as absent, and has marks or answers too.",
        "Look at the paper. If the candidate was absent, remove the marks; if not, write a mark or "
        "NA in {cell}.",
        "5 in C7 and ABS in D7.",
    ),
    _hold(
        "candidate-absent-but-sent",
        "The candidate is entered as absent, but marks or answers were sent in run {run}.",
        "Find out which is right. What was sent is in Surpass: correct it there.",
        "ABS in C7, and marks in yesterday's file.",
    ),
    _hold(
        "candidate-missing",
        "The file says that there is no paper of this candidate, or none that counts.",
        "Look for the paper. If the candidate was absent, void the session in Surpass (reason: "
        "Absent) and remove the row. If not, give the marks or answers.",
        "Missing under Status.",
    ),
    _hold(
        "answer-multiple",
        "'{text}' is not one answer alone.",
        "Look at the sheet of paper and write the one answer that counts in {cell}, "
        "or nothing if none does.",
        "BC in C7.",
        Who.SENDER,
    ),
    _error(
        "answer-not-understood",
        "'{text}' is not an answer such as A.",
        "Look at the sheet of paper and correct {cell}.",
        "? in C7.",
    ),
    # --- tripwires: what is odd about many entries together; they only tell
    _warning(
        "column-constant",
        "All {count} candidates of this sheet have '{text}' for question {question}.",
        "Nothing, if that is so. Else the column may have been filled down.",
        "5 in C2 to C40.",
    ),
    _warning(
        "responses-alike",
        "{who} and {other} gave the same answers to all {count} questions, of which {rare} are "
        "answers that most others did not give.",
        "Look whether one sheet was scanned for two candidates.",
        "Rows 7 and 8 alike in 40 answers.",
    ),
    _warning(
        "row-shifted",
        "What stands in row {row} fits the others much better one question to the {side}: "
        "{now} of {count} fit as it stands, {then} would.",
        "Compare the row with the paper: a question may have been skipped.",
        "A row's answers that begin with question 2's.",
        Who.SENDER,
    ),
    _warning(
        "item-mean-odd",
        "The mean of question {question} is {mean} of its highest mark, the other questions' "
        "about {other}.",
        "Look at the column: its marks may belong to another question.",
        "A column with a mean of 4% among others of 60%.",
    ),
    _warning(
        "answer-outside-options",
        "'{text}' for question {question}: the other answers of this sheet are {other}.",
        "Compare {cell} with the sheet of paper.",
        "G in C7, where all others have A to D.",
    ),
    _warning(
        "total-differs",
        "The marks of row {row} add up to {count}, its own total says {total}.",
        "Compare the row with the paper: one of both is wrong.",
        "7, 10 and 4 in row 7, and 31 for their total.",
        Who.SENDER,
    ),
    _warning(
        "totals-differ",
        "In {count} of {found} rows of this sheet the marks do not add up to the row's own total.",
        "Look whether a column of marks is missing, or the total is of something else. If it is, "
        "head it with another word, such as Scaled.",
        "A total that counts the practical too.",
        Who.SENDER,
    ),
    # --- what Surpass says, and the office's paper definitions
    _not_open(
        "session-unknown",
        "Surpass does not know {keycode}, or does not show it to this user.{hint}",
        "Compare the keycode in {cell} with the one on the paper.",
        "B10P1AAX in A7, misread from the paper.",
        Who.SENDER,
    ),
    _not_open(
        "session-not-shown",
        "Surpass does not show {keycode}: {why}.",
        "Ask for the permission for its subject and centre, or compare the keycode in {cell}.",
        "B10P1AAB in A7, of a centre that papermarks' user may not see.",
    ),
    _not_open(
        "session-not-open",
        "{keycode} is in state {state}, not in PaperResponseUpload: it takes no paper marks."
        "{theirs}",
        "Look at the session in Surpass: its marks may be there already, or its state must be "
        "changed first.",
        "B10P1AAB in A7, keyed in Surpass yesterday.",
    ),
    _hold(
        "sent-before-differently",
        "{keycode} was accepted in run {run} with other content: {other}.",
        "Nothing, if the first was right. If not, correct it in Surpass: what was sent cannot be "
        "taken back from here.",
        "18 in C7, and 17 was accepted last week.",
    ),
    _hold(
        "second-keying-missing",
        "{keycode} waits for its second keying: {why}.",
        "Nothing in this file. Hand in the other keying; name both alike, but for A and B at the "
        "end.",
        "B10P1AAB in marks A.xlsx, and marks B.xlsx is not there yet.",
    ),
    _hold(
        "second-keying-differs",
        "Question {question} of {keycode} is '{text}' here; in keying {keying} it is {other}.",
        "Look at the paper. Correct the keying that is wrong, and drop that file again: papermarks "
        "compare shows both side by side.",
        "18 in C7 of marks A.xlsx, and 13 in C7 of marks B.xlsx.",
    ),
    _error(
        "question-unknown",
        "{keycode} has no question {question} in {told_by}.",
        "Correct the question number, or the keycode if this is another paper.",
        "Q9 in J1, of a paper with 8 questions.",
    ),
    _error(
        "questions-missing",
        "{keycode} has {count} question(s) in {told_by} that the file does not: {other}.",
        "Add them: a set sent in part cannot be completed later.",
        "Q1 to Q7, of a paper with 8 questions.",
    ),
    _hold(
        "versions-mixed",
        "{keycode} has version {version} of its paper, others of this run have {other}; question 1 "
        "is another one in each.",
        "Say in a paper definition where each version has its questions, and drop the file again. "
        "If the column is no version, but a class or teaching set, say so once: papermarks "
        "confirm-layout and the file's name.",
        "A and B in a column headed Version.",
    ),
    _hold(
        "version-unknown",
        "Where {keycode} has its questions is not known: {why}.",
        "Write the version in the row as the paper definition has it, or mend the definition; then "
        "drop the file again.",
        "C in a column headed Version, and the definition has A and B.",
    ),
    _warning(
        "paper-differs",
        "The paper definition says {why}: Surpass is believed.",
        "Correct the definition, or the paper in Surpass.",
        "10 in B3 of BIO-P1.csv, and Surpass has 8 for this question.",
    ),
    _warning(
        "question-numbers-restart",
        "In Surpass the question numbers of {layout} start again in each section, so questions are "
        "counted over the whole paper: the first of section 2 follows the last of section 1.",
        "Look at one session of this paper in Surpass, whether each mark stands at its question.",
        "Section 1 has questions 1 to 5, section 2 has questions 1 to 3.",
    ),
    _warning(
        "question-numbers-unclear",
        "The question numbers of {layout} in Surpass are not clear ({why}): its questions and "
        "maxima could not be checked.",
        "Write a paper definition, or ask for the paper to be corrected in Surpass.",
        "Two questions of one section have the number 3.",
    ),
    _hold(
        "kind-differs",
        "Question {question} of {keycode} has {kind} here, but the paper definition says {other}.",
        "Drop the right file, or correct the definition.",
        "18 in C7, for a question of multiple choice.",
        Who.SENDER,
    ),
    _hold(
        "answer-not-an-option",
        "'{text}' is not among the options of question {question}: {other}.",
        "Look at the sheet of paper and write the answer that counts in {cell}, or correct the "
        "paper definition.",
        "E in C7, for a question with A to D.",
        Who.SENDER,
    ),
    _error(
        "mark-over-maximum",
        "Mark {text} for question {question} is over its maximum of {maximum}.",
        "Correct the mark in {cell}.",
        "19 in C7, for a question of 10 marks.",
    ),
    _error(
        "total-over-maximum",
        "The marks of {keycode} add up to {count}, over the paper's maximum of {maximum}.",
        "Compare the row with the paper: a mark may be in the wrong column.",
        "Marks that add up to 46, of a paper of 45.",
    ),
    _hold(
        "questions-fewer-than-others",
        "{keycode} lacks question(s) {other}, which nearly all others of its paper in this run "
        "have.",
        "Add them (NA if not attempted): a set sent in part cannot be completed later.",
        "A row for question 3 forgotten in a long sheet.",
        Who.SENDER,
    ),
)

RULES = {rule.code: rule for rule in _ALL}

TRIPWIRES = (
    "column-constant",
    "responses-alike",
    "row-shifted",
    "item-mean-odd",
    "answer-outside-options",
    "total-differs",
    "totals-differ",
)
"""The rules about many entries together, which the report shows apart."""
