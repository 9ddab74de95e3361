from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from pipeline.sandbox import Fault, FaultKind, Sandbox

from .conftest import OPEN, listing

MARKS = [{"questionNumber": "1", "mark": 4}, {"questionNumber": "2", "mark": 3}]

# For each fault: what a client sees of a POST, and whether the marks are in.
SEEN = {
    FaultKind.LATENCY: (200, True),
    FaultKind.TOO_MANY_REQUESTS: (429, False),
    FaultKind.UNAVAILABLE: (503, False),
    FaultKind.ERROR_BEFORE: (500, False),
    FaultKind.ERROR_AFTER: (500, True),
    FaultKind.CUT_BEFORE: ("cut", False),
    FaultKind.CUT_AFTER: ("cut", True),
    FaultKind.HANG_BEFORE: ("cut", False),
    FaultKind.HANG_AFTER: (200, True),
    FaultKind.ERROR_IN_200: (200, False),
    FaultKind.MALFORMED: (200, True),
    FaultKind.GATEWAY_PAGE: (502, False),
    FaultKind.STORED_LATE: (504, False),
    FaultKind.STORED_LATE_CUT: ("cut", False),
    FaultKind.STATE_LATER: (200, True),
    FaultKind.STATE_STAYS: (200, True),
    FaultKind.NOT_STORED: (200, False),
    FaultKind.NOT_STORED_MOVED: (200, False),
    FaultKind.STORED_IN_PART: (200, True),
}


def post(surpass: httpx.Client) -> int | str:
    params = {"completionDate": "2025-06-02T09:00:00"}
    try:
        return surpass.post(f"{OPEN}/ItemMarks/", params=params, json=MARKS).status_code
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return "cut"


@pytest.mark.parametrize("kind", FaultKind)
def test_what_a_client_sees_and_what_was_done(
    sandbox: Sandbox, surpass: httpx.Client, kind: FaultKind
) -> None:
    status, taken = SEEN[kind]
    # What hangs or waits before its answer is short; what comes late must not come by itself.
    seconds = 3600 if kind.is_late else 0.01
    sandbox.faults.set(Fault(kind, times=1, seconds=seconds))
    assert post(surpass) == status
    assert len(sandbox.session(OPEN).applied) == taken
    (entry,) = sandbox.journal.entries
    assert (entry.status, entry.applied) == (status, taken)
    assert sandbox.faults.left[0][1] == 0
    # One time only: the next request is met by nothing, on a connection that works.
    assert surpass.get(OPEN).status_code == 200


def test_an_error_in_a_200_has_the_shape_of_one(sandbox: Sandbox, surpass: httpx.Client) -> None:
    sandbox.faults.set(Fault(FaultKind.ERROR_IN_200))
    reply = surpass.get(OPEN)
    assert (reply.status_code, reply.json()["response"]) == (200, [])
    assert reply.json()["errors"][0]["Message"].startswith("[sandbox]")


def test_malformed_json_comes_as_json_in_a_200(sandbox: Sandbox, surpass: httpx.Client) -> None:
    sandbox.faults.set(Fault(FaultKind.MALFORMED))
    reply = surpass.get(OPEN)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        reply.json()


@pytest.mark.parametrize("kind", [FaultKind.TOO_MANY_REQUESTS, FaultKind.UNAVAILABLE])
def test_retry_after_is_missing_or_seconds_or_a_date(
    sandbox: Sandbox, surpass: httpx.Client, kind: FaultKind
) -> None:
    sandbox.faults.set(
        Fault(kind, times=1),
        Fault(kind, times=1, retry_after=7),
        Fault(kind, times=1, retry_after=3600, retry_after_as_date=True),
    )
    none, seconds, date = (surpass.get(OPEN).headers.get("Retry-After") for _ in range(3))
    assert (none, seconds) == (None, "7")
    wait = parsedate_to_datetime(date or "") - datetime.now(UTC)
    assert timedelta(minutes=30) < wait < timedelta(minutes=90)


def test_a_client_that_lost_patience_finds_the_marks_taken(
    sandbox: Sandbox, surpass: httpx.Client
) -> None:
    sandbox.faults.set(Fault(FaultKind.HANG_AFTER, times=1, seconds=60))
    with pytest.raises(httpx.ReadTimeout):
        surpass.post(
            f"{OPEN}/ItemMarks/",
            params={"completionDate": "2025-06-02T09:00:00"},
            json=MARKS,
            timeout=0.2,
        )
    (entry,) = sandbox.journal.entries
    assert (entry.status, entry.applied) == ("open", True)


@pytest.mark.parametrize(
    ("fault", "met"),
    [
        (Fault(FaultKind.UNAVAILABLE), {"list", "get", "put", "other"}),
        (Fault(FaultKind.UNAVAILABLE, method="PUT"), {"put"}),
        (Fault(FaultKind.UNAVAILABLE, path="SubmitMarked"), {"put"}),
        (Fault(FaultKind.UNAVAILABLE, keycode=OPEN), {"get", "put"}),
        (Fault(FaultKind.UNAVAILABLE, keycode=OPEN, method="GET"), {"get"}),
        (Fault(FaultKind.UNAVAILABLE, keycode="NOSUCH01"), set()),
        (Fault(FaultKind.UNAVAILABLE, probability=0), set()),
    ],
)
def test_a_fault_is_for_the_requests_it_names(
    sandbox: Sandbox, surpass: httpx.Client, fault: Fault, met: set[str]
) -> None:
    sandbox.faults.set(fault)
    number = sandbox.session(OPEN).id  # a session is known by its id too
    replies = {
        "list": surpass.get(listing(surpass)),
        "get": surpass.get(str(number)),
        "put": surpass.put(f"{OPEN}/SubmitMarkedExam"),
        "other": surpass.get("STATE000"),
    }
    assert {name for name, reply in replies.items() if reply.status_code == 503} == met


def test_the_same_seed_brings_the_same_faults(sandbox: Sandbox, surpass: httpx.Client) -> None:
    def draws(seed: int) -> list[int]:
        sandbox.faults.set(
            Fault(FaultKind.UNAVAILABLE, probability=0.3),
            Fault(FaultKind.TOO_MANY_REQUESTS, probability=0.3),
            seed=seed,
        )
        return [surpass.get(OPEN).status_code for _ in range(60)]

    first = draws(1)
    assert set(first) == {200, 429, 503}
    assert draws(1) == first != draws(2)


def test_the_earlier_fault_wins_and_latency_comes_on_top(
    sandbox: Sandbox, surpass: httpx.Client
) -> None:
    sandbox.faults.set(
        Fault(FaultKind.LATENCY, seconds=0.001),
        Fault(FaultKind.UNAVAILABLE, times=1),
        Fault(FaultKind.TOO_MANY_REQUESTS, times=1),
    )
    assert [surpass.get(OPEN).status_code for _ in range(3)] == [503, 429, 200]
    sandbox.faults.clear()
    assert surpass.get(OPEN).status_code == 200


@pytest.mark.parametrize(
    "nonsense",
    [{"probability": 1.1}, {"probability": -0.1}, {"seconds": -1}, {"times": -1},
     {"retry_after": -1}, {"kind": FaultKind.STORED_LATE, "method": "GET"}],
)  # fmt: skip
def test_a_fault_that_makes_no_sense(nonsense: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"probability|negative|for POSTs"):
        Fault(**{"kind": FaultKind.LATENCY, **nonsense})
