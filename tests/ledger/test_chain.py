"""The chain of records: linear whoever writes, once though done twice, nothing personal in it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.ledger.chain import GENESIS, Record, all_records, hash_of
from pipeline.ledger.tables import changes
from pipeline.model import Ending
from schemas.words import Outcome
from tests.ledger.records import (
    attempt,
    begin,
    behind,
    doomed,
    intend,
    keycode,
    opened,
    paper,
    papers,
    run,
    validated,
)


def chain(url: str) -> list[Record]:
    with behind(url) as connection:
        return [*all_records(connection)]


def assert_linear(records: list[Record]) -> None:
    before = GENESIS
    for place, record in enumerate(records, start=1):
        document = json.loads(record.document)
        assert (record.sequence, document["sequence"], document["previous"]) == (
            place,
            place,
            before,
        )
        assert (document["run"], document["key"]) == (record.run, record.key)
        assert record.sha256 == hash_of(record.document)
        before = record.sha256


def test_a_run_is_recorded_at_its_beginning_and_its_end(url: str) -> None:
    with opened(url) as ledger:
        begun = begin(ledger, papers(2))
        ledger.finish(begun, [Ending(1, Outcome.ACCEPTED, "taken"), Ending(2, Outcome.HELD, "?")])
    documents = [json.loads(record.document) for record in chain(url)]
    assert [(each["kind"], each["run"]) for each in documents] == [
        ("begin", begun.id),
        ("end", begun.id),
    ]
    assert documents[0]["submissions"] == 2
    assert documents[1]["outcomes"] == {"accepted": 1, "held": 1}
    assert_linear(chain(url))


def test_what_is_done_twice_is_recorded_once(url: str) -> None:
    with opened(url) as ledger:
        for _ in range(2):
            begun = begin(ledger, papers(1))
        for _ in range(2):
            ledger.finish(begun, [Ending(1, Outcome.ACCEPTED, "taken")])
    assert len(chain(url)) == 2


@pytest.mark.parametrize("processes", [2, 6])
def test_runs_at_once_make_one_line(url: str, processes: int) -> None:
    def run_some(place: int) -> None:
        with opened(url) as ledger:
            for number in range(5):
                begun = begin(ledger, papers(1), number=place * 10 + number)
                ledger.finish(begun, [Ending(1, Outcome.FAILED, "not sent")])

    with ThreadPoolExecutor(processes) as pool:
        [*pool.map(run_some, range(processes))]
    assert len(chain(url)) == processes * 10
    assert_linear(chain(url))


def test_what_is_settled_later_is_recorded_with_what_stood_there(url: str) -> None:
    with doomed(url) as ledger:
        begun = begin(ledger, papers(1))
        intend(ledger, begun, paper(1))
        in_doubt = Ending(1, Outcome.IN_DOUBT, "its answer was lost", 1, 1)
        ledger.settle(begun.id, in_doubt, keycode(1), [attempt(came_back="504")])
        ledger.finish(begun, [in_doubt])
    with opened(url) as later:
        later.claim([keycode(1)])
        found = Ending(1, Outcome.ACCEPTED, "read again")
        later.settle(begun.id, found, keycode(1), by="run 2")
    with behind(url) as connection:
        (change,) = connection.execute(changes.select()).all()
    assert (change.outcome_before, change.outcome, change.by) == ("in_doubt", "accepted", "run 2")
    (*_, last) = chain(url)
    assert change.record == last.sequence
    assert json.loads(last.document)["kind"] == "change"


def test_what_is_read_again_and_stands_as_before_is_no_change(url: str) -> None:
    with doomed(url) as ledger:
        begun = begin(ledger, papers(1))
        intend(ledger, begun, paper(1))
        unconfirmed = Ending(1, Outcome.UNCONFIRMED, "other marks are there", 1, 1)
        ledger.settle(begun.id, unconfirmed, keycode(1))
        ledger.finish(begun, [unconfirmed])
    recorded = len(chain(url))
    with opened(url) as later:
        later.claim([keycode(1)])
        later.settle(begun.id, Ending(1, Outcome.UNCONFIRMED, "other marks are there"), keycode(1))
    assert len(chain(url)) == recorded


def test_nothing_personal_is_in_the_chain(url: str) -> None:
    with opened(url) as ledger:
        begun = run()
        ledger.begin(begun, validated(papers(3), file="Ada Lovelace.csv"), papers(3))
        ledger.finish(
            begun, [Ending(number, Outcome.HELD, keycode(number)) for number in (1, 2, 3)]
        )
        ledger.claim([keycode(1)])
    text = "".join(record.document for record in chain(url))
    assert "Ada" not in text
    assert "PAPER" not in text
