"""Recognise the layout of a sheet: the one that fits, or what each lacks."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.interpret.ambiguity import doubt
from pipeline.interpret.headings import HEADING_WITHIN, headings
from pipeline.interpret.match import fit
from pipeline.interpret.match_result import Missed, Recognised, Sheet, Unrecognised
from schemas.layout import Layout

_NAMED = 3  # layouts that came nearest, in a message


def recognise(sheet: Sheet, layouts: Sequence[Layout]) -> Recognised | Unrecognised:
    """The one layout that fits; where several do, the one for which most headings speak."""
    heads = headings(sheet)
    tried = [fit(layout, sheet, heads) for layout in layouts]
    fits = [one for one in tried if isinstance(one, Recognised)]
    if not fits:
        return _nearest([one for one in tried if isinstance(one, Missed)])
    best = max(one.score for one in fits)
    fits = [one for one in fits if one.score == best]
    if len(fits) > 1:
        names = " and ".join(one.layout.name for one in fits)
        return Unrecognised("layout-ambiguous", f"{names} fit it equally well")
    one = fits[0]
    if one.layout.refused is not None:
        return Unrecognised("layout-refused", one.layout.refused, layout=one.layout.title)
    return doubt(one) or one


def _nearest(missed: Sequence[Missed]) -> Unrecognised:
    """How near each came: most often one column is missing or misnamed."""
    near = sorted((one for one in missed if one.found), key=lambda one: -one.found)[:_NAMED]
    if not near:
        return Unrecognised(
            "layout-unknown", f"No heading row was found in the first {HEADING_WITHIN} rows."
        )
    told = "; ".join(f"{one.layout.name} (lacks {one.lacks})" for one in near)
    row = None if near[0].row is None else near[0].row + 1
    return Unrecognised("layout-unknown", f"It comes nearest to: {told}.", row=row)
