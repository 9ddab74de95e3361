"""What a layout may say: how one producer's columns and rows map to entries.

A layout is a TOML file, ours under ``schemas/layouts/``, an office's own under
``PAPERMARKS_HOME/layouts/``. This model documents its keys and refuses what it does not know.
Headings and words are compared without case; in headings spaces, hyphens and underscores are one.
A heading between slashes is a regular expression for the whole heading: ``/stu[0-9]+/``.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from schemas.words import Kind


def fold(text: str) -> str:
    """A heading or word as layouts compare it: ``' Key_Code '`` and ``KEY CODE`` are one."""
    return " ".join(re.split(r"[\s_\-]+", text.strip().casefold()))


def is_pattern(heading: str) -> bool:
    """Whether a layout's heading is a regular expression."""
    return len(heading) > 2 and heading.startswith("/") and heading.endswith("/")


QUESTION_NUMBER = (
    r"(?!(?:19[0-9]{2}|20[0-9]{2}|2100)(?![0-9a-z(._]))(?![0-9]+ ?(?:st|nd|rd|th)(?![a-z]))"
    r"([0-9]+(?:[ _-]?[(][a-z]{1,4}[)]|_?[a-z]{1,3}(?![a-z])|[ _-][a-z](?![a-z0-9])"
    r"|[.][0-9a-z]+)*)"
)
"""What ``{number}`` stands for in a pattern: 1, 2b, 3(ii), 4.1, 1_a, 2 (a); neither a year nor an
ordinal such as 1st."""

QUESTION_WORD = (
    r"(?:(?:marks?|scores?|points?)(?: (?:for|of|in))?[ _-](?=q))?"
    r"(?:(?:(?:q|qn|qu|ques|quest|question|item|task|problem|exercise|ex|frage|aufgabe|pregunta"
    r"|ejercicio|exercice|domanda|esercizio|quest[a\u00e3]o|vraag|opgave|oppgave|uppgift|zadanie"
    r"|pytanie|soal)(?:[ ._-]*(?:no|nr|num|number|n[\u00b0\u00ba]))?"
    r"|no|nr|num|number|n[\u00b0\u00ba]|#)[ ._:-]*)?0*"
)
"""What ``{question}`` stands for: the words before a question's number, in some languages: Q 01,
Question 2, No. 3, Q. No. 4, Marks for Q5. Or nothing."""

_NO_TOPIC = (
    "max|total|sum|comment|remark|note|marker|examiner|agreed|moderat|final|first|second|grade"
    "|percent|scaled|weighted|answer|response|key|out of|part|[ivx]+$"
)
_POINTS = r"(?:marks?|mks?|points?|pts?|m|p)"
_AMOUNT = (
    r"(?:max(?:imum)?[ .:=]*|out of |total )?[0-9]+(?:[.,]5)?(?: ?[+x*=\u00d7] ?[0-9]+)*"
    rf" ?{_POINTS}?[.]?(?: (?:each|total|max(?:imum)?)[.]?)?"
)
QUESTION_MAXIMUM = (
    rf"(?:[.:)]|(?:: ?| [-\u2013] )(?![^0-9]*(?:{_NO_TOPIC}))[^\W\d_][^0-9()/]*[^\W\d_])?"
    rf"(?: [(](?![^)]*(?:{_NO_TOPIC}))[^\W\d_][^0-9()/]{{3,}}[^\W\d_][)])?"
    r"(?:[ _-]?(?:marks?|score|points?|pts))?[*\u2020\u2021]?"
    rf"(?: ?[(/\[{{] ?/? ?{_AMOUNT} ?[)\]}}]?| out of ?[0-9]+(?: {_POINTS})?| - ?[0-9]+ {_POINTS}"
    r"| [0-9]+ ?(?:marks?|mks?|points?|pts))?"
)
"""What ``{maximum}`` stands for: nothing, or Q5 (10), Q5 /10, Q5 [max 10], Q5 (10 marks each),
Q5 mark, 5.; also the question's topic: Q5: Algebra, Q5 (Algebra)."""


def _expanded(pattern: object) -> object:
    if not isinstance(pattern, str):
        return pattern
    stands_for = {"question": QUESTION_WORD, "number": QUESTION_NUMBER, "maximum": QUESTION_MAXIMUM}
    for name, expression in stands_for.items():
        pattern = pattern.replace(f"{{{name}}}", expression)
    return pattern


