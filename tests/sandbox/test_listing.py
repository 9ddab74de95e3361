from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.sandbox import ErrorNumber, Sandbox, SandboxOptions, SandboxSession
from pipeline.sandbox.options import StateFilter

from .conftest import CENTRES, OPEN, Running, listing


def walk(client: httpx.Client, **params: object) -> list[dict[str, Any]]:
    """All pages by their links, checking that each leads back to the one before."""
    asked = {f"${name}": str(value) for name, value in params.items()}
    pages = [client.get(listing(client), params=asked).json()]
    while pages[-1]["nextPageLink"]:
        pages.append(client.get(pages[-1]["nextPageLink"]).json())
        assert client.get(pages[-1]["prevPageLink"]).json() == pages[-2]
    return pages


def references_in(pages: list[dict[str, Any]]) -> list[str]:
    return [session["reference"] for page in pages for session in page["response"]]


def matching(sandbox: Sandbox, **wanted: str) -> list[str]:
    """What the filter should give, by other means."""

    def holds(session: SandboxSession) -> bool:
        return wanted.get("centre") in (None, session.centre.reference) and wanted.get("form") in (
            None,
            session.test_form.reference,
        )

    return [session.keycode for session in sandbox.sessions if holds(session)]


@given(
    top=st.integers(1, 40),
    centre=st.sampled_from([None, *CENTRES]),
    form=st.sampled_from([None, "FORM-0", "FORM-2"]),
)
@settings(max_examples=25, deadline=None)
def test_all_pages_hold_every_match_once(
    running: Running, top: int, centre: str | None, form: str | None
) -> None:
    running.sandbox.reset()
    wanted = {"centre": centre, "form": form}
    given_ = {name: value for name, value in wanted.items() if value is not None}
    names = {"centre": "centre/reference", "form": "testForm/reference"}
    text = " and ".join(f"{names[name]} eq {value}" for name, value in given_.items())
    pages = walk(running.client, top=top, **({"filter": text} if text else {}))
    assert references_in(pages) == matching(running.sandbox, **given_)
    assert {page["count"] for page in pages} == {len(references_in(pages))}
    assert pages[0]["pageCount"] == (len(pages) if references_in(pages) else 0)


def test_links_are_absolute_and_keep_filter_and_flags(surpass: httpx.Client) -> None:
    params = {"$filter": "centre/reference eq TWO-PAGES", "includeAdditionalInfo": "true"}
    first = surpass.get(listing(surpass), params=params).json()
    link = httpx.URL(first["nextPageLink"])
    assert link.copy_with(query=None) == listing(surpass)
    assert dict(link.params) == {**params, "$top": "40", "$skip": "40"}
    assert first["prevPageLink"] is None


@pytest.mark.parametrize(
    "params",
    [{"$top": "0"}, {"$top": "41"}, {"$top": "-1"}, {"$skip": "-1"}, {"$top": "all"},
     {"includeAdditionalInfo": "perhaps"}],
)  # fmt: skip
def test_a_page_has_1_to_40_sessions(surpass: httpx.Client, params: dict[str, str]) -> None:
    reply = surpass.get(listing(surpass), params=params)
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["ErrorCode"] == ErrorNumber.BAD_QUERY


def test_past_the_end_there_is_nothing(surpass: httpx.Client) -> None:
    page = surpass.get(listing(surpass), params={"$skip": 10_000}).json()
    assert (page["response"], page["nextPageLink"], page["errors"]) == ([], None, None)


FILTERS = [
    # $filter, how many of the first day's sessions
    ("centre/reference eq A-PAGE", 40),
    ("centre/reference eq a-page", 0),
    ("candidate/reference eq 'A-PAGE no 7'", 1),
    ("candidate/reference eq 'A-PAGE no 7' and state eq PaperResponseUpload", 1),
    ("centre/reference eq 'A-PAGE'", 40),
    ("candidate/reference eq 'O''Brien'", 1),
    ("keycode eq OPEN0001", 1),
    ("keycode eq 'OPEN0001' and state eq Voided", 0),
    ("test/reference eq TEST-1 and testForm/reference eq FORM-2", 52),
    ("state eq Voided", 1),
    ("state eq voided and centre/reference eq A-PAGE", 0),
    ("centre/reference eq A-PAGE and scheduledFrom ge 2025-06-04", 16),
    ("centre/reference eq A-PAGE and scheduledFrom gt 2025-06-04", 8),
    ("centre/reference eq A-PAGE and scheduledFrom eq 2025-06-04", 8),
    ("centre/reference eq A-PAGE and scheduledTo lt 2025-06-02", 8),
    ("centre/reference eq A-PAGE and scheduledTo le 2025-06-02", 8),  # strictly less
    ("centre/reference eq A-PAGE and scheduledTo le 2025-06-02T00:00:01", 16),
    (
        "centre/reference eq A-PAGE and scheduledFrom ge 2025-06-02 and scheduledTo le 2025-06-04",
        16,
    ),
    ("  ", None),
]


@pytest.mark.parametrize(("text", "count"), FILTERS)
def test_filters(sandbox: Sandbox, surpass: httpx.Client, text: str, count: int | None) -> None:
    expected = len(sandbox) if count is None else count
    assert surpass.get(listing(surpass), params={"$filter": text}).json()["count"] == expected


