"""Fit one layout to one sheet: find the columns that it speaks of, or say what it lacks."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache

from pipeline.interpret import refine
from pipeline.interpret.headings import Heading, counted_through
from pipeline.interpret.match_result import Match, Mismatch, Sheet
from pipeline.interpret.positions import by_position
from pipeline.model import Table
from schemas.columns import matches
from schemas.headings import VERSION_CELL, is_total, may_head_versions
from schemas.layout import Heading as Name
from schemas.layout import Layout, is_pattern

_ROW_SPEAKS = 3  # for a long sheet: its question and mark columns
_NUMBER = re.compile(r"[0-9]+(?:[.][0-9]+)?")
_EXAMPLES = 2  # of the headings that a column may have, in a message


def match_layout(layout: Layout, sheet: Sheet, heads: Sequence[Heading]) -> Match | Mismatch:
    """The layout on the sheet, by the first heading that has all that it needs."""
    if layout.shape == "positions" and layout.refused is None:
        return by_position(layout, sheet)
    best: Mismatch = Mismatch(layout, "a heading row")
    matches: list[Match] = []
    for head in heads:
        attempt = _by_heading(layout, sheet, head)
        if isinstance(attempt, Match):
            matches.append(attempt)
            if layout.signs.headings:
                break  # parts below questions are an office's own way, no program's
        elif attempt.found > best.found:
            best = replace(attempt, row=head.rows.start)
    return _chosen(matches) if matches else best


def _chosen(matches: Sequence[Match]) -> Match:
    """The first heading counts, unless the row below it divides its questions into parts."""
    first = matches[0]
    below_sections = (one for one in matches if one.sections and len(one.heading) > 1)
    if over := next((one for one in below_sections if first.heading.start in one.heading), None):
        return over
    pairs = (match for match in matches if len(match.heading) > len(first.heading))
    return next(
        (
            match
            for match in pairs
            if match.heading.start == first.heading.start
            and len(match.questions) > len(first.questions)
        ),
        first,
    )


def _by_heading(layout: Layout, sheet: Sheet, head: Heading) -> Match | Mismatch:
    signs = layout.signs
    there = [name for name in signs.headings if head.one_of([name]) is not None]
    lacking = [name for name in signs.headings if name not in there]
    if lacking:
        return Mismatch(layout, _column_headed(lacking[0]), len(there))
    against = next((name for name in signs.not_headings if head.one_of([name]) is not None), None)
    if against is not None:
        return Mismatch(layout, f"a sheet without {_column_headed(against)}", len(there))
    columns = _columns(layout, head, sheet)
    if columns.digits and columns.keycode is None:
        known = {at for at in (columns.candidate,) if at is not None}
        by_producer = tuple({*columns.by_producer, *known})
        columns = replace(columns, candidate=len(head.texts), by_producer=by_producer)
        sheet = sheet.with_joined(columns.digits)
    if layout.refused is not None:
        return Match(layout, sheet, head.rows, score=len(there) + 1)
    wide, named = layout.shape == "wide", len(there) + (columns.id is not None)
    if wide and not columns.questions:
        return Mismatch(layout, "columns of questions, headed Q1, Q2 or the like", named)
    if not wide and (columns.question is None or not columns.value):
        where = layout.questions
        wanted = where.column if columns.question is None else where.value
        both = named + (columns.question is not None) + bool(columns.value)
        return Mismatch(layout, _column_headed(*wanted[:_EXAMPLES]), both)
    found = len(there) + (_questions_speak(columns, head) if wide else _ROW_SPEAKS)
    match = replace(columns, sheet=sheet, score=found)
    if columns.id is None and layout.id.file_name is None:
        wanted = (*layout.id.keycode[:1], *layout.id.candidate[:1])
        return Mismatch(layout, _column_headed(*wanted or ("keycode",)), found)
    match = refine.to_what_counts(match, head)
    if wide and not match.questions:
        return Mismatch(layout, "questions that hold anything", found)
    return refine.by_cells(match)


def _questions_speak(columns: Match, head: Heading) -> int:
    """How much the questions speak for it: bare numbers without an id may be a candidate's row."""
    bare = all(_NUMBER.fullmatch(head.texts[at]) for at in columns.questions)
    return 1 if bare and columns.id is None else 2


@cache
def _column_headed(*names: Name) -> str:
    """The headings as people read them; a regular expression by its first plain alternative."""
    shown = [text for text in map(_plain, names) if text]
    if not shown:
        return "a column that this program writes"
    some = len(names) > 1 or any(map(is_pattern, names))
    return f"a column headed {', '.join(shown)}{' or the like' if some else ''}"


