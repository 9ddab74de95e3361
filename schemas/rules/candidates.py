"""What can be wrong with whose a row is: the keycode, or the candidate's reference."""

from __future__ import annotations

from schemas.rules.rule import error, hold, not_open, warning
from schemas.words import Who

RULES = (
    error(
        "keycode-missing",
        "Row {row} says of nobody whose it is: it has neither keycode nor candidate reference.",
        "Write the session's keycode, or the candidate's reference, in {cell}.",
        "18 in C7, and A7 is empty.",
    ),
    error(
        "keycode-malformed",
        "'{text}' is not a keycode: a keycode has 8 letters and digits{why}.",
        "Write the keycode in {cell} as Surpass shows it. If Excel changed it, format the column "
        "as Text first.",
        "B10P1AA in A7: seven characters.",
    ),
    warning(
        "keycode-tidied",
        "The keycode was written as '{text}' and read as {keycode}.",
        "Nothing, if {keycode} is the session.",
        "b10p1aab in A7.",
    ),
    warning(
        "cell-tidied",
        "'{text}' holds a space or a sign that does not show in Excel; it was read as '{read_as}'.",
        "Nothing, if '{read_as}' is right.",
        "18 and a space from a web page in C7.",
    ),
    warning(
        "id-is-number",
        "{count} candidate reference(s) are stored as numbers, from {cell} on: leading zeros, if "
        "they had any, are gone.",
        "Nothing, if references have no leading zeros. Else format the column as Text before "
        "entering them, or state their width in a layout.",
        "12041 in A7, for the candidate 0012041.",
    ),
    error(
        "reference-damaged",
        "'{text}' is no candidate reference: {why}.",
        "Format the column as Text and enter the reference in {cell} again.",
        "1.20E+16 in A7.",
    ),
    hold(
        "candidate-not-looked-up",
        "The session of candidate '{candidate}' was not looked up: {why}.",
        "Run it again with Surpass in reach, or add a Keycode column.",
        "0012041 in A7, and Surpass is away.",
    ),
    not_open(
        "candidate-unknown",
        "Surpass lists no session in PaperResponseUpload for candidate '{candidate}'{where}.{hint}",
        "Compare the reference in {cell} with the paper, or look at the candidate in Surpass.",
        "12041 in A7; Surpass lists 0012041.",
        Who.SENDER,
    ),
    hold(
        "candidate-several",
        "Candidate '{candidate}' has {count} sessions in PaperResponseUpload: {other}.",
        "Say which: add a Keycode column, or a Test column with the test's reference.",
        "0012041 in A7 sits Biology and Chemistry.",
    ),
    hold(
        "candidate-zeros",
        "'{text}' may be '{other}': Surpass lists both, and leading zeros may be lost here.",
        "Format the column as Text and write the references with their zeros, or add a Keycode "
        "column.",
        "4711 in A7; Surpass lists 4711 and 0004711.",
        Who.SENDER,
    ),
    hold(
        "ids-differ",
        "Row {row} names two candidates that Surpass lists: '{text}' and {other}.",
        "Compare the row with the paper, and keep the column that is right.",
        "T0000 in A7 and S1234560 in B7, of another candidate.",
    ),
    hold(
        "place-differs",
        "{keycode} is of {what} '{other}' in Surpass, the file says '{text}'.",
        "Compare both with the paper: the marks may stand in another session's row.",
        "Centre 33333 in row 7, and the session is of centre 22222.",
    ),
    warning(
        "place-unconfirmed",
        "Surpass has no {what} '{text}': what this sheet says of the {what} could not be compared.",
        "Nothing, if the column says something else, such as the office's own name for it.",
        "Hall B in a column headed Centre.",
    ),
    warning(
        "candidate-unconfirmed",
        "Surpass knows none of this sheet's candidate references, such as '{text}': whose marks "
        "these are was read from the keycodes alone.",
        "Compare some rows with the paper.",
        "Names in a column headed Candidate.",
    ),
    hold(
        "candidate-differs",
        "{keycode} belongs to candidate '{other}' in Surpass, the file says '{candidate}'.",
        "Compare both with the paper: the marks may stand in another candidate's row.",
        "B10P1AAB and 0012041 in row 7; in Surpass it is 0012042's.",
    ),
    hold(
        "candidate-elsewhere",
        "Marks of candidate '{candidate}' also stand beside another keycode, in {other}: this set "
        "may lack them, or have somebody else's.",
        "Compare both rows with the paper, and put the keycode right.",
        "0012042 beside B10P1AAB in row 8, and B10P1AAC is 0012042's.",
    ),
    warning(
        "keycode-look-alike",
        "{keycode} and {other} in this run differ only in look-alikes (0 and O, 1 and I).",
        "Look at both on paper: one may be a slip for the other.",
        "B1OP1AAB in A7 and B10P1AAB in A9.",
    ),
    hold(
        "id-within-another",
        "'{whose}' is a part of the id '{text}' in {other}: marks of that row may be of {whose}.",
        "Compare both rows with the paper. Write one keycode, or one reference, in each, and "
        "remove a row that no longer counts.",
        "B10P1AAB in A7 and 'B10P1AAB (amended)' in A9.",
    ),
    hold(
        "session-elsewhere",
        "{whose} also stands in {other}, and nothing of that sheet was used.",
        "Mend that sheet, or remove it: a set sent in part cannot be completed later.",
        "B10P1AAB in A7, and in a sheet whose heading is wrong.",
        Who.SENDER,
    ),
)
