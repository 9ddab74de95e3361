"""Group sessions by test form, each with the headings of its mark sheet."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pipeline.errors import InputError
from pipeline.interpret import ReadingOptions, interpret
from pipeline.model import SourceFile, Table
from pipeline.surpass import Session
from pipeline.with_noun import with_noun
from schemas.layout import Layout

_MAX_SHEET_NAME_CHARS = 31  # characters in the name of a sheet
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_TAKEN = ("history", "instructions")  # the first is Excel's own
_KEYCODE = "AAAAAAAA"


@dataclass(frozen=True)
class Form:
    """One mark sheet: sessions that have the same questions, and who they are for."""

    sheet: str  # a name that Excel takes, another for each
    title: str
    maxima: Mapping[str, float | None]  # by heading, such as Q1; None where Surpass is silent
    sessions: tuple[Session, ...]


def group_into_forms(
    sessions: Sequence[Session], layouts: Sequence[Layout], questions: int | None = None
) -> list[Form]:
    """The sessions by test form, in the order of centre and candidate.

    ``layouts`` are those by which the sheet will be read. Where Surpass does not tell a session's
    questions, it has so many, numbered from 1. InputError where that is not given either, or a
    question cannot stand above a column.
    """
    groups: dict[tuple[str, tuple[tuple[str, float | None], ...]], list[Session]]
    groups = defaultdict(list)
    for session in sorted(sessions, key=_order):
        groups[_form(session), tuple(_maxima(session, questions).items())].append(session)
    names = _sheet_names([form for form, _ in groups])
    return [
        Form(name, _title(form, group), _headed(form, dict(maxima), layouts), tuple(group))
        for name, ((form, maxima), group) in zip(names, groups.items(), strict=True)
    ]


def _order(session: Session) -> tuple[str, ...]:
    linked = (session.centre, session.candidate)
    centre, candidate = ((link and link.reference) or "" for link in linked)
    return (_form(session), centre, candidate, session.keycode or "")


def _form(session: Session) -> str:
    for link in (session.test_form, session.test):
        if link is not None and (name := link.reference or link.name):
            return name
    return "Marks"


def _maxima(session: Session, questions: int | None) -> dict[str, float | None]:
    if session.items:
        return {number: item.available_marks for number, item in session.items.items()}
    if questions is None:
        raise InputError(
            f"Surpass does not tell the questions of {_form(session)}: say how many it has with "
            "--questions N. Where papers differ, take one at a time with --test."
        )
    return dict.fromkeys(map(str, range(1, questions + 1)))


def _title(form: str, sessions: Sequence[Session]) -> str:
    centres = {
        session.centre.reference
        for session in sessions
        if session.centre and session.centre.reference
    }
    where = f", centre {centres.pop()}" if len(centres) == 1 else ""
    return f"{form}{where}: {with_noun(len(sessions), 'session')}"


def _headed(
    form: str, maxima: Mapping[str, float | None], layouts: Sequence[Layout]
) -> dict[str, float | None]:
    """The maxima by headings that our own reader takes for these very questions."""
    if not _reads_as(list(maxima), layouts):
        alone = (number for number in maxima if not _reads_as([number], layouts))
        raise InputError(
            f"{form} has a question '{next(alone, '')}' in Surpass, which cannot be a column of a "
            "mark sheet. Write its marks in a sheet with the columns Keycode, Question, Mark."
        )
    return {_heading(number): maximum for number, maximum in maxima.items()}


def _heading(number: str) -> str:
    return f"Q{number}"


def _reads_as(numbers: Sequence[str], layouts: Sequence[Layout]) -> bool:
    """Whether the reader, given a sheet with these questions, finds just them."""
    rows = [["Keycode", *map(_heading, numbers)], [_KEYCODE, *("1" for _ in numbers)]]
    source = SourceFile(Path("template"), "template", sha256="")
    tables = [Table.of("", rows)]
    read = interpret(source, lambda _: (tables, ()), layouts, ReadingOptions())
    return read.entries["question"].tolist() == list(numbers)


def _sheet_names(names: Sequence[str]) -> list[str]:
    """Names that Excel takes for sheets: short, without some characters, no two alike."""
    names_given: list[str] = []
    names_taken = set(_TAKEN)
    for name in names:
        plain = _FORBIDDEN.sub("-", name).strip("' ") or "Marks"
        numbered = (f" ({number})" for number in count(2))
        tail = ""
        while (
            short := plain[: _MAX_SHEET_NAME_CHARS - len(tail)].rstrip("' ") + tail
        ).casefold() in names_taken:
            tail = next(numbered)
        names_taken.add(short.casefold())
        names_given.append(short)
    return names_given
