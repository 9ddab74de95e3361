"""Recognise the layout of a sheet: the one that fits, or what each lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from pipeline.interpret import roles
from pipeline.interpret.ambiguity import find_ambiguity
from pipeline.interpret.confirmed import Confirmation, shape_of
from pipeline.interpret.doubt import find_choice, find_doubt
from pipeline.interpret.headings import HEADING_WITHIN, Heading, headings
from pipeline.interpret.match import match_layout
from pipeline.interpret.match_result import (
    AS_ANSWERS,
    AS_NAMED,
    Choice,
    Match,
    Mismatch,
    Sheet,
    Unrecognised,
)
from pipeline.interpret.rows import set_aside
from schemas.columns import matches
from schemas.layout import Layout
from schemas.words import Kind

_NAMED = 2  # layouts that came nearest, in a message


@dataclass(frozen=True)
class SheetReading:
    """How a sheet is read: the layout on it, what each row is, and what each column is for."""

    match: Match
    reasons: pd.Series[str]  # why each row is set aside; "" where it carries a candidate
    columns: tuple[roles.Column, ...]
    filled_down: tuple[int, ...] = ()  # rows whose id stands merged in a row above, from 0
    left_out: tuple[tuple[int, str], ...] = ()  # columns, with headings, that a person left out
    asks: Unrecognised | None = None  # what a person may say of it, though it is used
    shape: str = ""  # of the sheet, by which a person confirms how it is read

    @property
    def candidates(self) -> pd.Series[bool]:
        """Which rows carry a candidate."""
        return self.reasons == ""


def recognise(
    sheet: Sheet, layouts: Sequence[Layout], confirmed: Mapping[str, Confirmation] | None = None
) -> SheetReading | Unrecognised:
    """The one layout that fits; where several do, the one for which most headings speak.

    ``confirmed`` is what a person has said of sheets, by their shape.
    """
    fitting = _best(sheet, layouts)
    if isinstance(fitting, Unrecognised):
        return fitting
    shape = shape_of(*fitting)
    said = (confirmed or {}).get(shape, Confirmation())
    left_out = _left_out(fitting[0], said)
    if left_out:
        fitting = _best(sheet.without(said.left_out), layouts)
        if isinstance(fitting, Unrecognised):
            return fitting
    read = _fit_equally(fitting) if len(fitting) > 1 else _read_by(fitting[0], said)
    if isinstance(read, Unrecognised):
        return replace(read, shape=shape if read.choices else "")
    return replace(read, shape=shape, left_out=left_out)


def _best(sheet: Sheet, layouts: Sequence[Layout]) -> list[Match] | Unrecognised:
    """The layouts that fit and for which most speaks: one, as a rule."""
    heads = headings(sheet)
    tried = [match_layout(layout, sheet, heads) for layout in layouts]
    fitting = [one for one in tried if isinstance(one, Match)]
    if not fitting:
        return _nearest([one for one in tried if isinstance(one, Mismatch)], heads)
    best = max(match.score for match in fitting)
    return [match for match in fitting if match.score == best]


def _left_out(match: Match, said: Confirmation) -> tuple[tuple[int, str], ...]:
    """The columns that are left out because a person said so, and their headings."""
    over = roles.heading_texts(match)
    names = match.sheet.names[: len(over)]
    return tuple((at, over[at]) for at, name in enumerate(names) if name in said.left_out)


def _fit_equally(fitting: Sequence[Match]) -> Unrecognised:
    """Two layouts that fit: marks and answers may stand side by side."""
    match, values = fitting[0], {at for one in fitting for at in (*one.value, *one.questions)}
    choices = []
    for one in fitting:
        others = [at for at in sorted(values) if _holds_other_kind(one, at)]
        left_out = tuple(one.sheet.names[at] for at in others)
        if left_out:
            kind = "answers" if one.layout.kind is Kind.RESPONSES else "marks"
            choices.append(Choice(f"{kind}, without {', '.join(left_out)}", left_out=left_out))
    names = " and ".join(one.layout.name for one in fitting)
    return Unrecognised(
        "layout-ambiguous",
        f"{names} fit it equally well",
        row=match.heading.stop if len(match.heading) else None,
        column=match.sheet.names[min(values)] if values else None,
        choices=tuple(choices),
    )


def _holds_other_kind(match: Match, at: int) -> bool:
    """Whether a column holds letters in a sheet of marks, or numbers in one of answers."""
    below = match.sheet.cells[at].iloc[match.body :]
    filled = below[below != ""]
    numbers = matches(filled, r"[0-9]+(?:[.,][0-9]+)?").mean() if len(filled) else _HALF
    return bool(numbers > _HALF if match.layout.kind is Kind.RESPONSES else numbers < _HALF)


_HALF = 0.5


def _read_by(match: Match, said: Confirmation) -> SheetReading | Unrecognised:
    if match.layout.refused is not None:
        return Unrecognised("layout-refused", match.layout.refused, layout=match.layout.title)
    if said.reading == AS_ANSWERS:
        as_answers = {"kind": Kind.RESPONSES, "answers": "options"}
        match = replace(match, layout=match.layout.model_copy(update=as_answers))
    if said.reading == AS_NAMED:
        match = replace(match, questions={at: match.sections[at] for at in match.questions})
    match, filled = _filled_down(match)
    reasons = set_aside(match)
    columns = tuple(roles.columns(match, reasons == ""))
    reading = SheetReading(match, reasons, columns, filled, asks=find_choice(match, reasons))
    found = find_ambiguity(match, columns, reasons)
    doubt = None if said.reading else find_doubt(match, reasons)
    return found or doubt or reading


def _filled_down(match: Match) -> tuple[Match, tuple[int, ...]]:
    """With ids that stand merged over several rows in each of them, and which rows these are."""
    says = (match.keycode, match.candidate, match.test, match.centre, match.version)
    columns = [at for at in says if at is not None]
    if match.id is None or not match.sheet.table.merged:
        return match, ()
    sheet = match.sheet.filled_down(columns, match.body)
    changed = (sheet.cells[match.id] != match.sheet.cells[match.id]).to_numpy()
    rows = tuple(sheet.cells.index[changed].tolist())
    return replace(match, sheet=sheet), rows


def _nearest(missed: Sequence[Mismatch], heads: Sequence[Heading]) -> Unrecognised:
    """How near each came: most often one column is missing or misnamed."""
    near = [one for one in missed if one.found and _speaks(one)]
    if not near:
        return Unrecognised(
            "layout-unknown", f"No heading row was found in the first {HEADING_WITHIN} rows."
        )
    row_of_most = max(near, key=lambda one: one.found).row
    wide = any(_looks_numbered(head.texts) for head in heads if head.rows.start == row_of_most)

    def rank(one: Mismatch) -> tuple[int, int, int, bool, str]:
        first = one.layout.shape == ("wide" if wide else "long")
        ours = one.layout.standing == "ours"
        of_answers = one.layout.kind is Kind.RESPONSES
        return (-one.found, -ours, -first, of_answers, one.layout.name)

    ordered = sorted(near, key=rank)
    # A sheet with a column for each question lacks no column of question numbers.
    fitting = [one for one in ordered if not wide or one.layout.shape == "wide"] or ordered
    nearest = "; ".join(f"{one.layout.name} (lacks {one.lacks})" for one in fitting[:_NAMED])
    row = None if fitting[0].row is None else fitting[0].row + 1
    return Unrecognised("layout-unknown", f"It comes nearest to: {nearest}.", row=row)


def _speaks(one: Mismatch) -> bool:
    """Whether more than one word of a program's heading is there: one may be chance."""
    return len(one.layout.signs.headings) < 2 or one.found > 1


def _looks_numbered(texts: Sequence[str]) -> bool:
    numbered = [text for text in texts if re.search(r"[^0-9]?[0-9]", text) and len(text) < 30]
    return len(numbered) > 1
