"""Whether a session is the one that its rows speak of: candidate, test and centre must agree.

A keycode column that was sorted without the others gives every mark to somebody else, and each
mark would be within its maximum. So what a row says of itself is held against what Surpass says of
the session; one row that disagrees is held, and all rows that disagree are held, and the session of
whom they speak too: some of its marks may stand there. Only where Surpass knows none of a column's
references is it taken for something else, such as names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.concurrently import concurrently
from pipeline.errors import SurpassError
from pipeline.findings import concat_findings, make_findings
from pipeline.model import Interpreted, cell_of
from pipeline.surpass import Reference, Session, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.frames import BESIDE, DataFrame, Finding, NumberedEntry, at_id
from schemas.layout import fold

_ASKED = 20  # references of a column of which it is asked whether Surpass knows any
_COLUMN = ["file", "sheet", "place"]  # by which a column of references is known

Sessions = Mapping[int, Session]  # by submission


@dataclass(frozen=True)
class References:
    """The references that rows give beside the keycode."""

    rows: DataFrame[NumberedEntry]  # see _rows_with_references
    elsewhere: frozenset[str]  # those of candidates without a session here


async def references_in(
    entries: DataFrame[NumberedEntry], sessions: Sessions, surpass: Surpass, breaker: CircuitBreaker
) -> References:
    """The references that rows give, and which of them are those of candidates elsewhere.

    Surpass is asked only of columns in which no reference is known yet, and of the first few.
    """
    rows = await asyncio.to_thread(_rows_with_references, sessions, entries)
    if rows.empty:
        return References(rows, frozenset())
    known = {_plain(text) for text in rows["other"]}
    strange = rows[~_in_known_columns(rows, known)]
    first = strange[strange.groupby(_COLUMN).cumcount() < _ASKED]

    async def ask(candidate: str) -> str:
        try:
            async with breaker.slot():
                async for session in surpass.sessions({"candidate/reference": candidate}):
                    reference = session.candidate.reference if session.candidate else None
                    if _plain(reference or "") == _plain(candidate):
                        return _plain(candidate)
        except SurpassError:
            pass  # nothing is known of it then: the column is said to be unconfirmed
        return ""

    replies = await concurrently(map(ask, first["candidate"].drop_duplicates()))
    return References(rows, frozenset(reply for reply in replies if reply))


def disagreements(
    sessions: Sessions, entries: DataFrame[NumberedEntry], references: References
) -> DataFrame[Finding]:
    """Rows that speak of another candidate, test or centre than Surpass does of their session."""
    return concat_findings(
        [
            *_of_candidates(entries, references),
            *_of_places(sessions, entries, "centre", _of_centre, _centre),
            *_of_places(sessions, entries, "test", _of_test, _test),
        ]
    )


def in_unused_sheets(
    sessions: Sessions, sources: Sequence[Interpreted], firsts: DataFrame[NumberedEntry]
) -> DataFrame[Finding]:
    """Sessions of whose candidate a part may stand where nothing could be used.

    There the reference stands, here the keycode, and Surpass alone knows both. ``firsts`` has the
    first entry of each session.
    """
    unused = pd.concat([source.unused for source in sources], ignore_index=True)
    if unused.empty:
        return concat_findings([])
    unused = unused.assign(whose=unused["keycode"].map(_plain)).drop_duplicates("whose")
    theirs = firsts["submission"].map(_references(sessions))
    firsts = firsts.assign(whose=theirs, plain=theirs.map(_plain, na_action="ignore"))
    there = firsts[firsts["plain"].isin(unused["whose"])]
    places = unused.set_index("whose").loc[there["plain"]]
    other = [cell_of(place) for place in places.to_dict("records")]
    return make_findings("session-elsewhere", there, other=other)


def _of_candidates(
    entries: DataFrame[NumberedEntry], references: References
) -> list[DataFrame[Finding]]:
    rows = references.rows[references.rows["submission"].isin(entries["submission"])]
    if rows.empty:
        return []
    named = {_plain(text) for text in rows["other"]}
    known = _in_known_columns(rows, named | references.elsewhere)
    differ = rows["candidate"].map(_plain) != rows["other"].map(_plain)
    held = rows[differ & known]
    of_sheet = known.groupby([rows["file"], rows["sheet"]]).transform("any").astype(bool)
    unconfirmed = rows[~of_sheet].drop_duplicates(["file", "sheet"])
    return [
        make_findings("candidate-differs", held.drop_duplicates("submission")),
        _marks_elsewhere(rows, held),
        make_findings(
            "candidate-unconfirmed",
            unconfirmed.assign(text=unconfirmed["candidate"], submission=None, keycode=None),
        ),
    ]


def _marks_elsewhere(
    rows: DataFrame[NumberedEntry], held: DataFrame[NumberedEntry]
) -> DataFrame[Finding]:
    """Sessions that agree with their own rows, but of whose candidate other rows give marks.

    These stand beside another keycode: they may be missing here.
    """
    cells = {_plain(row["candidate"]): cell_of(row) for row in reversed(held.to_dict("records"))}
    whose = rows["other"].map(_plain)
    named = rows[whose.isin([*cells]) & ~rows["submission"].isin(held["submission"])]
    named = named.drop_duplicates("submission")
    other = [cells[_plain(text)] for text in named["other"]]
    return make_findings("candidate-elsewhere", named.assign(candidate=named["other"]), other=other)


def _rows_with_references(
    sessions: Sessions, entries: DataFrame[NumberedEntry]
) -> DataFrame[NumberedEntry]:
    """Each reference that a row gives beside the keycode, and whom Surpass names: ``other``.

    ``place`` tells the columns of a sheet apart.
    """
    theirs = _references(sessions)
    named = ((entries["candidate"] != "") | (entries["other_reference"] != "")).to_numpy()
    rows = entries[named & entries["submission"].isin(theirs).to_numpy()]
    rows = at_id(rows.drop_duplicates(["file", "sheet", "row"]))
    if rows.empty:  # as of most files, which have keycodes alone
        return rows
    references = [
        [first, *others.split(BESIDE)]
        for first, others in zip(rows["candidate"], rows["other_reference"], strict=True)
    ]
    rows = rows.assign(
        # By the keycode alone: who was found by the reference agrees with it.
        other=[theirs[number] for number in rows["submission"]],
        candidate=pd.Series(references, rows.index, dtype=object),
        place=pd.Series([range(len(texts)) for texts in references], rows.index, dtype=object),
    ).explode(["candidate", "place"], ignore_index=True)
    # What was taken for a keycode, and may have been a reference, says nothing besides.
    return rows[(rows["candidate"] != "") & (rows["candidate"] != rows["keycode"])]


def _references(sessions: Sessions) -> dict[int, str]:
    """The references of the candidates whom Surpass names."""
    return {
        number: session.candidate.reference
        for number, session in sessions.items()
        if session.candidate is not None and session.candidate.reference
    }


def _in_known_columns(rows: DataFrame[NumberedEntry], known: Collection[str]) -> pd.Series[bool]:
    """Which references are of a column in which Surpass knows any."""
    is_known = rows["candidate"].map(_plain).isin([*known]).astype(bool)
    columns: pd.Series[bool] = is_known.groupby([rows[name] for name in _COLUMN]).transform("any")
    return columns.astype(bool)


def _plain(text: str) -> str:
    """A reference to compare: without case, and without zeros that Excel drops."""
    return str(text).casefold().lstrip("0")


def _of_places(
    sessions: Sessions,
    entries: DataFrame[NumberedEntry],
    what: str,
    names: Callable[[Session], set[str]],
    name: Callable[[Session], str],
) -> list[DataFrame[Finding]]:
    """Rows that name another centre or test, as far as it is certain that they name one.

    A column of that heading may hold anything. Where one of its rows agrees, or names another
    session's, or has a reference of the form that Surpass's have, it is what it says; else it is
    said that nothing in it could be confirmed.
    """
    telling = {number: session for number, session in sessions.items() if names(session)}
    rows = entries[entries["submission"].isin(telling) & (entries[what] != "")]
    if rows.empty:  # as of most files, which have no such column
        return []
    rows = at_id(rows.drop_duplicates(["file", "sheet", "row"]))
    everywhere = {text for session in telling.values() for text in names(session)}
    agree, known = [], []
    for number, text in zip(rows["submission"], rows[what], strict=True):
        session, folded = telling[number], fold(str(text))
        agree.append(folded in names(session))
        known.append(folded in everywhere or _form(folded) == _form(fold(name(session))))
    of_sheet = pd.Series(known, rows.index, dtype=bool).groupby([rows["file"], rows["sheet"]])
    certain = of_sheet.transform("any").astype(bool)
    held = rows[certain & ~np.array(agree, dtype=bool)].drop_duplicates("submission")
    other = [name(telling[number]) for number in held["submission"]]
    unconfirmed = rows[~certain].drop_duplicates(["file", "sheet"])
    unconfirmed = unconfirmed.assign(text=unconfirmed[what], submission=None, keycode=None)
    return [
        make_findings("place-differs", held.assign(text=held[what]), what=what, other=other),
        make_findings("place-unconfirmed", unconfirmed, what=what),
    ]


def _form(text: str) -> tuple[int, bool, bool]:
    """The form of a reference: its length, and whether it has digits and letters."""
    return len(text), any(map(str.isdigit, text)), any(map(str.isalpha, text))


def _of_test(session: Session) -> set[str]:
    return _names(session.test) | _names(session.test_form)


def _of_centre(session: Session) -> set[str]:
    return _names(session.centre)


def _names(part: Reference | None) -> set[str]:
    return {fold(text) for text in (part.reference, part.name) if text} if part else set()


def _test(session: Session) -> str:
    part = session.test_form or session.test
    return (part.reference or part.name or "") if part else ""


def _centre(session: Session) -> str:
    return (session.centre.reference or session.centre.name or "") if session.centre else ""
