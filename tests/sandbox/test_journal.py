from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx

from pipeline.sandbox import Fault, FaultKind, Journal, Sandbox

from .conftest import OPEN, listing

QUERY = {"completionDate": "2025-06-02T09:00:00"}


def test_requests_in_order_with_what_became_of_them(
    sandbox: Sandbox, surpass: httpx.Client
) -> None:
    body = b'[ {"questionNumber": "1", "mark": 4} ]'  # kept byte for byte
    surpass.get(listing(surpass), params={"$top": 1})
    surpass.get(str(sandbox.session(OPEN).id))
    surpass.post(f"{OPEN}/ItemMarks/", params=QUERY, content=body)
    surpass.post(f"{OPEN}/ItemMarks/", params=QUERY, content=body)
    surpass.get("NOSUCH01")
    entries = sandbox.journal.entries
    first = entries[0].number
    assert [(e.number - first, e.method, e.keycode, e.status, e.applied) for e in entries] == [
        (0, "GET", None, 200, False),
        (1, "GET", OPEN, 200, False),
        (2, "POST", OPEN, 200, True),
        (3, "POST", OPEN, 400, False),
        (4, "GET", "NOSUCH01", 404, False),
    ]
    assert entries[2].body == body
    assert entries[2].path == f"/api/v2/TestSession/{OPEN}/ItemMarks/"
    assert sandbox.journal.posts(OPEN) == entries[2:4] == sandbox.journal.posts()


def test_only_the_api_is_written_down(sandbox: Sandbox, surpass: httpx.Client) -> None:
    surpass.get(str(surpass.base_url.copy_with(path="/sandbox/journal")))
    assert sandbox.journal.entries == ()


def test_many_at_once_are_each_applied_once(sandbox: Sandbox, surpass: httpx.Client) -> None:
    keycodes = [item.keycode for item in sandbox.sessions if item.centre.reference == "TWO-PAGES"]
    sandbox.faults.set(Fault(FaultKind.CUT_AFTER, method="POST", probability=0.2), seed=3)

    def send(keycode: str) -> None:
        body = [{"questionNumber": "1", "mark": int(keycode[-2:])}]
        try:
            surpass.post(f"{keycode}/ItemMarks/", params=QUERY, json=body)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            surpass.get(keycode)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, [*keycodes, *keycodes]))

    for keycode in keycodes:
        session = sandbox.session(keycode)
        assert [item.content for item in session.applied] == [{"1": int(keycode[-2:])}]
        assert [entry.applied for entry in sandbox.journal.posts(keycode)] == [True, False]
    numbers = [entry.number for entry in sandbox.journal.entries]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert "cut" in {entry.status for entry in sandbox.journal.entries}


def test_clearing_while_a_request_is_open() -> None:
    journal = Journal()
    number = journal.open("GET", "/", "", None, b"", None)
    journal.clear()
    journal.note_applied(number)
    journal.close(number, 200)
    assert journal.entries == ()
    assert journal.open("GET", "/", "", None, b"", None) == number + 1
