"""The list: every session on every page, once, and no page from anywhere else."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from pipeline.errors import NotUnderstood, Refused, Unauthorised
from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession
from pipeline.surpass import Access, Session, Surpass
from schemas.states import TestState
from tests.serving import CUT, access, all_of, asked, reply, saying, served

CENTRES = {"NONE": 0, "ONE": 1, "A PAGE": 40, "A PAGE PLUS ONE": 41, "THREE or more": 121}


@pytest.fixture(scope="module")
def crowd() -> Iterator[tuple[Sandbox, Access]]:
    papers = [
        SandboxSession.paper(
            f"CR{place:02d}{number:04d}",
            state=TestState.PAPER_RESPONSE_UPLOAD if number % 2 else TestState.MARKED,
            centre_reference=centre,
            candidate_reference=f"candidate {number}",
        )
        for place, (centre, size) in enumerate(CENTRES.items())
        for number in range(size)
    ]
    with served(papers) as there:
        yield there


@pytest.fixture
def sandbox(crowd: tuple[Sandbox, Access]) -> Sandbox:
    crowd[0].reset()
    return crowd[0]


@pytest.fixture
def login(crowd: tuple[Sandbox, Access], sandbox: Sandbox) -> Access:
    return crowd[1]


@pytest.mark.parametrize("centre", CENTRES)
def test_every_session_of_a_centre_comes_once_in_pages_of_forty(
    sandbox: Sandbox, login: Access, centre: str
) -> None:
    found = asked(login, lambda surpass: all_of(surpass.sessions({"centre/reference": centre})))
    expected = [one for one in sandbox.sessions if one.centre.reference == centre]
    assert [one.keycode for one in found] == [one.keycode for one in expected]
    assert [one.state for one in found] == [one.state for one in expected]
    assert {one.centre.reference for one in found if one.centre} == ({centre} if found else set())
    assert len(sandbox.journal.entries) == max(1, -(-len(expected) // 40))


def test_conditions_are_joined(sandbox: Sandbox, login: Access) -> None:
    where = {"centre/reference": "A PAGE", "state": "PaperResponseUpload"}
    found = asked(login, lambda surpass: all_of(surpass.sessions(where)))
    assert len(found) == 20
    assert all(one.is_open for one in found)


def test_without_conditions_everything_comes(sandbox: Sandbox, login: Access) -> None:
    found = asked(login, lambda surpass: all_of(surpass.sessions()))
    assert len({one.keycode for one in found}) == len(found) == sum(CENTRES.values())


def test_who_stops_reading_asks_for_no_further_page(sandbox: Sandbox, login: Access) -> None:
    async def first(surpass: Surpass) -> Session:
        return await anext(surpass.sessions())

    assert asked(login, first).keycode == sandbox.sessions[0].keycode
    assert len(sandbox.journal.entries) == 1


def test_a_page_that_failed_is_asked_for_again_and_nothing_comes_twice(
    sandbox: Sandbox, login: Access
) -> None:
    sandbox.faults.set(
        Fault(FaultKind.MALFORMED, times=1),
        Fault(FaultKind.CUT_AFTER, times=1),
        Fault(FaultKind.UNAVAILABLE, probability=0.3),
        seed=4,
    )
    found = asked(login, lambda surpass: all_of(surpass.sessions()))
    assert len({one.keycode for one in found}) == len(found) == sum(CENTRES.values())


def test_a_filter_that_surpass_does_not_know_is_refused_in_its_words(login: Access) -> None:
    with pytest.raises(Refused, match="does not know the field"):
        asked(login, lambda surpass: all_of(surpass.sessions({"colour": "red"})))


def page(link: object, *references: str) -> bytes:
    sessions = [{"id": 1, "reference": one, "currentExamState": "Ready"} for one in references]
    return reply({"nextPageLink": link, "response": sessions, "errors": []})


@pytest.mark.parametrize(
    "link",
    [
        "http://surpass.invalid/api/v2/TestSession?$skip=40",
        "//surpass.invalid/api/v2/TestSession?$skip=40",
        "https://127.0.0.1/api/v2/TestSession?$skip=40",
        "http://127.0.0.1:1/api/v2/TestSession?$skip=40",
        "http://127.0.0.1@surpass.invalid/",
        "file:///etc/passwd",
        "http://[::1/",
        "http://127.0.0.1:port/",
    ],
)
def test_the_password_goes_to_no_other_server(link: str) -> None:
    with saying(page(link, "A1"), page(None, "A2")) as server:
        with pytest.raises(NotUnderstood):
            asked(access(server.url), lambda surpass: all_of(surpass.sessions()))
        assert len(server.requests) == 1


# Where we ask, what the first page names as the next, and what is asked then (None: nothing).
HTTPS = "https://surpass.invalid"
NEXT = "/api/v2/TestSession?$skip=40"
BEHIND_TLS = {
    "https": (HTTPS, f"{HTTPS}{NEXT}", f"{HTTPS}{NEXT}"),
    "http, same host": (HTTPS, f"http://surpass.invalid{NEXT}", f"{HTTPS}{NEXT}"),
    "http, same host in capitals": (HTTPS, f"http://SURPASS.invalid{NEXT}", f"{HTTPS}{NEXT}"),
    "http, its own port 80": (HTTPS, f"http://surpass.invalid:80{NEXT}", f"{HTTPS}{NEXT}"),
    "http, our port": (
        f"{HTTPS}:8443", f"http://surpass.invalid:8443{NEXT}", f"{HTTPS}:8443{NEXT}"
    ),
    "http, without our port": (
        f"{HTTPS}:8443", f"http://surpass.invalid{NEXT}", f"{HTTPS}:8443{NEXT}"
    ),
    "http, another port": (HTTPS, f"http://surpass.invalid:8080{NEXT}", None),
    "http, another port than ours": (f"{HTTPS}:8443", f"http://surpass.invalid:8080{NEXT}", None),
    "https, another port": (HTTPS, f"{HTTPS}:8443{NEXT}", None),
    "http, another host": (HTTPS, f"http://other.invalid{NEXT}", None),
    "http, a host that begins alike": (HTTPS, f"http://surpass.invalid.example{NEXT}", None),
    "https, another host": (HTTPS, f"https://other.invalid{NEXT}", None),
    "a host behind a name of ours": (HTTPS, f"http://surpass.invalid@other.invalid{NEXT}", None),
    "https where we ask by http": ("http://surpass.invalid", f"{HTTPS}{NEXT}", None),
}  # fmt: skip


@pytest.mark.parametrize("name", BEHIND_TLS)
def test_a_link_with_http_to_the_same_host_is_taken_as_https(name: str) -> None:
    """No answer from a wire without TLS ever sees the password where we ask by https."""
    base, link, then = BEHIND_TLS[name]
    asked_for: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked_for.append(str(request.url))
        session = {"id": len(asked_for), "reference": f"A{len(asked_for)}"}
        next_page = link if len(asked_for) == 1 else None
        return httpx.Response(200, json={"response": [session], "nextPageLink": next_page})

    wire = httpx.MockTransport(answer)
    if then is None:
        with pytest.raises(NotUnderstood, match="another server"):
            asked(access(base), lambda surpass: all_of(surpass.sessions()), wire)
        assert len(asked_for) == 1
    else:
        found = asked(access(base), lambda surpass: all_of(surpass.sessions()), wire)
        assert [one.keycode for one in found] == ["A1", "A2"]
        assert asked_for[1] == then


@pytest.mark.parametrize("link", ["/api/v2/TestSession?page=2", "TestSession?page=2", "?page=2"])
def test_a_link_without_a_server_is_one_of_the_same(link: str) -> None:
    with saying(page(link, "A1"), page(None, "A2")) as server:
        asked(access(server.url), lambda surpass: all_of(surpass.sessions()))
    assert server.requests[1].target.endswith("?page=2")
    assert server.requests[1].headers["authorization"] == server.requests[0].headers[
        "authorization"
    ]  # fmt: skip


@pytest.mark.parametrize("link", [None, ""])
def test_no_link_is_the_end(link: str | None) -> None:
    with saying(page(link, "A1")) as server:
        found = asked(access(server.url), lambda surpass: all_of(surpass.sessions()))
    assert [one.keycode for one in found] == ["A1"]


def test_pages_that_go_round_in_a_circle_are_noticed() -> None:
    pages = [page("?page=2", "A1"), page("?page=3", "A2"), page("?page=2", "A3"), page(None, "A4")]
    with saying(*pages) as server:
        with pytest.raises(NotUnderstood, match="circle"):
            asked(access(server.url), lambda surpass: all_of(surpass.sessions()))
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("second", "error"),
    [
        (reply({"errors": [{"ErrorCode": 1, "Message": "no"}], "response": []}), Refused),
        (reply({}, 401), Unauthorised),
        (reply({"sessions": []}), NotUnderstood),
        (reply([]), NotUnderstood),
        (reply({"response": None}), NotUnderstood),
    ],
)
def test_a_list_that_breaks_off_is_an_error_and_never_a_shorter_list(
    second: bytes, error: type[Exception]
) -> None:
    with saying(page("?page=2", "A1"), second) as server, pytest.raises(error):
        asked(access(server.url), lambda surpass: all_of(surpass.sessions()))


def test_a_page_of_odd_form_is_asked_for_again() -> None:
    with saying(reply({"sessions": []}), CUT, page(None, "A1")) as server:
        found = asked(access(server.url), lambda surpass: all_of(surpass.sessions()))
    assert [one.keycode for one in found] == ["A1"]