def _plain(name: Name) -> str:
    """A heading in quotation marks; "" for a regular expression without a plain beginning."""
    if not is_pattern(name):
        return f"'{name}'"
    first = re.sub(r"\[[^\]]*\][?*+]?", " ", name[1:-1].split("|")[0].lstrip("(?:"))
    plain = " ".join(first.split())
    return f"'{plain}'" if re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+)*", plain) else ""


def _columns(layout: Layout, head: Heading, sheet: Sheet) -> Match:
    ids, where = layout.id, layout.questions
    questions = head.questions(layout) if layout.shape == "wide" else {}
    sections = _sections(layout, head, questions)
    questions = counted_through(sections) if sections else questions
    digits = head.digits(layout)
    for at in (*digits, *head.marked_by_digits(layout)):
        questions.pop(at, None)
    keycode, candidate = head.one_of(ids.keycode), head.one_of(ids.candidate)
    if keycode is None:
        keycode = refine.session_column(layout, head, sheet, candidate)
    value = _values(layout, head)
    question = head.one_of(where.column) if layout.shape == "long" else None
    others = [head.one_of(names) for names in (ids.test, ids.centre, ids.version, where.total)]
    test, centre, version, total = (None if at in questions else at for at in others)
    if ids.version and (version is None or head.folded[version] in _AMBIGUOUS):
        used = {*questions, keycode, candidate, test, centre, total}
        version = _version(head, sheet, used)
    if keycode is None and candidate is None and questions:
        candidate = _between(layout, head, min(questions), {test, centre, version})
    if total is None and where.total:
        total = _total(head, questions)
    absent_in = tuple(at for name in layout.words.absent_in for at in head.all_of(name))
    by_producer = {at for name in where.ignored for at in head.all_of(name)}
    return Match(
        layout=layout,
        sheet=_NOTHING,
        heading=head.rows,
        keycode=keycode,
        candidate=candidate,
        questions={
            at: number for at, number in questions.items() if at not in {keycode, candidate}
        },
        question=question,
        value=value,
        test=test,
        centre=centre,
        version=version,
        total=total,
        absent_in=absent_in,
        digits=digits,
        by_producer=tuple(sorted(by_producer)),
        sections=sections,
    )


def _sections(layout: Layout, head: Heading, questions: Collection[int]) -> dict[int, str]:
    """The questions of sections: where no others are there, and A1 is no Answer 1."""
    found = head.sections(layout)
    one_section = len({name[0] for name in found.values()}) == 1
    alone = not questions if one_section else set(questions) <= found.keys()
    return found if alone else {}


_NOTHING = Sheet.of(Table.of("", []))


_AMBIGUOUS = ("form", "set", "colour", "color")  # a class, a teaching set
_MAX_VERSIONS = 8


def _version(head: Heading, sheet: Sheet, used: Collection[int | None]) -> int | None:
    """The column whose heading and cells both look like the version of the paper."""
    for at, text in enumerate(head.texts):
        if at in used or not may_head_versions(text, of_answers=False):
            continue
        below = sheet.cells[at].iloc[head.rows.stop :]
        filled = below[below != ""]
        few = filled.nunique() <= _MAX_VERSIONS
        if len(filled) and few and matches(filled, VERSION_CELL).all():
            return at
    return None


def _total(head: Heading, questions: Collection[int]) -> int | None:
    """The one column that says in other words than the layout's that it is the row's total."""
    found = [at for at, text in enumerate(head.texts) if is_total(text) and at not in questions]
    return found[0] if len(found) == 1 else None


def _values(layout: Layout, head: Heading) -> tuple[int, ...]:
    if layout.shape != "long":
        return ()
    present = [at for name in layout.questions.value for at in head.all_of(name)[:1]]
    return tuple(present if layout.questions.overriding else present[:1])


def _between(
    layout: Layout, head: Heading, first_question: int, others: set[int | None]
) -> int | None:
    """The one column between a heading and the first question, where the layout allows it."""
    after = [] if layout.id.after is None else head.all_of(layout.id.after)
    after = [at for at in after if at < first_question]
    if not after:
        return None
    between = [at for at in range(after[-1] + 1, first_question) if at not in others]
    if not between:
        return head.one_of(layout.id.otherwise)
    return between[0] if len(between) == 1 else None
