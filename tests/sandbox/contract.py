"""A small sandbox to look at, and the fields that the contracts name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from pipeline.sandbox import Sandbox, SandboxOptions, SandboxSession, Section, serve_in_thread

CODE = "H76RBD8P"
DATE = {"completionDate": "2025-06-02T09:00:00"}
ALL = {"returnAdditionalInformation": "true"}

SESSION_FIELDS = {
    *("id", "reference", "href", "keycode", "testState"),
    *("test", "centre", "candidate", "testForm"),
    *("startDate", "endDate", "startTime", "endTime"),
    *("externalReference", "files", "downloads", "voidReason"),
}
SECTION_FIELDS = {
    *("id", "name", "mark", "availableMarks", "items"),
    *("selected", "isSurveySection", "pass", "passMark"),
}
ITEM_FIELDS = {
    *("id", "displayNumber", "name", "type", "nonScored"),
    *("availableMarks", "mark", "awardedMark", "markBreakdown"),
    *("surpassReference", "version", "marker", "markingType"),
    *("unit", "learningOutcome", "itemSetId"),
}

# Two scored sections, and everything that a reader must leave out.
MIXED = (
    Section("A", {"1": 5, "2": 3, "x": 2}, non_scored=frozenset({"x"})),
    Section("Not chosen", {"3": 4}, selected=False),
    Section("Chosen", {"3": 10, "4": 6}, selected=True),
    Section("What did you think?", {"1": 1, "5": 1}, is_survey=True),
)


@contextmanager
def serving(*sessions: SandboxSession, **options: Any) -> Iterator[tuple[Sandbox, httpx.Client]]:
    sandbox = Sandbox(sessions, SandboxOptions(**options))
    with (
        serve_in_thread(sandbox) as url,
        httpx.Client(base_url=f"{url}/api/v2", auth=("sandbox", "sandbox")) as client,
    ):
        yield sandbox, client


def paper(keycode: str = CODE) -> SandboxSession:
    return SandboxSession.paper(keycode, {"1": 5, "2": 3, "3": 10})


def post(client: httpx.Client, marks: dict[str, int | None], keycode: str = CODE) -> httpx.Response:
    body = [{"questionNumber": number, "mark": mark} for number, mark in marks.items()]
    return client.post(f"TestSession/{keycode}/ItemMarks/", params=DATE, json=body)


def session_of(client: httpx.Client, keycode: str = CODE) -> dict[str, Any]:
    (item,) = client.get(f"TestSession/{keycode}", params=ALL).json()["response"]
    return dict(item)


def scored(session: dict[str, Any]) -> list[dict[str, Any]]:
    """The questions that count, as a reader takes them."""
    return [
        item
        for section in session["sections"]
        if section["selected"] is not False and not section["isSurveySection"]
        for item in section["items"]
        if item["type"] == "Question" and not item["nonScored"]
    ]
