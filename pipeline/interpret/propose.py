"""Propose a layout for a file that none fits: what a person chose of it, as a TOML file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from pipeline.interpret.headings import HEADING_WITHIN
from pipeline.interpret.match_result import Sheet
from pipeline.interpret.text import tidy_keycode
from schemas.columns import map_distinct, matches
from schemas.entries import KEYCODE
from schemas.layout import fold
from schemas.words import Kind

Shape = Literal["wide", "long", "positions"]
# Words, or a letter with a number as in Q1: no number, no keycode, no answer.
_LOOKS_LIKE_A_HEADING = r"(?![A-Z0-9]*[0-9][A-Z0-9]*$).*[A-Za-z]{2,}.*|[A-Za-z][ ._-]?[0-9]{1,3}"
_MARK = r"[0-9]{1,3}(?:[.,][0-9]+)?"


@dataclass(frozen=True)
class Choices:
    """What a person tells of a file. Rows and columns count from 1, as Excel shows them."""

    name: str
    kind: Kind
    shape: Shape
    heading: int  # its row; 0 where there is none
    id: int  # the column of ids
    by: Literal["keycode", "candidate"]
    first: int  # wide and positions: the first question's column; long: that of question numbers
    last: int  # wide: the last question's column; long: the column of marks or answers
    blank: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    multiple: str = ""  # how several answers look, as a regular expression


def guessed(sheet: Sheet, name: str) -> Choices:
    """What a look at the file suggests, for a person to confirm."""
    cells = sheet.cells
    top = cells.iloc[:HEADING_WITHIN]
    texts = top.apply(lambda row: matches(row, _LOOKS_LIKE_A_HEADING).sum(), axis=1)
    heading = int(texts.idxmax()) + 1 if len(top) else 1
    below = cells.iloc[heading:]
    headings = cells.iloc[heading - 1]
    columns = range(cells.shape[1])
    questions = [at for at in columns if matches(headings[[at]], r"\D{0,12}[0-9]+\D{0,3}")[0]]
    keyed = {
        at: float(matches(map_distinct(below[at], tidy_keycode), KEYCODE).mean())
        if len(below)
        else 0.0
        for at in columns
        if at not in questions
    }
    id_ = max(keyed, key=lambda at: keyed[at], default=0)
    values = below[questions].to_numpy().ravel() if questions else below.to_numpy().ravel()
    filled = pd.Series([text for text in values if text], dtype=object)
    marks = bool(matches(filled, _MARK).mean() > 0.5) if len(filled) else True
    return Choices(
        name=name,
        kind=Kind.MARKS if marks else Kind.RESPONSES,
        shape="wide",
        heading=heading,
        id=id_ + 1,
        by="keycode" if keyed.get(id_, 0.0) > 0.5 else "candidate",
        first=(questions[0] if questions else min(id_ + 1, cells.shape[1] - 1)) + 1,
        last=(questions[-1] if questions else cells.shape[1] - 1) + 1,
    )


def proposed(sheet: Sheet, chosen: Choices) -> str:
    """The layout file, to start from."""
    lines = [
        "# Made by papermarks layout new. What each key means: schemas/layout.py.",
        f"name = {_text(chosen.name)}",
        f"title = {_text(chosen.name)}",
        'standing = "ours"',
        f"kind = {_text(chosen.kind)}",
        f"shape = {_text('positions' if chosen.heading == 0 else chosen.shape)}",
        "",
        *(_by_position(sheet, chosen) if chosen.heading == 0 else _by_heading(sheet, chosen)),
        "",
        "[words]",
        f"blank = {_list(chosen.blank)}",
        f"absent = {_list(chosen.absent)}",
        *([f"multiple = {_text(chosen.multiple)}"] if chosen.multiple else []),
        "",
    ]
    return "\n".join(lines)


def _by_heading(sheet: Sheet, chosen: Choices) -> list[str]:
    headings = sheet.cells.iloc[chosen.heading - 1].tolist()
    id_heading = headings[chosen.id - 1]
    if chosen.shape == "long":
        question, value = headings[chosen.first - 1], headings[chosen.last - 1]
        signs = [id_heading, question, value]
        where = [f"column = {_list([question])}", f"value = {_list([value])}"]
    else:
        questions = headings[chosen.first - 1 : chosen.last]
        signs = [text for text in headings if text and text not in questions]
        where = [f"heading = {_text(_pattern(questions))}", "others_ignored = true"]
    return [
        "[signs]",
        "# All of these must be there. Take out those that not every file has.",
        f"headings = {_list(dict.fromkeys(map(fold, signs)))}",
        "",
        "[id]",
        f"{chosen.by} = {_list([id_heading])}",
        "",
        "[questions]",
        *where,
    ]


def _by_position(sheet: Sheet, chosen: Choices) -> list[str]:
    ids = sheet.cells.iloc[:, chosen.id - 1]
    looks = "[A-Z0-9]{8}" if chosen.by == "keycode" else _looks([text for text in ids if text])
    cells = r"[0-9]{1,3}" if chosen.kind is Kind.MARKS else r"[A-Z0-9*]{1,5}"
    return [
        "[signs]",
        "# What an answer looks like: most cells that are filled must.",
        f"cells = {_text(cells)}",
        "",
        "[positions]",
        'of = "columns" # or "characters", in lines of fixed width: then id, answers count these',
        f"id = [{chosen.id}, 1]",
        f"id_looks = {_text(looks)}",
        f"answers = {chosen.first}",
        f"count = {chosen.last - chosen.first + 1}",
    ]


def _pattern(questions: list[str]) -> str:
    """One pattern for all the headings; where they share none, one that lists them."""
    parts = [re.fullmatch(r"(\D*?)0*([0-9]+)(\D*)", text) for text in questions]
    found = [part for part in parts if part is not None]
    around = {(part[1], part[3]) for part in found}
    if len(found) == len(questions) and len(around) == 1:
        before, after = around.pop()
        return f"{re.escape(before)}0*([0-9]+){re.escape(after)}"
    return f"({'|'.join(re.escape(text) for text in questions if text)})"


def _looks(ids: list[str]) -> str:
    lengths = [len(text) for text in ids] or [1, 30]
    letters = "[0-9]" if all(text.isdecimal() for text in ids) else "[^ ]"
    return f"{letters}{{{min(lengths)},{max(lengths)}}}"


def _text(text: str) -> str:
    """A TOML string; JSON's are, all that TOML takes."""
    return json.dumps(text, ensure_ascii=False)


def _list(texts: object) -> str:
    return json.dumps([*texts], ensure_ascii=False)  # type: ignore[misc]  # some strings
