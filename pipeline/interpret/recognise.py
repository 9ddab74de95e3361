"""Recognise the layout of a sheet: the one that fits, or what each lacks."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.interpret.ambiguity import find_ambiguity
from pipeline.interpret.headings import HEADING_WITHIN, headings
from pipeline.interpret.match import match_layout
from pipeline.interpret.match_result import Match, Mismatch, Sheet, Unrecognised
from schemas.layout import Layout

_NAMED = 3  # layouts that came nearest, in a message


def recognise(sheet: Sheet, layouts: Sequence[Layout]) -> Match | Unrecognised:
    """The one layout that fits; where several do, the one for which most headings speak."""
    heads = headings(sheet)
    tried = [match_layout(layout, sheet, heads) for layout in layouts]
    matches = [one for one in tried if isinstance(one, Match)]
    if not matches:
        return _nearest([one for one in tried if isinstance(one, Mismatch)])
    best = max(one.score for one in matches)
    matches = [one for one in matches if one.score == best]
    if len(matches) > 1:
        names = " and ".join(one.layout.name for one in matches)
        return Unrecognised("layout-ambiguous", f"{names} fit it equally well")
    one = matches[0]
    if one.layout.refused is not None:
        return Unrecognised("layout-refused", one.layout.refused, layout=one.layout.title)
    return find_ambiguity(one) or one


def _nearest(missed: Sequence[Mismatch]) -> Unrecognised:
    """How near each came: most often one column is missing or misnamed."""
    near = sorted((one for one in missed if one.found), key=lambda one: -one.found)[:_NAMED]
    if not near:
        return Unrecognised(
            "layout-unknown", f"No heading row was found in the first {HEADING_WITHIN} rows."
        )
    nearest = "; ".join(f"{one.layout.name} (lacks {one.lacks})" for one in near)
    row = None if near[0].row is None else near[0].row + 1
    return Unrecognised("layout-unknown", f"It comes nearest to: {nearest}.", row=row)
