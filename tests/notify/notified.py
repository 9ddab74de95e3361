"""A run's end of which somebody is notified."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from urllib.parse import quote

from pipeline.account import RunSummary, ToDo
from pipeline.notify import NotifyTargets, notify
from schemas.words import Who

SUMMARY = RunSummary(
    run="20261123-020000-abcd",
    rows=9,
    submissions=5,
    outcomes={"accepted": 3, "held": 2},
    errors=1,
    warnings=4,
    unreadable=0,
    stopped=False,
    balanced=True,
    headline="3 of 5 sent. 2 need you: 2 to decide.",
    files=("northfield.xlsx", "southfield.csv"),
    to_do=tuple(
        ToDo(who, code, file, stops, findings=2, submissions=2, message="", to_do="")
        for who, code, file, stops in (
            (Who.OFFICE, "candidate-absent-with-marks", "northfield.xlsx", True),
            (Who.IT, "stopped", "", True),
            (Who.OFFICE, "column-constant", "northfield.xlsx", False),
        )
    ),
    cells=(("C3", "C4"), (), ("D1",)),
)
WELL = replace(SUMMARY, submissions=3, outcomes={"accepted": 2, "unchanged": 1}, errors=0)
REPORT = "/srv/papermarks/reports/20261123-020000-abcd/reconciliation.html"
SUBJECT = "northfield.xlsx and 1 more: 3 of 5 sent. 2 need you: 2 to decide."


def notified(summary: RunSummary, targets: NotifyTargets) -> tuple[str, ...]:
    """What is said of those that could not be notified."""
    return asyncio.run(notify(summary, REPORT, targets))


def mail(
    port: int,
    *to: str,
    scheme: str = "mailto",
    login: str = "",
    host: str = "127.0.0.1",
    more: str = "",
) -> NotifyTargets:
    """By e-mail, as apprise writes it."""
    people = "/".join(map(quote, to or ("a@example.org",)))
    query = f"from=papermarks@example.org{more}"
    return NotifyTargets(people=(f"{scheme}://{login}{host}:{port}/{people}?{query}",))
