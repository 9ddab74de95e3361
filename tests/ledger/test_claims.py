"""Claims: each session in one living process's hands, and no longer than that process lives."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from pipeline.errors import ClaimLost
from pipeline.ledger import Known, Ledger, State
from pipeline.ledger.tables import owners, sessions
from pipeline.model import Ending
from schemas.words import Outcome
from tests.ledger.process import claimers
from tests.ledger.records import (
    attempt,
    begin,
    behind,
    die,
    doomed,
    everything,
    fall_silent,
    intend,
    keycode,
    opened,
    paper,
)

A, B = keycode(1), keycode(2)
MANY = [keycode(number) for number in range(1, 701)]  # more than one statement takes


def test_a_session_is_one_ledgers_until_it_lets_go(url: str) -> None:
    with opened(url) as ledger, opened(url) as other:
        assert ledger.claim([A]) == {A: Known(A, State.OPEN)}
        assert other.claim([A, B]).keys() == {B}
        assert ledger.claim([A]).keys() == {A}, "what is ours already is ours"
        ledger.let_go([A])
        assert other.claim([A]).keys() == {A}


def test_nothing_to_claim_is_nothing_claimed(url: str) -> None:
    with opened(url) as ledger:
        assert ledger.claim([]) == {}


def test_one_that_ends_in_good_order_lets_all_go(url: str) -> None:
    with opened(url) as ledger:
        ledger.claim(MANY)
    with opened(url) as other:
        assert other.claim(MANY).keys() == set(MANY)


def test_threads_share_them_out(url: str) -> None:
    together = threading.Barrier(4)

    def claim(_: int) -> set[str]:
        with opened(url) as ledger:
            together.wait()
            got = {code for at in range(0, 700, 70) for code in ledger.claim(MANY[at : at + 70])}
            together.wait()  # nobody leaves before all have asked
            return got

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(claim, range(4)))
    assert sorted(code for share in shares for code in share) == MANY


def test_processes_share_them_out(url: str) -> None:
    with claimers(url, 3) as processes:
        for process in processes:
            process.claim(MANY)
        shares = [process.got() for process in processes]
    assert sorted(code for share in shares for code in share) == MANY


def test_a_process_that_is_killed_loses_its_claims_at_once(url: str) -> None:
    with opened(url) as ledger, claimers(url, 1) as (process,):
        process.claim([A])
        assert process.got() == {A}
        assert ledger.claim([A]) == {}
        process.kill()
        assert ledger.claim([A]).keys() == {A}


def test_elsewhere_a_silent_process_keeps_its_claims_as_long_as_its_lease(url: str) -> None:
    with opened(url) as ledger, doomed(url) as gone:
        gone.claim([A])
        fall_silent(gone, url, alive_until=time.time() + 25)
        assert ledger.claim([A]) == {}
        fall_silent(gone, url, alive_until=time.time() - 1)
        assert ledger.claim([A]).keys() == {A}


def test_a_lease_that_no_clock_can_mean_is_over(url: str) -> None:
    with opened(url) as ledger, doomed(url) as gone:
        gone.claim([A])
        fall_silent(gone, url, alive_until=time.time() + 86_400)  # the clock was set back a day
        assert ledger.claim([A]).keys() == {A}


def test_a_lease_longer_than_ours_stands(url: str) -> None:
    with opened(url, lease=30) as ledger, doomed(url) as patient:
        patient.claim([A])
        fall_silent(patient, url, alive_until=time.time() + 300)
        assert ledger.claim([A]) == {}


def test_a_living_process_renews_its_lease(url: str) -> None:
    with opened(url, lease=3) as living, opened(url) as ledger:
        living.claim([A])
        with behind(url) as connection:
            mine = owners.c.token == living._lease.token
            connection.execute(owners.update().where(mine).values(alive_until=0.0))
        while not _alive_until(url, living):
            time.sleep(0.05)
        assert ledger.claim([A]) == {}


def _alive_until(url: str, ledger: Ledger) -> float:
    with behind(url) as connection:
        mine = sa.select(owners.c.alive_until).where(owners.c.token == ledger._lease.token)
        return float(connection.execute(mine).scalar_one())


def test_who_comes_while_another_waits_for_the_lock_is_seen_alive(url: str) -> None:
    if url.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time: nobody comes between")
    with opened(url) as waiting, ThreadPoolExecutor(1) as pool:
        waiting.claim([A])
        waiting.let_go([A])
        with behind(url) as connection:
            row = sessions.select().where(sessions.c.keycode == A).with_for_update()
            connection.execute(row)
            claimed = pool.submit(waiting.claim, [A])
            while not _somebody_waits(url):
                time.sleep(0.01)
            late = opened(url).__enter__()
            connection.execute(sessions.update().values(owner=late._lease.token))
        assert claimed.result() == {}
        assert late.claim([A]).keys() == {A}
        late.__exit__()


def _somebody_waits(url: str) -> bool:
    with behind(url) as connection:
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        return bool(connection.exec_driver_sql(waits).scalar_one())


# --- no intent without a claim


def test_an_intent_without_a_claim_changes_nothing(url: str) -> None:
    with opened(url) as ledger, opened(url) as other:
        begun = begin(ledger, [paper(1), paper(2), paper(3)])
        other.claim([keycode(2)])
        ledger.claim([keycode(3)])
        ledger.let_go([keycode(3)])
        before = everything(url)
        for number in (1, 2, 3):
            with pytest.raises(ClaimLost, match=keycode(number)):
                ledger.intend(begun, paper(number), attempt())
        assert everything(url) == before


def test_who_was_taken_for_dead_may_not_send_any_more(url: str) -> None:
    with opened(url) as other, doomed(url) as silent:
        begun = begin(silent, [paper(1)])
        silent.claim([A])
        fall_silent(silent, url, alive_until=time.time() - 1)
        other.claim([A])
        before = everything(url)
        with pytest.raises(ClaimLost):
            silent.intend(begun, paper(1), attempt())
        assert everything(url) == before
        silent.settle(begun.id, Ending(1, Outcome.ACCEPTED, ""), A)
        assert other.known([A])[A].state is State.OPEN, "nor say what came of it"
        assert silent.claim([A]) == {}


def test_what_the_dead_were_sending_is_left_over(url: str) -> None:
    with opened(url) as ledger, doomed(url) as dead:
        begun = begin(dead, [paper(1), paper(2)])
        intend(dead, begun, paper(1))
        assert ledger.in_flight() == [], "its sender may be alive"
        die(dead, url)
        (left,) = ledger.in_flight()
        assert (left.keycode, left.state, left.run) == (A, State.IN_DOUBT, begun.id)
        assert ledger.meant(left) == paper(1)
        assert ledger.entries(left)["question"].tolist() == ["1", "2"]
        assert ledger.claim([A, B]) == {A: left, B: Known(B, State.OPEN)}


# --- another Surpass


def test_what_was_sent_to_another_surpass_was_not_sent_to_this_one(url: str) -> None:
    with opened(url) as ledger, doomed(url, "127.0.0.1:8000") as sandbox:
        begun = begin(sandbox, [paper(1), paper(2)])
        intend(sandbox, begun, paper(1))
        intend(sandbox, begun, paper(2))
        sandbox.settle(begun.id, Ending(1, Outcome.ACCEPTED, ""), A)
        die(sandbox, url)
        assert ledger.known([A, B]) == {}
        assert ledger.under_way([A, B]) == set()
        assert ledger.in_flight() == []
        assert ledger.claim([A, B]).keys() == {A, B}
