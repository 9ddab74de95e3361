"""Findings about the cells of a sheet: signs that nobody sees, decimals, odd answers."""

from __future__ import annotations

import re
from itertools import pairwise

import pandas as pd

from pipeline.findings import concat_findings, make_findings
from pipeline.interpret.doubt import A_FEW, PAIRS, SHARE
from pipeline.interpret.match_result import Match
from pipeline.interpret.text import has_invisible, tidy
from schemas.columns import distinct, matches
from schemas.frames import DataFrame, Entry, Finding
from schemas.words import Kind

_SAID = {".": "decimal points", ",": "decimal commas"}
_LAST_USUAL = "J"
_SIGNED = "[0-9]+([.,])[0-9]+"


def tidied_cells(entries: DataFrame[Entry]) -> DataFrame[Finding]:
    """Cells that hold what nobody sees."""
    findings = entries[has_invisible(entries["text"])]
    findings = findings.assign(read_as=[tidy(text) for text in findings["text"]])
    return make_findings("cell-tidied", findings[findings["read_as"] != ""])


def mixed_decimals(match: Match, entries: DataFrame[Entry]) -> DataFrame[Finding]:
    """Columns of marks with decimal commas and decimal points, or with the wrong sign."""
    signs, wanted = _signs(entries), match.layout.text.decimal
    if wanted is not None:
        return make_findings(
            "decimals-mixed", signs[signs["sign"] != wanted], expected=_SAID[wanted]
        )
    both = signs.groupby("column")["sign"].transform("nunique") > 1
    return make_findings("decimals-mixed", signs[both], expected="one kind of decimal sign")


def decimals(entries: DataFrame[Entry]) -> str:
    """Which decimal signs the columns of marks have, for the report; "" where there are none."""
    columns = _signs(entries).drop_duplicates(["column", "sign"]).groupby("sign")["column"]
    return "; ".join(f"{_SAID[str(sign)]} in {', '.join(columns)}" for sign, columns in columns)


def _signs(entries: DataFrame[Entry]) -> pd.DataFrame:
    """The marks with a decimal sign, and that ``sign``."""
    marks = entries[matches(entries["value"], _SIGNED) & (entries["kind"] == "marks")]
    found = re.compile(_SIGNED).fullmatch
    signs = [m[1] for text in marks["value"] if (m := found(text))]
    return marks.assign(sign=pd.Series(signs, marks.index, dtype=object))


def numbers_among_letters(match: Match, entries: DataFrame[Entry]) -> DataFrame[Finding]:
    """Numbers in columns of letters: codes of a program, which may stand for none or several."""
    layout = match.layout
    if layout.kind is not Kind.RESPONSES or layout.answers != "letters":
        return concat_findings([])
    numbers = matches(entries["value"], "[0-9]+")
    if not numbers.any():
        return concat_findings([])
    lettered = entries["column"][matches(entries["value"], "[A-Z]")].unique()
    return make_findings(
        "answer-not-understood", entries[numbers & entries["column"].isin(lettered)]
    )


def stray_letters(match: Match, entries: DataFrame[Entry]) -> DataFrame[Finding]:
    """Answers whose letter stands far beyond all others: a code for none or for several, such as X.

    Where there are many of them the whole sheet is in doubt, and a person has said that they count.
    """
    layout = match.layout
    if layout.kind is not Kind.RESPONSES or layout.signs.headings or layout.shape == "positions":
        return concat_findings([])
    if not matches(pd.Series(distinct(entries["value"])[1], dtype=object), "[K-Z]").any():
        return concat_findings([])
    single = matches(entries["value"], "[A-Z]") & ~entries["column"].isin(_of_pairs(entries))
    letters = sorted({*entries["value"][single]})
    far = {two for one, two in pairwise(letters) if two > _LAST_USUAL and ord(two) > ord(one) + 2}
    beyond = [letter for letter in letters if far and letter >= min(far)]
    odd = single & entries["value"].isin(beyond).to_numpy()
    if not odd.any() or odd.sum() >= max(A_FEW, SHARE * single.sum()):
        return concat_findings([])
    return make_findings("answer-not-understood", entries[odd])


def _of_pairs(entries: DataFrame[Entry]) -> set[str]:
    """The columns whose answers are T and F, or the like."""
    letters = entries[["column", "value"]].dropna().astype(object).groupby("column")["value"]
    return {str(column) for column, of in letters.unique().items() if {*of} in PAIRS}


def no_question_numbers(match: Match, entries: DataFrame[Entry]) -> DataFrame[Finding]:
    """In a sheet of a row a question: what stands in place of a question's number."""
    pattern = match.layout.questions.heading
    if match.question is None or pattern is None or match.layout.signs.headings:
        return concat_findings([])
    written = entries["question"]
    known = matches(written, f"(?i:{pattern})|{_NAMED_QUESTION}|")
    rows = entries[~known]
    at = rows.assign(column=match.sheet.names[match.question], text=rows["question"])
    return make_findings("question-not-understood", at)


# A letter or two before a number, as a section has it: B3. Neither an ordinal nor a year.
_NAMED_QUESTION = r"[A-Za-z]{1,3}[ ._-]?[0-9]+(?:[ ._-]?[(]?[A-Za-z0-9]{1,4}[)]?)*"
