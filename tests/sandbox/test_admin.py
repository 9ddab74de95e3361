from __future__ import annotations

import httpx
import pytest

from pipeline.sandbox import Sandbox, SandboxOptions, SandboxSession, serve_in_thread
from pipeline.sandbox.options import SWITCHES
from pipeline.sandbox.page import ROWS_PER_PAGE, render
from schemas.states import TestState
from tests import plain_http

from .conftest import OPEN, Running

QUERY = {"completionDate": "2025-06-02T09:00:00"}
MARKS = [{"questionNumber": "1", "mark": 4}]
SWITCHED = {
    "becomes_result": True,
    "result_gone_status": 400,
    "state_after_marks": "AwaitingMarking",
}


def test_another_process_can_set_faults_look_and_start_again(
    running: Running, sandbox: Sandbox, surpass: httpx.Client
) -> None:
    plan = {"seed": 5, "faults": [{"kind": "error_after", "method": "POST", "times": 1}]}
    assert plain_http.put(f"{running.url}/sandbox/faults", json=plan).json() == {"faults": 1}
    assert surpass.post(f"{OPEN}/ItemMarks/", params=QUERY, json=MARKS).status_code == 500

    sessions = plain_http.get(f"{running.url}/sandbox/sessions").json()
    assert len(sessions) == len(sandbox)
    (item,) = (session for session in sessions if session["keycode"] == OPEN)
    assert (item["state"], item["marks"], item["mark"], item["applied"]) == (
        "Marked",
        {"1": 4},
        4,
        1,
    )

    (entry,) = plain_http.get(f"{running.url}/sandbox/journal").json()
    assert (entry["fault"], entry["status"], entry["applied"]) == ("error_after", 500, True)
    assert '"mark"' in entry["body"]

    plain_http.post(f"{running.url}/sandbox/reset")
    assert sandbox.session(OPEN).state is TestState.PAPER_RESPONSE_UPLOAD
    assert sandbox.journal.entries == ()
    assert sandbox.faults.left == ()


def test_another_process_can_switch_the_shape_and_settle_what_is_late(
    running: Running, sandbox: Sandbox, surpass: httpx.Client
) -> None:
    set_to = plain_http.put(f"{running.url}/sandbox/options", json=SWITCHED).json()
    assert set_to == {
        **{name: getattr(SandboxOptions(), name) for name in SWITCHES},
        **SWITCHED,
        "state_after_marks": TestState.AWAITING_MARKING,
    }
    plan = {"faults": [{"kind": "stored_late", "seconds": 3600}]}
    assert plain_http.put(f"{running.url}/sandbox/faults", json=plan).json() == {"faults": 1}
    assert surpass.post(f"{OPEN}/ItemMarks/", params=QUERY, json=MARKS).status_code == 504
    assert surpass.get(OPEN).status_code == 200
    plain_http.post(f"{running.url}/sandbox/settle-late")
    assert surpass.get(OPEN).status_code == 400
    (item,) = (
        session
        for session in plain_http.get(f"{running.url}/sandbox/sessions").json()
        if session["keycode"] == OPEN
    )
    assert (item["state"], item["is_result"], item["applied"]) == ("AwaitingMarking", True, 1)
    assert "AwaitingMarking (result)" in plain_http.get(running.url).text

    plain_http.post(f"{running.url}/sandbox/reset")
    assert sandbox.options == SandboxOptions()


@pytest.mark.parametrize(
    "switches",
    [{"becomes_resul": True}, {"becomes_result": "perhaps"}, {"unknown_status": 500},
     {"state_filter": "both"}, {"state_after_marks": "Nowhere"}, {"password": "x"},
     {"admin_from_anywhere": True}, []],
)  # fmt: skip
def test_switches_with_a_slip_in_them_are_refused(
    running: Running, sandbox: Sandbox, switches: object
) -> None:
    assert plain_http.put(f"{running.url}/sandbox/options", json=switches).status_code == 400
    assert sandbox.options == SandboxOptions()


@pytest.mark.parametrize(
    "plan",
    [{"faults": [{"kind": "rain"}]}, {"faults": [{"kind": "latency", "keycod": OPEN}]},
     {"faults": [{"kind": "latency", "probability": 2}]}, {"fault": []}, []],
)  # fmt: skip
def test_a_plan_with_a_slip_in_it_is_refused(
    running: Running, sandbox: Sandbox, plan: object
) -> None:
    assert plain_http.put(f"{running.url}/sandbox/faults", json=plan).status_code == 400
    assert sandbox.faults.left == ()


def test_the_page_shows_what_arrived(running: Running, surpass: httpx.Client) -> None:
    surpass.post(f"{OPEN}/ItemMarks/", params=QUERY, json=MARKS)
    page = plain_http.get(running.url)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "1: 4" in page.text
    assert "1 of" in page.text
    assert "http" not in page.text  # nothing is loaded from anywhere


def test_the_page_escapes_everything() -> None:
    evil = "<script>alert('&')</script>"
    session = SandboxSession.paper(
        evil, {evil: 1}, candidate_reference=evil, centre_reference=evil, test_form_reference=evil
    )
    sandbox = Sandbox([session])
    sandbox.take_responses(evil, [{"questionNumber": evil, "answer": evil}], None)
    html = render(sandbox.sessions)
    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;") == 6


def test_the_page_turns() -> None:
    many = [SandboxSession.paper(f"MANY{number:04d}") for number in range(ROWS_PER_PAGE + 1)]
    with serve_in_thread(Sandbox(many)) as url:
        first, second = (
            plain_http.get(url).text,
            plain_http.get(url, params={"skip": ROWS_PER_PAGE}).text,
        )
    assert f"MANY{ROWS_PER_PAGE:04d}" not in first
    assert f"/?skip={ROWS_PER_PAGE}" in first
    assert f"MANY{ROWS_PER_PAGE:04d}" in second
    assert "/?skip=0" in second
