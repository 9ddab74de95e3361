"""Fit a layout to a file without headings: everything by where it stands."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.interpret.headings import HEADING_WITHIN
from pipeline.interpret.match_result import Match, Mismatch, Sheet
from pipeline.interpret.refine import by_cells, with_keycodes
from pipeline.interpret.text import tidy
from pipeline.source import CellTexts
from schemas.columns import map_distinct, matches
from schemas.layout import Layout, fold

_NEARLY_ALL = 0.8  # of the ids look as a layout says
_LONGEST = 20_000  # characters of a line


def by_position(layout: Layout, sheet: Sheet) -> Match | Mismatch:
    """A file without headings: everything by where it stands."""
    where, match = layout.positions, _placed(layout, sheet)
    assert where is not None  # noqa: S101  # what the shape means
    if match is None:
        return Mismatch(layout, "ids and answers where they should stand")
    ids, blank = match.ids(), match.sheet.blank
    named = ids[~map_distinct(ids, fold).isin(["", *layout.rows.key])]
    right = matches(named, f"(?i:{where.id_looks})")
    first = int(np.argmax(right)) if len(right) else 0
    begins = named.index.to_numpy()[first] if len(right) else HEADING_WITHIN
    if not match.questions or begins >= HEADING_WITHIN or right[first:].mean() < _NEARLY_ALL:
        return Mismatch(layout, "an id where it should stand")
    spare = [at - 1 for at in where.blank if where.of == "columns"]
    if not blank[begins:, spare].all():
        return Mismatch(layout, "the columns that are always empty", 1)
    title = named.index.to_numpy()[first - 1] + 1 if first else 0
    match = replace(match, heading=range(title))
    astray = _astray(match) if where.of == "columns" else ""
    if astray:
        return Mismatch(layout, f"question {astray} where it should stand", 1)
    return by_cells(with_keycodes(match))


def _placed(layout: Layout, sheet: Sheet) -> Match | None:
    """What stands where the layout says; nothing where the lines are too short."""
    where = layout.positions
    assert where is not None  # noqa: S101
    cut = _cut(layout, sheet) if where.of == "characters" else sheet
    first = where.answers - 1
    if cut is None or (where.of == "columns" and cut.texts.shape[1] <= first):
        return None
    if where.of == "columns":
        id_, version, answers = where.id[0] - 1, where.version and where.version[0] - 1, first
    else:
        id_, version, answers = 0, 1 if where.version else None, 2 if where.version else 1
    filled = cut.filled_columns()
    last = cut.texts.shape[1] if where.count is None else answers + where.count
    questions = list(range(answers, min(last, cut.texts.shape[1])))
    while where.count is None and questions and not filled[questions[-1]]:
        questions.pop()
    return Match(
        layout=layout,
        sheet=cut,
        heading=range(0),
        candidate=id_,
        version=version,
        questions={at: str(number) for number, at in enumerate(questions, start=1)},
        score=1,
    )


def _astray(match: Match) -> str:
    """The first question over which a title names something else; "" where none does."""
    for row in match.heading:
        for at, number in match.questions.items():
            title = str(match.sheet.cells.iat[row, at])
            if title and not re.fullmatch(rf"\D*0*{number}", title):
                return number
    return ""


def _cut(layout: Layout, sheet: Sheet) -> Sheet | None:
    """The lines of a text file, cut by characters: id, version, then an answer each."""
    where, head = layout.positions, sheet.table.lines(HEADING_WITHIN)
    assert where is not None  # noqa: S101
    if head is None or not len(head):
        return None
    begin, width = where.id
    ids = map_distinct(head.str.slice(begin - 1, begin - 1 + width), tidy)
    # Most files are cut in vain: the ids at the top tell, before the answers are cut.
    if not matches(ids, f"(?i:{where.id_looks})").any():
        return None
    lines = sheet.table.lines()
    assert lines is not None  # noqa: S101  # as there is a head
    longest = int(lines.str.len().max())
    if not where.answers <= longest <= _LONGEST:
        return None
    starts = range(where.answers, longest + 1, where.width)
    spans = [where.id, *([where.version] if where.version else [])]
    spans += [(start, where.width) for start in starts]
    raw = pd.DataFrame(
        {
            at: lines.str.slice(begin - 1, begin - 1 + width)
            for at, (begin, width) in enumerate(spans)
        },
        dtype=object,
    )
    for at in range(len(spans) - len(starts)):  # an id that fills its place is no other id
        raw[at] = raw[at].str.strip(" ")
    written = CellTexts.of(raw.to_numpy().tolist(), raw.shape[1])
    return Sheet(
        sheet.table,
        written,
        written.changed(tidy),
        [f"character {begin} of line " for begin, _ in spans],
    )
