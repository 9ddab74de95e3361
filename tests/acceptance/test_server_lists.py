"""The second server's lists: pages, flags, filters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.acceptance.asking import Answered, get_from, new_service
from tests.acceptance.documented import Service
from tests.acceptance.model import (
    Session,
    Shape,
    StateFilter,
    keycodes,
)
from tests.acceptance.server import serving


def _many() -> list[Session]:
    waiting = [Session(keycode) for keycode in keycodes("OPEN", 95)]
    return [*waiting, Session("MARKED01", "a b", state="Marked"), Session("MARKED02", "a-b")]


def _pages(service: Service, path: str) -> Iterable[Answered]:
    reply = get_from(service, path)
    yield reply
    while reply.body["nextPageLink"]:
        parts = urlsplit(reply.body["nextPageLink"])
        reply = get_from(service, f"{parts.path.removeprefix('/api/v2/')}?{parts.query}")
        yield reply


def test_a_list_comes_in_pages_of_40_with_links() -> None:
    service = Service(_many())
    with serving(service):
        pages = list(
            _pages(service, "TestSession?$top=100&$filter=testForm/reference%20eq%20BIO-P1")
        )
    assert [len(page.body["response"]) for page in pages] == [40, 40, 17]
    assert {page.body["count"] for page in pages} == {97}
    assert {page.body["pageCount"] for page in pages} == {3}
    assert pages[0].body["prevPageLink"] is None
    listed = [element["reference"] for page in pages for element in page.body["response"]]
    assert len(set(listed)) == 97


@pytest.mark.parametrize(
    ("flags", "fields"),
    [
        pytest.param("", set(), id="none"),
        pytest.param(
            "includeAdditionalInfo=true",
            {"candidate", "centre", "currentExamState"},
            id="additional",
        ),
        pytest.param("showTest=true&showTestForm=true", {"test", "testForm"}, id="test"),
        pytest.param(
            "showMarkingProgress=true",
            {"awaitingMarkingSubmission", "markingProgressPercent"},
            id="progress",
        ),
    ],
)
def test_a_listed_session_has_what_its_flags_ask_for(flags: str, fields: set[str]) -> None:
    service = new_service()
    with serving(service):
        listed = get_from(service, f"TestSession?{flags}").only
    assert set(listed) == {"id", "reference", "href"} | fields


def test_a_list_can_leave_out_references() -> None:
    service = new_service(Shape(lists_with_references=False))
    with serving(service):
        listed = get_from(service, "TestSession?includeAdditionalInfo=true").only
        single = get_from(service, "TestSession/OPEN0001").only
    assert set(listed["candidate"]) == set(listed["centre"]) == {"id", "href"}
    assert single["candidate"]["reference"] == "00042"


_STATE = "state%20eq%20"


@dataclass(frozen=True)
class FilterCase:
    takes: StateFilter
    text: str
    expected: list[str] | None


FILTERS = {
    "name": FilterCase(takes=StateFilter.NAME, text=f"{_STATE}Marked", expected=["MARKED01"]),
    "number where names are wanted": FilterCase(
        takes=StateFilter.NAME, text=f"{_STATE}19", expected=None
    ),
    "number": FilterCase(takes=StateFilter.NUMBER, text=f"{_STATE}11", expected=["MARKED01"]),
    "name where numbers are wanted": FilterCase(
        takes=StateFilter.NUMBER, text=f"{_STATE}Marked", expected=None
    ),
    "refused: name": FilterCase(takes=StateFilter.REFUSED, text=f"{_STATE}Marked", expected=None),
    "refused: number": FilterCase(takes=StateFilter.REFUSED, text=f"{_STATE}11", expected=None),
    "plain value": FilterCase(
        takes=StateFilter.NAME, text="candidate/reference%20eq%20a-b", expected=["MARKED02"]
    ),
    "quoted value": FilterCase(
        takes=StateFilter.NAME, text="candidate/reference%20eq%20'a%20b'", expected=["MARKED01"]
    ),
    "blank without quotes": FilterCase(
        takes=StateFilter.NAME, text="candidate/reference%20eq%20a%20b", expected=None
    ),
    "a plus is no blank": FilterCase(takes=StateFilter.NAME, text="state+eq+Marked", expected=None),
    "two joined": FilterCase(
        takes=StateFilter.NAME,
        text="keycode%20eq%20OPEN0007%20and%20state%20eq%20PaperResponseUpload",
        expected=["OPEN0007"],
    ),
    "and in quotes": FilterCase(
        takes=StateFilter.NAME, text="candidate/reference%20eq%20'a%20and%20b'", expected=None
    ),
    "unknown field": FilterCase(takes=StateFilter.NAME, text="colour%20eq%20red", expected=None),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_finds_or_is_refused(name: str) -> None:
    case = FILTERS[name]
    service = Service(_many(), Shape(state_filter=case.takes))
    with serving(service):
        reply = get_from(service, f"TestSession?$filter={case.text}")
    if case.expected is None:
        assert reply.status == 400
        assert reply.body["errors"]
    else:
        assert [element["reference"] for element in reply.body["response"]] == case.expected
