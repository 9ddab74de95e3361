"""Already sent: what the ledger knows of the sessions that are about to be sent.

The same content is not sent again; other content for a session that was accepted is for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from pipeline.findings import make_findings
from pipeline.ledger import Known, State
from pipeline.model import AlreadySent, Ending, Submission, cell_of
from schemas.columns import as_objects
from schemas.frames import DataFrame, Entry, Finding, NumberedEntry
from schemas.words import Outcome

_PURGED = "what it was is not known any more, for that run was purged"
_SHOWN = 3  # differing questions named in a finding


def already_sent(
    submissions: Sequence[Submission],
    entries: DataFrame[NumberedEntry],
    known: Mapping[str, Known],
    sent: Callable[[Known], DataFrame[Entry]],
) -> AlreadySent:
    """Hold the submissions against what is ``known``; ``sent`` gives the entries of an earlier."""
    endings: list[Ending] = []
    differing: dict[int, Known] = {}
    for submission in submissions:
        before = known.get(submission.keycode)
        if before is None or before.state in (State.OPEN, State.IN_DOUBT):
            continue  # what another process is sending right now is seen when it is to be claimed
        if before.state is State.UNCONFIRMED:
            reason = f"run {before.run} sent it and could not confirm it: look at it in Surpass"
            endings.append(Ending(submission.number, Outcome.UNCONFIRMED, reason))
        elif before.was_sent(submission):
            reason = f"the same content was accepted in run {before.run}"
            endings.append(Ending(submission.number, Outcome.UNCHANGED, reason))
        else:
            differing[submission.number] = before
    numbers = {ending.submission for ending in endings} | differing.keys()
    return AlreadySent(tuple(endings), _differing(differing, entries, sent), frozenset(numbers))


def _differing(
    differing: Mapping[int, Known],
    entries: DataFrame[NumberedEntry],
    sent: Callable[[Known], DataFrame[Entry]],
) -> DataFrame[Finding]:
    now = as_objects(entries[entries["submission"].isin(differing)])
    at = now.drop_duplicates("submission").assign(
        column=lambda first: first["id_column"], question=None
    )
    numbers = at["submission"].tolist()
    return make_findings(
        "sent-before-differently",
        at,
        run=[str(differing[number].run) for number in numbers],
        other=[
            _PURGED
            if differing[number].purged
            else _difference(now[now["submission"] == number], sent(differing[number]))
            for number in numbers
        ],
    )


def _difference(now: DataFrame[NumberedEntry], before: DataFrame[Entry]) -> str:
    """The questions that differ: what was sent, from which cell, and what is here."""
    both = now.merge(
        before, how="outer", on="question", suffixes=("", "_before"), indicator="where"
    )
    same = _shortest(both["value"]) == _shortest(both["value_before"])
    differ = both[~same | (both["where"] != "both")]
    differences = [
        f"question {entry['question']} was {_before(entry)} and {_now(entry)}"
        for entry in differ.head(_SHOWN).to_dict("records")
    ]
    more = len(differ) - len(differences)
    if not differences:
        return "what differs is how an unanswered question is sent, which the settings say"
    return "; ".join(differences) + (f"; and {more} more" if more > 0 else "")


def _shortest(values: pd.Series[str]) -> pd.Series[str]:
    """A whole mark may be written 5 or 5.0."""
    return values.fillna("").astype(str).str.replace(r"[.,]0+$", "", regex=True)


def _before(entry: Mapping[object, object]) -> str:
    return (
        "not given"
        if entry["where"] == "left_only"
        else _value(entry["value_before"]) + _from(entry)
    )


def _now(entry: Mapping[object, object]) -> str:
    return (
        "is not given here"
        if entry["where"] == "right_only"
        else f"is {_value(entry['value'])} here"
    )


def _value(value: object) -> str:
    return "empty" if pd.isna(value) else f"'{value}'"  # type: ignore[call-overload]  # a scalar


def _from(entry: Mapping[object, object]) -> str:
    names = ("file", "sheet", "row", "column")
    place = {name: entry[f"{name}_before"] for name in names}
    return f" ({cell_of(place | {'row': int(str(place['row']).split('.')[0])})})"