def _compiled(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error


def _one_group(text: str) -> str:
    if _compiled(text).groups != 1:
        raise ValueError("must have exactly one group: the part that counts")
    return text


def _heading(text: str) -> str:
    return _compiled(text[1:-1]) and text if is_pattern(text) else fold(text)


Heading = Annotated[str, AfterValidator(_heading)]
Headings = tuple[Heading, ...]
Pattern = Annotated[str, AfterValidator(lambda text: _compiled(text).pattern)]
PartPattern = Annotated[str, AfterValidator(_one_group)]
QuestionPattern = Annotated[str, BeforeValidator(_expanded), AfterValidator(_one_group)]
CellWords = Annotated[
    tuple[str, ...], AfterValidator(lambda words: tuple(w.strip().casefold() for w in words))
]
Labels = Annotated[tuple[str, ...], AfterValidator(lambda words: tuple(map(fold, words)))]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """How a text file is read, where that must not be found out from the file."""

    delimiter: Literal[",", ";", "\t", ":", "|"] | None = None
    """What divides its fields."""

    quoted: bool = True
    """Whether quotation marks enclose fields. Where not, one in a name is part of the name."""

    encoding: Literal["utf-8", "utf-16", "windows-1252"] | None = None
    """Its encoding, for programs that write Windows-1252 or the like."""

    decimal: Literal[".", ","] | None = None
    """The decimal sign of its marks: the other one is an error. Where not given, each column may
    have either, but not both."""


class Signs(_Strict):
    """By what the layout is recognised."""

    headings: Headings = ()
    """Headings that this producer writes; each must be there. The layout that asks for more of
    them goes before one that asks for less."""

    not_headings: Headings = ()
    """Headings that say that it is something else."""

    cells: Pattern | None = None
    """What a question's cell holds: more than half of the filled ones, of the first thousand rows,
    must match. It tells sheets of answers from sheets of marks."""

    not_cells: Pattern | None = None
    """What a question's cell does not hold: at most half of the filled ones may match."""


class Ids(_Strict):
    """Whose a row is. One of these must be found."""

    keycode: Headings = ()
    """Headings of the column that holds the session's keycode; the first one present is taken."""

    keycode_if: Headings = ()
    """Headings under which some offices write keycodes and others something else, such as the
    season: taken as ``keycode`` only where the cells are keycodes, or nobody else is named."""

    candidate: Headings = ()
    """Headings of the column that holds a candidate reference: the session is looked up in
    Surpass by it. The first that is not blank below is taken; but one of which most cells are
    keycodes goes before the others, and they are taken as such."""

    after: Heading | None = None
    """Else the one column between this heading and the first question, for templates that let
    the office name it: keycodes or candidate references. Columns of the test, the centre and the
    version do not count."""

    digits: PartPattern | None = None
    """A regular expression for the headings of the digits of an id that is marked digit by digit;
    its group is the digit's place. They go before ``candidate``. ``?`` stands for one that is not
    marked, brackets for several."""

    otherwise: Headings = ()
    """Where nothing at all stands there: headings of a column that may hold the id too, such as
    the name of the scanned page."""

    part: PartPattern | None = None
    """The id is only this part of the cell (the group), such as the name of a scanned page
    without its ending."""

    file_name: PartPattern | None = None
    """Where no column holds an id: this part of the file's own name is the id of all its rows."""

    width: Annotated[int, Field(ge=1, le=30)] | None = None
    """A candidate reference has so many characters: leading zeros that Excel dropped come back.
    Without it they are not guessed."""

    none: CellWords = ()
    """Cells that stand for 'no id', such as the producer's placeholder."""

    test: Headings = ()
    """Headings of a column with the test's reference or name: it tells a candidate's sessions
    apart."""

    centre: Headings = ()
    """Headings of a column with the centre's reference, likewise."""

    version: Headings = ()
    """Headings of a column with the version of the paper."""


class Questions(_Strict):
    """Where the questions and their marks or answers are."""

    heading: QuestionPattern | None = None
    """A regular expression for a heading that is a question; its group is the question number.
    In it ``{number}`` stands for a question number in all the ways in which people write one,
    ``{question}`` for the words before it and ``{maximum}`` for what may stand behind it.
    In shape ``long`` such a column is an error: its marks would be lost."""

    where: Annotated[str, Field(pattern=r"\{\}")] | None = None
    """For programs that fill up to the length of their form: the questions end with the last of
    which the column of this heading, ``{}`` being its number, holds anything. Where no such column
    does, with the last that has an answer."""

    beside: Annotated[str, Field(pattern=r"\{\}")] | None = None
    """A question counts only if there is a column of this heading, ``{}`` being its own. Where no
    question has one, all count: for programs that came to write it."""

    behind: Headings = ()
    """Questions stand only behind the first of these headings that is there: for programs that
    let the office name them as it likes. A column that repeats the id is none then."""

    digit_of: PartPattern | None = None
    """A heading like this is no question where its group is a heading too, nor is that: a number
    marked digit by digit, and its digits."""

    sections: bool = False
    """Question numbers name a section too, as in 1_2. Where all questions are of one section, from
    1 on without a gap, the section is left out."""

    column: Headings = ()
    """Headings of the column that holds the question number (shape ``long``)."""

    value: Headings = ()
    """Headings of the columns that hold the mark or answer (shape ``long``). Where several are
    present, the first that is filled counts, in this order; else the first one present."""

    overriding: bool = False
    """Whether several of ``value`` may stand side by side, the first that is filled counting.
    Where not, a second such column is an error."""

    total: Headings = ()
    """Headings of a column with the row's total, against which the marks are added up."""

    boxes: Annotated[str, Field(pattern=r"\{\}")] | None = None
    """A regular expression for the headings of a question's boxes, ``{}`` being the question's;
    its group is the option's number. A question that has only these, one 1 for each box that is
    ticked, is read from them."""

    no_marks: Labels = ()
    """Words in a heading that say that its column holds no marks, beside those of
    ``schemas.headings``. A column of numbers or letters without one is an error: its marks would
    be lost."""

    ignored: Headings = ()
    """Headings of columns that this producer always writes and that hold nothing that counts: it is
    not told that they were not used."""

    others_ignored: bool = False
    """Whether columns that are not questions are known to hold nothing that counts, because the
    producer writes them always so."""


class Words(_Strict):
    """Cells that are not a mark or an answer. Compared without case. Empty cells are blank."""

    blank: CellWords = ()
    blank_unless: CellWords = ()
    """Where one of these stands among the answers, the words for a blank are answers too, as ``no``
    is beside ``yes``: then nothing of it is understood."""

    absent: CellWords = ()
    not_attempted: CellWords = ()

    absent_in: Headings = ()
    """Headings of columns in which an ``absent`` word says it of the whole row."""

    absent_says: CellWords = ()
    """The words that say it there, where they are others than ``absent``."""

    absent_for_certain: bool = True
    """False where these words may mean something else too, such as that no paper was found: then
    the session is held for a person."""

    multiple: Pattern | None = None
    """A regular expression for cells that are not one answer alone, such as ``BC``."""


class Rows(_Strict):
    """Rows that carry no candidate: the words that such a row has in place of an id."""

    maxima: Labels = ()
    totals: Labels = ()
    averages: Labels = ()
    key: Labels = ()
    test: Labels = ()
    """Test students."""

    notes: Labels = ()

    first: Literal["key"] | None = None
    """What the first row is, where it has no id."""

    points: Pattern | None = None
    """A row repeats a candidate's with points in place of answers: so look its cells."""


class Positions(_Strict):
    """Where everything stands in a file without headings (shape ``positions``).

    Rows above the first id are titles. One that names questions must name them where they stand.
    """

    of: Literal["characters", "columns"]
    """Whether lines of fixed width are cut by characters, or columns are counted. From 1."""

    id: tuple[int, int]
    """Where the id begins, and how many characters (or columns: 1) it has."""

    id_looks: Pattern
    """What an id looks like. A row whose id does not, and is not blank, is no candidate's."""

    version: tuple[int, int] | None = None
    """Where the version of the paper stands."""

    blank: tuple[int, ...] = ()
    """Columns that are always empty."""

    answers: int = Field(ge=1)
    """Where the first answer begins."""

    width: int = Field(1, ge=1)
    """How many characters one answer has."""

    count: Annotated[int, Field(ge=1)] | None = None
    """How many questions there are; else as many as any row has filled."""


class Layout(_Strict):
    """One producer's export."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    standing: Literal["ours", "seen", "told", "unverified"]
    """How sure we are of it: ours (or the office's own); from the producer's code or a real
    export; from a vendor's page; not confirmed."""

    kind: Kind
    shape: Literal["long", "wide", "positions"]
    refused: str | None = None
    """Why nothing of such a file can be used, as where it carries totals only."""

    answers: Literal["letters", "numbers", "options", "bits", "places"] = "letters"
    """How answers are written: A; 2 (for B; as numbers 0 is the tenth, as options it is none);
    01000 (for B); or, in lines of fixed width, a 1 at the place of the option, and spaces at those
    of the others."""

    text: Text = Text()
    signs: Signs = Signs()
    id: Ids = Ids()
    questions: Questions = Questions()
    words: Words = Words()
    rows: Rows = Rows()
    positions: Positions | None = None

    @model_validator(mode="after")
    def _has_what_its_shape_needs(self) -> Self:
        needed: dict[str, object] = {
            "long": self.questions.column and self.questions.value,
            "wide": self.questions.heading,
            "positions": self.positions and self.signs.cells,
        }
        if self.refused is None and not needed[self.shape]:
            lacks = {
                "long": "[questions] column and value",
                "wide": "[questions] heading",
                "positions": "[positions], and cells in [signs]",
            }
            raise ValueError(f"shape {self.shape} needs {lacks[self.shape]}")
        if self.refused is not None and not self.signs.headings:
            raise ValueError("a refused layout needs headings in [signs]")
        return self
