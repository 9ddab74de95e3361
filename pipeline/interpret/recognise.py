"""Recognise the layout of a sheet: the one that fits, or what each lacks."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from pipeline.interpret import roles
from pipeline.interpret.ambiguity import find_ambiguity, find_doubt
from pipeline.interpret.confirmed import shape_of
from pipeline.interpret.headings import HEADING_WITHIN, Heading, headings
from pipeline.interpret.match import match_layout
from pipeline.interpret.match_result import Match, Mismatch, Sheet, Unrecognised
from pipeline.interpret.rows import set_aside
from schemas.layout import Layout

_NAMED = 2  # layouts that came nearest, in a message


@dataclass(frozen=True)
class SheetReading:
    """How a sheet is read: the layout on it, what each row is, and what each column is for."""

    match: Match
    reasons: pd.Series[str]  # why each row is set aside; "" where it carries a candidate
    columns: tuple[roles.Column, ...]
    filled_down: tuple[int, ...] = ()  # rows whose id stands merged in a row above, from 0

    @property
    def candidates(self) -> pd.Series[bool]:
        """Which rows carry a candidate."""
        return self.reasons == ""


def recognise(
    sheet: Sheet, layouts: Sequence[Layout], confirmed: Collection[str] = ()
) -> SheetReading | Unrecognised:
    """The one layout that fits; where several do, the one for which most headings speak.

    ``confirmed`` are the shapes of sheets whose reading a person has confirmed.
    """
    heads = headings(sheet)
    tried = [match_layout(layout, sheet, heads) for layout in layouts]
    matches = [one for one in tried if isinstance(one, Match)]
    if not matches:
        return _nearest([one for one in tried if isinstance(one, Mismatch)], heads)
    best = max(match.score for match in matches)
    matches = [match for match in matches if match.score == best]
    if len(matches) > 1:
        names = " and ".join(match.layout.name for match in matches)
        return Unrecognised("layout-ambiguous", f"{names} fit it equally well")
    (match,) = matches
    if match.layout.refused is not None:
        return Unrecognised("layout-refused", match.layout.refused, layout=match.layout.title)
    return _read_by(match, confirmed)


def _read_by(match: Match, confirmed: Collection[str]) -> SheetReading | Unrecognised:
    match, filled = _filled_down(match)
    reasons = set_aside(match)
    columns = tuple(roles.columns(match, reasons == ""))
    reading = SheetReading(match, reasons, columns, filled)
    found = find_ambiguity(match, columns, reasons)
    if found is not None:
        return found
    shape = shape_of(match)
    doubt = None if shape in confirmed else find_doubt(match, reasons)
    return replace(doubt, shape=shape) if doubt is not None else reading


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
    wide = any(_looks_numbered(head.texts) for head in heads)

    def rank(one: Mismatch) -> tuple[int, int, int, str]:
        first = one.layout.shape == ("wide" if wide else "long")
        ours = one.layout.standing == "ours"
        return (-one.found, -ours, -first, one.layout.name)

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