@pytest.mark.parametrize("field", ["candidate", "centre", "test", "testForm"])
def test_ids_and_references_find_the_same(surpass: httpx.Client, field: str) -> None:
    params = {"includeAdditionalInfo": "true", "showTest": "true", "showTestForm": "true"}
    page = surpass.get(listing(surpass), params={**params, "$skip": "120"}).json()
    linked = page["response"][0][field]
    by_id, by_reference = (
        walk(surpass, filter=f"{field}/{name} eq '{linked[name]}'") for name in ("id", "reference")
    )
    assert references_in(by_id) == references_in(by_reference) != []


@pytest.mark.parametrize(
    "text",
    ["state", "state eq", "state eq Nowhere", "state ne Voided", "state eq 10", "state gt Voided",
     "candidate/reference eq 'this and that'", "candidate/reference eq this and that",
     "candidate/reference eq A-PAGE no 7", "candidate/reference eq O'Brien", "keycode eq 'OPEN",
     "reference eq OPEN0001", "keycode eq OPEN0001 and", "and",
     "candidate/id eq x", "scheduledFrom ge soon", "scheduledFrom ge 2025-06-02T00:00:00Z",
     "centre/reference gt A", "(state eq 19)", "state eq 19 or state eq 10"],
)  # fmt: skip
def test_an_unknown_filter_is_refused(surpass: httpx.Client, text: str) -> None:
    reply = surpass.get(listing(surpass), params={"$filter": text})
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["ErrorCode"] == ErrorNumber.BAD_FILTER


@pytest.mark.parametrize(
    ("form", "taken"),
    [("name", {"Voided", "voided"}), ("number", {"10"}), ("refused", set())],
)
def test_a_state_is_taken_in_one_form_or_in_none(
    other_sandbox: Callable[[SandboxOptions], AbstractContextManager[Running]],
    form: StateFilter,
    taken: set[str],
) -> None:
    with other_sandbox(SandboxOptions(state_filter=form)) as server:
        replies = {
            value: server.client.get(
                listing(server.client), params={"$filter": f"state eq {value} and centre/id eq 2"}
            )
            for value in ("Voided", "voided", "10")
        }
    assert {value for value, reply in replies.items() if reply.status_code == 200} == taken
    for value, reply in replies.items():
        if value not in taken:
            assert reply.status_code == 400
            assert reply.json()["errors"][0]["ErrorCode"] == ErrorNumber.BAD_FILTER


def test_a_filter_sees_a_changed_state(sandbox: Sandbox, surpass: httpx.Client) -> None:
    params = {"$filter": "state eq Voided"}
    before = surpass.get(listing(surpass), params=params).json()["count"]
    surpass.put("STATE004", json={"testState": "Voided", "voidReason": 1})
    assert surpass.get(listing(surpass), params=params).json()["count"] == before + 1


FLAGS = {
    "includeAdditionalInfo": {"candidate", "centre", "currentExamState"},
    "showTest": {"test"},
    "showTestForm": {"testForm"},
    "showMarkingProgress": {"awaitingMarkingSubmission", "markingProgressPercent"},
}


@pytest.mark.parametrize("flag", [None, *FLAGS])
def test_each_flag_adds_its_fields(surpass: httpx.Client, flag: str | None) -> None:
    page = surpass.get(listing(surpass), params={flag: "true"} if flag else {}).json()
    assert set(page["response"][0]) == {"id", "reference", "href"} | (
        FLAGS[flag] if flag else set()
    )


def test_a_list_need_not_tell_references_but_still_filters_by_them(
    other_sandbox: Callable[[SandboxOptions], AbstractContextManager[Running]],
) -> None:
    with other_sandbox(SandboxOptions(list_references=False)) as server:
        params = {"includeAdditionalInfo": "true", "$filter": "candidate/reference eq 'O''Brien'"}
        (session,) = server.client.get(listing(server.client), params=params).json()["response"]
        assert set(session["candidate"]) == set(session["centre"]) == {"id", "href"}
        assert server.client.get(OPEN).json()["response"][0]["candidate"]["reference"]


def test_progress_is_a_whole_number(sandbox: Sandbox, surpass: httpx.Client) -> None:
    sandbox.take_responses(OPEN, [{"questionNumber": "1", "answer": "A"}], None)
    page = surpass.get(listing(surpass), params={"showMarkingProgress": "true", "$top": "2"}).json()
    progress = [session["markingProgressPercent"] for session in page["response"]]
    assert (progress, {type(session) for session in progress}) == ([100, 0], {int})


def test_one_session_by_id_and_by_keycode(sandbox: Sandbox, surpass: httpx.Client) -> None:
    by_keycode = surpass.get(OPEN).json()
    by_id = surpass.get(str(sandbox.session(OPEN).id)).json()
    assert by_keycode == by_id
    (session,) = by_id["response"]
    assert (session["keycode"], session["testState"]) == (OPEN, "PaperResponseUpload")
    assert by_id["nextPageLink"] is by_id["count"] is None
    assert "sections" not in session
    assert surpass.get(session["href"]).json() == by_id


def test_an_unknown_session(surpass: httpx.Client) -> None:
    reply = surpass.get("NOSUCH01")
    assert reply.status_code == 404
    assert (reply.json()["response"], len(reply.json()["errors"])) == ([], 1)
