"""The acceptance server itself: what each call answers, over plain HTTP."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.acceptance.documented import Service
from tests.acceptance.model import (
    OPEN,
    Item,
    Paper,
    PostFault,
    Section,
    Session,
    Shape,
    StateFilter,
    faults_by_share,
    keycodes,
)
from tests.acceptance.server import BASIC, serving

_DATE = "?completionDate=2026-11-23T10:00:00"
_MARKS = [
    {"questionNumber": str(at), "mark": mark} for at, mark in enumerate((5, 0, None, 3, 6), 1)
]
_ITEMS = "?returnAdditionalInformation=true"


@dataclass(frozen=True)
class _Answered:
    status: int
    body: Any
    kind: str

    @property
    def only(self) -> Any:
        (element,) = self.body["response"]
        return element

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for section in self.only["sections"] for item in section["items"]]


def _ask(
    service: Service,
    method: str,
    path: str,
    body: object = None,
    *,
    authorization: str = BASIC,
) -> _Answered:
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=10)
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body)
    try:
        connection.request(method, f"/api/v2/{path}", content, headers)
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    kind = response.headers["Content-Type"].partition(";")[0]
    document = json.loads(text) if kind == "application/json" else text
    return _Answered(response.status, document, kind)


def _get(service: Service, path: str) -> _Answered:
    return _ask(service, "GET", path)


def _post(service: Service, keycode: str, body: object = None) -> _Answered:
    path = f"TestSession/{keycode}/ItemMarks/{_DATE}"
    return _ask(service, "POST", path, _MARKS if body is None else body)


def _service(
    shape: Shape | None = None, faults: Mapping[str, PostFault] | None = None, late_s: float = 0.1
) -> Service:
    return Service([Session("OPEN0001", "00042")], shape, faults=faults, late_s=late_s)


def test_a_single_session_is_one_element_in_an_envelope() -> None:
    service = _service()
    with serving(service):
        reply = _get(service, "TestSession/OPEN0001")
        by_id = _get(service, f"TestSession/{reply.only['id']}")
    assert reply.status == 200
    assert reply.body == by_id.body
    assert reply.body["errors"] is None
    assert reply.body["serverTimeZone"] == "GMT Standard Time"
    paging = ("count", "top", "skip", "pageCount", "nextPageLink", "prevPageLink")
    assert {reply.body[name] for name in paging} == {None}
    assert reply.only["keycode"] == reply.only["reference"] == "OPEN0001"
    assert reply.only["testState"] == OPEN
    assert reply.only["candidate"]["reference"] == "00042"
    assert reply.only["testForm"]["reference"] == "BIO-P1"
    assert "sections" not in reply.only


@pytest.mark.parametrize(
    ("shape", "numbers"),
    [
        pytest.param(Shape(), ["", "1", "2", "3", "1", "4", "5"], id="over the paper"),
        pytest.param(
            Shape(numbers_restart=True), ["", "1", "2", "3", "1", "1", "2"], id="in each section"
        ),
    ],
)
def test_items_have_display_numbers_and_marks_that_are_never_null(
    shape: Shape, numbers: list[str]
) -> None:
    service = _service(shape)
    with serving(service):
        reply = _get(service, f"TestSession/OPEN0001{_ITEMS}")
    assert [item["displayNumber"] for item in reply.items] == numbers
    assert [item["availableMarks"] for item in reply.items] == [0, 5, 10, 4, 0, 3, 6]
    assert {(item["mark"], item["awardedMark"]) for item in reply.items} == {(0.0, 0.0)}
    assert Counter(item["type"] for item in reply.items) == {
        "Question": 5,
        "InformationPage": 1,
        "Rubric": 1,
    }
    assert not any("questionNumber" in item for item in reply.items)
    assert reply.only["availableMarks"] == 28
    assert "mark" not in reply.only


def test_marks_that_are_taken_read_back_with_zero_for_null() -> None:
    service = _service()
    with serving(service):
        written = _post(service, "OPEN0001")
        reply = _get(service, f"TestSession/OPEN0001{_ITEMS}")
    assert written.status == 200
    assert set(written.body) == {"id", "reference", "href", "errors", "serverTimeZone"}
    assert written.body["errors"] is None
    marks = [item["mark"] for item in reply.items if item["type"] == "Question"]
    assert marks == [5.0, 0.0, 0.0, 3.0, 6.0]
    assert reply.only["mark"] == 14.0
    assert reply.only["testState"] == "Marked"
    assert service.stored("OPEN0001") == [{"1": 5, "2": 0, "3": None, "4": 3, "5": 6}]
    (post,) = service.posts
    assert (post.keycode, post.call, post.body) == ("OPEN0001", "ItemMarks", _MARKS)
    assert post.query == {"completionDate": "2026-11-23T10:00:00"}


def test_responses_read_back_as_values_and_the_reply_has_a_message() -> None:
    service = _service()
    body = [{"questionNumber": str(at), "answer": "A"} for at in range(1, 6)]
    with serving(service):
        written = _ask(service, "POST", "TestSession/OPEN0001/ItemResponses", body)
        reply = _get(service, f"TestSession/OPEN0001{_ITEMS}")
    assert written.body["message"]
    answers = [item["candidateResponse"] for item in reply.items if item["type"] == "Question"]
    assert answers == [{"Value": "A"}] * 5


def _marks(*marks: object, first: int = 1) -> list[dict[str, object]]:
    return [{"questionNumber": str(at), "mark": mark} for at, mark in enumerate(marks, first)]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"marks": _MARKS}, id="no bare list"),
        pytest.param([{"questionNumber": 1, "mark": 3}], id="a number that is no string"),
        pytest.param(_marks(5, 0, None, 3), id="a question is missing"),
        pytest.param(_marks(5, 0, None, 3, 6, 1), id="a question too many"),
        pytest.param([*_MARKS[:4], _MARKS[0]], id="a question twice"),
        pytest.param(_marks(5, 0, None, 4, 6), id="over the maximum"),
        pytest.param(_marks(-1, 0, None, 3, 6), id="below zero"),
        pytest.param(_marks(4.5, 0, None, 3, 6), id="half a mark"),
        pytest.param(_marks("5", 0, None, 3, 6), id="a mark as text"),
        pytest.param([{**element, "section": 1} for element in _MARKS], id="a field too many"),
    ],
)
def test_a_body_that_is_not_understood_is_refused_and_nothing_stored(body: object) -> None:
    service = _service()
    with serving(service):
        reply = _post(service, "OPEN0001", body)
    assert reply.status == 400
    (error,) = reply.body["errors"]
    assert isinstance(error["ErrorCode"], int)
    assert error["Message"]
    assert service.stored("OPEN0001") == []
    assert service.session("OPEN0001").state == OPEN


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("TestSession/OPEN0001/ItemMarks/", 400, id="no completion date"),
        pytest.param(
            "TestSession/OPEN0001/ItemMarks/?completionDate=23/11/2026", 400, id="another date form"
        ),
        pytest.param(f"TestSession/OPEN0001/ItemMarks{_DATE}", 404, id="no slash"),
        pytest.param(f"TestSession/NOSUCH01/ItemMarks/{_DATE}", 404, id="unknown keycode"),
        pytest.param(f"TestSession/OPEN0001/ScannedItemResponses{_DATE}", 404, id="retired"),
    ],
)
def test_a_post_to_another_address_stores_nothing(path: str, status: int) -> None:
    service = _service()
    with serving(service):
        assert _ask(service, "POST", path, _MARKS).status == status
    assert service.stored("OPEN0001") == []
    assert len(service.posts) == 1


def test_a_session_takes_marks_once() -> None:
    service = _service()
    with serving(service):
        assert [_post(service, "OPEN0001").status for _ in range(2)] == [200, 400]
    assert len(service.stored("OPEN0001")) == 1
    assert len(service.posts) == 2


def test_what_a_post_wants_leaves_out_what_gets_no_mark() -> None:
    sections = (
        Section(name="A", items=(Item(maximum=5), Item(maximum=2, non_scored=True))),
        Section(name="B", items=(Item(maximum=6),), selected=False),
        Section(name="C", items=(Item(maximum=7),), selected=True),
        Section(name="How was it?", items=(Item(type="Survey", number="1"),), survey=True),
    )
    paper = Paper("OPT-1", sections)
    assert paper.wanted(Shape()) == {"1": 5, "3": 7}
    assert paper.wanted(Shape(numbers_restart=True)) == {"1": 5, "2": 7}


# The shapes.


def test_sections_can_come_only_with_the_marks() -> None:
    service = _service(Shape(sections_before_marks=False))
    with serving(service):
        before = _get(service, f"TestSession/OPEN0001{_ITEMS}").only
        _post(service, "OPEN0001")
        after = _get(service, f"TestSession/OPEN0001{_ITEMS}").only
    assert not {"sections", "mark", "availableMarks"} & set(before)
    assert {"sections", "mark", "availableMarks"} <= set(after)


@pytest.mark.parametrize("status", [404, 400])
def test_a_session_can_become_a_result(status: int) -> None:
    service = _service(Shape(becomes_result=True, gone_status=status))
    with serving(service):
        before = _get(service, "Result/OPEN0001")
        _post(service, "OPEN0001")
        session = _get(service, f"TestSession/OPEN0001{_ITEMS}")
        listed = _get(service, "TestSession")
        result = _get(service, "Result/OPEN0001")
        again = _post(service, "OPEN0001")
    assert before.status == 404
    assert session.status == again.status == status
    assert session.body["errors"]
    assert listed.body["response"] == []
    assert result.only["reference"] == "OPEN0001"
    assert "keycode" not in result.only
    assert [item["mark"] for item in result.items] == [0.0, 5.0, 0.0, 0.0, 0.0, 3.0, 6.0]
    assert len(service.stored("OPEN0001")) == 1


@pytest.mark.parametrize(
    ("shape", "status"),
    [
        pytest.param(Shape(), 404, id="404"),
        pytest.param(Shape(unknown_status=400), 400, id="400"),
        pytest.param(Shape(errors_status=200), 200, id="errors with 200"),
    ],
)
def test_an_unknown_keycode_has_its_status_and_an_error(shape: Shape, status: int) -> None:
    service = _service(shape)
    with serving(service):
        replies = [_get(service, "TestSession/NOSUCH01"), _post(service, "NOSUCH01")]
    assert [reply.status for reply in replies] == [status, status]
    assert all(set(reply.body["errors"][0]) == {"ErrorCode", "Message"} for reply in replies)


@pytest.mark.parametrize(
    ("shape", "authorization"),
    [
        pytest.param(Shape(), "Basic d3Jvbmc6d3Jvbmc=", id="wrong"),
        pytest.param(Shape(errors_status=200), "Basic d3Jvbmc6d3Jvbmc=", id="errors with 200"),
        pytest.param(Shape(basic_refused=True), BASIC, id="Basic is switched off"),
    ],
)
def test_who_is_not_known_gets_401(shape: Shape, authorization: str) -> None:
    service = _service(shape)
    with serving(service):
        reply = _ask(service, "GET", "TestSession", authorization=authorization)
    assert reply.status == 401
    assert reply.body["errors"]


# Lists.


def _many() -> list[Session]:
    waiting = [Session(keycode) for keycode in keycodes("OPEN", 95)]
    return [*waiting, Session("MARKED01", "a b", state="Marked"), Session("MARKED02", "a-b")]


def _pages(service: Service, path: str) -> Iterable[_Answered]:
    reply = _get(service, path)
    yield reply
    while reply.body["nextPageLink"]:
        parts = urlsplit(reply.body["nextPageLink"])
        reply = _get(service, f"{parts.path.removeprefix('/api/v2/')}?{parts.query}")
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
    service = _service()
    with serving(service):
        listed = _get(service, f"TestSession?{flags}").only
    assert set(listed) == {"id", "reference", "href"} | fields


def test_a_list_can_leave_out_references() -> None:
    service = _service(Shape(lists_with_references=False))
    with serving(service):
        listed = _get(service, "TestSession?includeAdditionalInfo=true").only
        single = _get(service, "TestSession/OPEN0001").only
    assert set(listed["candidate"]) == set(listed["centre"]) == {"id", "href"}
    assert single["candidate"]["reference"] == "00042"


_STATE = "state%20eq%20"


@dataclass(frozen=True)
class FilterCase:
    takes: StateFilter
    text: str
    expected: list[str] | None


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            FilterCase(takes=StateFilter.NAME, text=f"{_STATE}Marked", expected=["MARKED01"]),
            id="name",
        ),
        pytest.param(
            FilterCase(takes=StateFilter.NAME, text=f"{_STATE}19", expected=None),
            id="number where names are wanted",
        ),
        pytest.param(
            FilterCase(takes=StateFilter.NUMBER, text=f"{_STATE}11", expected=["MARKED01"]),
            id="number",
        ),
        pytest.param(
            FilterCase(takes=StateFilter.NUMBER, text=f"{_STATE}Marked", expected=None),
            id="name where numbers are wanted",
        ),
        pytest.param(
            FilterCase(takes=StateFilter.REFUSED, text=f"{_STATE}Marked", expected=None),
            id="refused: name",
        ),
        pytest.param(
            FilterCase(takes=StateFilter.REFUSED, text=f"{_STATE}11", expected=None),
            id="refused: number",
        ),
        pytest.param(
            FilterCase(
                takes=StateFilter.NAME, text="candidate/reference%20eq%20a-b", expected=["MARKED02"]
            ),
            id="plain value",
        ),
        pytest.param(
            FilterCase(
                takes=StateFilter.NAME,
                text="candidate/reference%20eq%20'a%20b'",
                expected=["MARKED01"],
            ),
            id="quoted value",
        ),
        pytest.param(
            FilterCase(
                takes=StateFilter.NAME, text="candidate/reference%20eq%20a%20b", expected=None
            ),
            id="blank without quotes",
        ),
        pytest.param(
            FilterCase(takes=StateFilter.NAME, text="state+eq+Marked", expected=None),
            id="a plus is no blank",
        ),
        pytest.param(
            FilterCase(
                takes=StateFilter.NAME,
                text="keycode%20eq%20OPEN0007%20and%20state%20eq%20PaperResponseUpload",
                expected=["OPEN0007"],
            ),
            id="two joined",
        ),
        pytest.param(
            FilterCase(
                takes=StateFilter.NAME,
                text="candidate/reference%20eq%20'a%20and%20b'",
                expected=None,
            ),
            id="and in quotes",
        ),
        pytest.param(
            FilterCase(takes=StateFilter.NAME, text="colour%20eq%20red", expected=None),
            id="unknown field",
        ),
    ],
)
def test_a_filter_finds_or_is_refused(case: FilterCase) -> None:
    service = Service(_many(), Shape(state_filter=case.takes))
    with serving(service):
        reply = _get(service, f"TestSession?$filter={case.text}")
    if case.expected is None:
        assert reply.status == 400
        assert reply.body["errors"]
    else:
        assert [element["reference"] for element in reply.body["response"]] == case.expected


# The faults.


@dataclass(frozen=True, kw_only=True)
class _Befalls:
    fault: PostFault
    status: int | None  # of the first POST; None: cut off
    at_once: int  # questions that are stored by then
    open_at_once: bool
    later: int  # questions that are stored in the end
    open_later: bool


_BEFALLS = (
    _Befalls(
        fault=PostFault.STORED_LATE,
        status=504, at_once=0, open_at_once=True, later=5, open_later=False,
    ),
    _Befalls(
        fault=PostFault.CUT_STORED_LATE,
        status=None, at_once=0, open_at_once=True, later=5, open_later=False,
    ),
    _Befalls(
        fault=PostFault.STATE_MOVES_LATER,
        status=200, at_once=5, open_at_once=True, later=5, open_later=False,
    ),
    _Befalls(
        fault=PostFault.STATE_STAYS_OPEN,
        status=200, at_once=5, open_at_once=True, later=5, open_later=True,
    ),
    _Befalls(
        fault=PostFault.NOT_STORED,
        status=200, at_once=0, open_at_once=True, later=0, open_later=True,
    ),
    _Befalls(
        fault=PostFault.NOT_STORED_STATE_MOVES,
        status=200, at_once=0, open_at_once=False, later=0, open_later=False,
    ),
    _Befalls(
        fault=PostFault.STORED_IN_PART,
        status=200, at_once=2, open_at_once=False, later=2, open_later=False,
    ),
    _Befalls(
        fault=PostFault.BAD_GATEWAY,
        status=502, at_once=0, open_at_once=True, later=0, open_later=True,
    ),
)  # fmt: skip


def test_every_fault_has_its_row() -> None:
    assert {case.fault for case in _BEFALLS} == set(PostFault)


@pytest.mark.parametrize("case", _BEFALLS, ids=lambda case: case.fault.name)
def test_a_fault_befalls_the_first_post(case: _Befalls) -> None:
    service = _service(faults={"OPEN0001": case.fault}, late_s=0.4)
    with serving(service):
        if case.status is None:
            with pytest.raises(http.client.RemoteDisconnected):
                _post(service, "OPEN0001")
        else:
            reply = _post(service, "OPEN0001")
            assert reply.status == case.status
            assert reply.kind == ("text/html" if case.status > 500 else "application/json")
        _stands(service, case.at_once, is_open=case.open_at_once)
        service.wait_for_late_ones()
        _stands(service, case.later, is_open=case.open_later)
        if case.open_later:  # there is one fault for each keycode
            assert _post(service, "OPEN0001").status == 200
            assert len(service.stored("OPEN0001")) == (2 if case.later else 1)


def _stands(service: Service, questions: int, *, is_open: bool) -> None:
    assert sum(map(len, service.stored("OPEN0001"))) == questions
    assert (service.session("OPEN0001").state == OPEN) is is_open


def test_a_late_storing_comes_on_top_of_one_that_overtook_it() -> None:
    service = _service(faults={"OPEN0001": PostFault.STORED_LATE})
    with serving(service):
        assert _post(service, "OPEN0001").status == 504
        assert _post(service, "OPEN0001").status == 200
        service.wait_for_late_ones()
    assert len(service.stored("OPEN0001")) == 2


def test_faults_are_shared_out_by_the_seed() -> None:
    codes = list(keycodes("OPEN", 400))
    drawn = faults_by_share(codes, share=0.4, seed=7)
    assert Counter(drawn.values()) == dict.fromkeys(PostFault, 20)
    assert drawn == faults_by_share(codes, share=0.4, seed=7)
    assert drawn != faults_by_share(codes, share=0.4, seed=8)


def test_many_at_once_are_each_recorded_and_stored_once() -> None:
    codes = list(keycodes("OPEN", 60))
    service = Service(map(Session, codes))
    statuses: list[int] = []

    def post_each() -> None:
        statuses.extend(_post(service, keycode).status for keycode in codes)

    with serving(service):
        threads = [threading.Thread(target=post_each) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Counter(statuses) == {200: 60, 400: 180}
    assert len(service.posts) == len(service.requests) == 240
    assert {len(service.stored(keycode)) for keycode in codes} == {1}
