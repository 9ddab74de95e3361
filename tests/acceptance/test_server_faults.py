"""The second server's faults: each befalls the first POST, and is shared out by a seed."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from dataclasses import dataclass

import pytest

from tests.acceptance.asking import new_service, post_to
from tests.acceptance.documented import Service
from tests.acceptance.model import (
    OPEN,
    PostFault,
    Session,
    faults_by_share,
    keycodes,
)
from tests.acceptance.server import serving


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
    service = new_service(faults={"OPEN0001": case.fault}, late_s=0.4)
    with serving(service):
        if case.status is None:
            with pytest.raises(http.client.RemoteDisconnected):
                post_to(service, "OPEN0001")
        else:
            reply = post_to(service, "OPEN0001")
            assert reply.status == case.status
            assert reply.kind == ("text/html" if case.status > 500 else "application/json")
        _stands(service, case.at_once, is_open=case.open_at_once)
        service.wait_for_late_ones()
        _stands(service, case.later, is_open=case.open_later)
        if case.open_later:  # there is one fault for each keycode
            assert post_to(service, "OPEN0001").status == 200
            assert len(service.stored("OPEN0001")) == (2 if case.later else 1)


def _stands(service: Service, questions: int, *, is_open: bool) -> None:
    assert sum(map(len, service.stored("OPEN0001"))) == questions
    assert (service.session("OPEN0001").state == OPEN) is is_open


def test_a_late_storing_comes_on_top_of_one_that_overtook_it() -> None:
    service = new_service(faults={"OPEN0001": PostFault.STORED_LATE})
    with serving(service):
        assert post_to(service, "OPEN0001").status == 504
        assert post_to(service, "OPEN0001").status == 200
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
        statuses.extend(post_to(service, keycode).status for keycode in codes)

    with serving(service):
        threads = [threading.Thread(target=post_each) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Counter(statuses) == {200: 60, 400: 180}
    assert len(service.posts) == len(service.requests) == 240
    assert {len(service.stored(keycode)) for keycode in codes} == {1}
