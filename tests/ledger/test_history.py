"""What the ledger tells afterwards, and that writing twice is writing once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd
import pytest

from pipeline.findings import make_findings
from pipeline.ledger import Seen, State
from pipeline.model import Ending
from schemas.words import Outcome
from tests.ledger.records import (
    STARTED,
    attempt,
    begin,
    die,
    doomed,
    everything,
    intend,
    keycode,
    opened,
    paper,
    papers,
    run,
    validated,
)

AFTER = {
    Outcome.ACCEPTED: State.ACCEPTED,
    Outcome.UNCONFIRMED: State.UNCONFIRMED,
    Outcome.IN_DOUBT: State.IN_DOUBT,
    Outcome.UNCHANGED: State.OPEN,
    Outcome.INVALID: State.OPEN,
    Outcome.HELD: State.OPEN,
    Outcome.NOT_OPEN: State.OPEN,
    Outcome.ABSENT: State.OPEN,
    Outcome.REFUSED: State.OPEN,
    Outcome.FAILED: State.OPEN,  # every POST is known not to have been taken
    Outcome.READY: State.OPEN,
}
TAKEN_UP = {Outcome.FAILED, Outcome.IN_DOUBT, Outcome.NOT_OPEN}


@pytest.mark.parametrize("outcome", Outcome)
def test_what_an_outcome_leaves(url: str, outcome: Outcome) -> None:
    with opened(url) as ledger, opened(url) as other:
        begun = begin(ledger, [paper(1)])
        intend(ledger, begun, paper(1))
        sent = [attempt(came_back="cut"), attempt(2, came_back="taken")]
        ending = Ending(1, outcome, "why", batch=3, attempts=2)
        ledger.settle(begun.id, ending, keycode(1), sent)
        known = ledger.known([keycode(1)])[keycode(1)]
        assert known.state is AFTER[outcome]
        assert (known.run, known.submission) == (begun.id, 1)
        assert ledger.under_way([keycode(1)]) == (
            set() if known.state is State.OPEN else {keycode(1)}
        )
        assert other.claim([keycode(1)]) == {keycode(1): known}, "settled is let go"
        shown = ledger.show(begun.id)
        (submission_shown,) = shown["submissions"]
        assert (
            submission_shown["outcome"],
            submission_shown["reason"],
            submission_shown["batch"],
        ) == (str(outcome), "why", 3)
        assert [post["came_back"] for post in shown["attempts"]] == ["cut", "taken"]
        entries, files = ledger.unfinished(begun.id)
        assert entries.empty is (outcome not in TAKEN_UP)
        assert files.keys() == {"marks.csv"}


def test_what_failed_before_anything_was_sent_leaves_nothing(url: str) -> None:
    with opened(url) as ledger:
        begun = begin(ledger, [paper(1)])
        ledger.claim([keycode(1)])
        ledger.settle(begun.id, Ending(1, Outcome.FAILED, "why", batch=1), keycode(1))
        assert ledger.known([keycode(1)])[keycode(1)].state is State.OPEN
        assert ledger.in_flight() == []


def test_what_is_written_twice_stands_there_once(url: str) -> None:
    with opened(url) as ledger:
        begun = begin(ledger, papers(2))
        begin(ledger, papers(2))
        for _ in range(2):
            intend(ledger, begun, paper(1))
        once = everything(url)
        assert len(once["attempts"]) == 1
        assert len(once["submissions"]) == 2
        ending = Ending(1, Outcome.ACCEPTED, "taken", batch=1, attempts=1)
        ledger.settle(begun.id, ending, keycode(1), [attempt(came_back="taken")])
        settled = everything(url)
        ledger.settle(begun.id, ending, keycode(1), [attempt(came_back="taken")])
        ledger.let_go([keycode(1)])
        assert everything(url) == settled
        finished = replace(begun, finished=STARTED)
        ledger.finish(finished, [ending, Ending(2, Outcome.HELD, "why")])
        ended = everything(url)
        ledger.finish(finished, [ending, Ending(2, Outcome.HELD, "why")])
        assert everything(url) == ended


def test_a_run_is_told_to_the_attempt(url: str) -> None:
    with opened(url) as ledger:
        begun = begin(ledger, papers(3))
        intend(ledger, begun, paper(2))
        assert ledger.runs()[0]["outcomes"] == {"unfinished": 3}
        assert ledger.runs()[0]["finished"] is None
        ledger.settle(begun.id, Ending(2, Outcome.ACCEPTED, "taken", 1, 1), keycode(2))
        endings = [Ending(1, Outcome.HELD, "why"), Ending(3, Outcome.NOT_OPEN, "why")]
        ledger.finish(replace(begun, finished=STARTED), endings)
        later = replace(run(2), parent=begun.id)
        ledger.begin(later, validated([paper(3)]), [paper(3)])
        assert [(shown_run["id"], shown_run["parent"]) for shown_run in ledger.runs()] == [
            (later.id, begun.id),
            (begun.id, None),
        ]
        assert ledger.runs()[1]["outcomes"] == {"accepted": 1, "held": 1, "not_open": 1}
        shown = ledger.show(begun.id)
    assert shown["finished"] == STARTED.timestamp()
    assert shown["started"] == begun.started.timestamp()
    (source,) = shown["sources"]
    assert (source["name"], source["layouts"], source["rows_read"]) == ("marks.csv", "wide", 3)
    assert [row["number"] for row in shown["submissions"]] == [1, 2, 3]
    assert not any("content" in row or "entries" in row for row in shown["submissions"])
    (post,) = shown["attempts"]
    assert (post["submission"], post["post"], post["ended"]) == (2, 1, None)


def test_what_findings_stopped_is_said_so_at_once(url: str) -> None:
    """A row whose cells have shifted looks well enough in its entries: a re-run must not send it.

    The run may be killed before it writes any ending.
    """
    read = validated(papers(2))
    first = read.entries[read.entries["submission"] == 1].head(1).assign(question=None)
    read = replace(read, findings=make_findings("row-ragged", first, found=2, expected=3))
    with opened(url) as ledger:
        begun = run()
        ledger.begin(begun, read, [paper(2)])
        entries, _ = ledger.unfinished(begun.id)
        assert set(entries["keycode"]) == {keycode(2)}
        submission_shown = ledger.show(begun.id)["submissions"][0]
        assert submission_shown["outcome"] == "invalid"
        assert "Row 2" in submission_shown["reason"]


def test_the_unfinished_are_the_entries_as_they_were(url: str) -> None:
    with opened(url) as ledger:
        read = validated(papers(3))
        ledger.begin(run(), read, papers(3))
        ledger.claim([keycode(1)])
        ledger.settle(run().id, Ending(1, Outcome.FAILED, "why", batch=1), keycode(1))
        ledger.claim([keycode(2)])
        ledger.settle(run().id, Ending(2, Outcome.FAILED, "why", batch=2), keycode(2))
        entries, files = ledger.unfinished(run().id)
        meant = read.entries[entries.columns].reset_index(drop=True)
        pd.testing.assert_frame_equal(entries, meant, check_dtype=False)
        assert files["marks.csv"] == read.sources[0].source
        assert set(ledger.unfinished(run().id, [2])[0]["keycode"]) == {keycode(2)}
        assert ledger.unfinished(run().id, [9])[0].empty


def test_a_later_settling_is_not_written_over(url: str) -> None:
    with opened(url) as ledger, opened(url) as later:
        begun = begin(ledger, [paper(1)])
        intend(ledger, begun, paper(1))
        doubt = Ending(1, Outcome.IN_DOUBT, "lost", batch=1, attempts=1)
        ledger.settle(begun.id, doubt, keycode(1))
        later.claim([keycode(1)])
        later.settle(begun.id, Ending(1, Outcome.ACCEPTED, "it was taken"), keycode(1))
        ledger.finish(begun, [doubt])
        assert ledger.runs()[0]["outcomes"] == {"accepted": 1}


@dataclass(frozen=True)
class Case:
    settled: Outcome
    mark: int
    then: Outcome


BESIDE = {
    "accepted, the same": Case(settled=Outcome.ACCEPTED, mark=5, then=Outcome.UNCHANGED),
    "accepted, another mark": Case(settled=Outcome.ACCEPTED, mark=6, then=Outcome.HELD),
    "failed": Case(settled=Outcome.FAILED, mark=5, then=Outcome.FAILED),
    "unconfirmed": Case(settled=Outcome.UNCONFIRMED, mark=5, then=Outcome.UNCONFIRMED),
    "still in doubt": Case(settled=Outcome.IN_DOUBT, mark=5, then=Outcome.IN_DOUBT),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_another_run_left_in_doubt_because_of_it_is_settled_with_it(
    url: str, name: str
) -> None:
    case = BESIDE[name]
    doubt = Ending(1, Outcome.IN_DOUBT, "run 1 has sent it, and its answer was lost")
    with doomed(url) as ledger:
        first = begin(ledger, [paper(1)])
        intend(ledger, first, paper(1))
        sent = Ending(1, Outcome.IN_DOUBT, "lost", batch=1, attempts=1)
        ledger.settle(first.id, sent, keycode(1))
        ledger.finish(first, [sent])
        second = begin(ledger, [paper(1, case.mark)], number=2)
        ledger.finish(second, [doubt])
    with opened(url) as later:
        later.claim([keycode(1)])
        later.settle(first.id, Ending(1, case.settled, "as read"), keycode(1), by="run 3")
        (of_second,) = later.show(second.id)["submissions"]
    assert of_second["outcome"] == case.then


def test_a_run_that_is_not_there(url: str) -> None:
    with opened(url) as ledger:
        with pytest.raises(LookupError):
            ledger.show("20250602-000000-none")
        with pytest.raises(LookupError):
            ledger.unfinished("20250602-000000-none")
        assert ledger.runs() == []


def test_a_dead_run_left_all_that_it_never_came_to(url: str) -> None:
    with opened(url) as ledger, doomed(url) as dead:
        begun = begin(dead, papers(3))
        intend(dead, begun, paper(1))
        dead.settle(begun.id, Ending(1, Outcome.ACCEPTED, "", 1, 1), keycode(1))
        intend(dead, begun, paper(2))
        die(dead, url)
        entries, _ = ledger.unfinished(begun.id)
        assert set(entries["keycode"]) == {keycode(2), keycode(3)}


@pytest.mark.parametrize("count", [5_000, pytest.param(25_000, marks=pytest.mark.long)])
def test_many_submissions(
    url: str, count: int, record_property: Callable[[str, object], None]
) -> None:
    many = papers(count)
    read = validated(many)
    with opened(url) as ledger:
        began = time.perf_counter()
        ledger.begin(run(), read, many)
        begun = time.perf_counter()
        assert len(ledger.claim([submission.keycode for submission in many])) == len(many)
        claimed = time.perf_counter()
        ledger.finish(
            run(), [Ending(submission.number, Outcome.FAILED, "why") for submission in many]
        )
        finished = time.perf_counter()
        assert ledger.runs()[0]["outcomes"] == {"failed": len(many)}
    times = {"begin": begun - began, "claim": claimed - begun, "finish": finished - claimed}
    for name, seconds in times.items():
        record_property(name, seconds)
        print(f"{name} of {count}: {seconds:.1f} s")


def test_the_last_that_was_seen_of_a_session(url: str) -> None:
    with opened(url) as ledger:
        first = begin(ledger, papers(2), number=1)
        endings = [Ending(1, Outcome.HELD, "two sources"), Ending(2, Outcome.FAILED, "away")]
        ledger.finish(replace(first, finished=STARTED), endings)
        # A later run that knows one of them by another number, and did not come to its end.
        later = run(2)
        again = [replace(paper(2), number=1)]
        ledger.begin(later, validated(again), again)
        seen = ledger.last_seen([keycode(1), keycode(2), keycode(3)])
        assert seen == {
            keycode(1): Seen(
                keycode(1), first.id, first.started.timestamp(), Outcome.HELD, "two sources"
            ),
            keycode(2): Seen(keycode(2), later.id, later.started.timestamp(), None, None),
        }
        assert ledger.last_seen([]) == {}


def test_of_two_kinds_in_one_run_the_later_counts(url: str) -> None:
    with opened(url) as ledger:
        twice = [paper(1), replace(paper(1), number=2)]
        begun = begin(ledger, twice)
        endings = [Ending(1, Outcome.INVALID, "first"), Ending(2, Outcome.HELD, "second")]
        ledger.finish(replace(begun, finished=STARTED), endings)
        assert ledger.last_seen([keycode(1)])[keycode(1)].reason == "second"


def test_what_was_seen_for_another_surpass_is_not_seen(url: str) -> None:
    with opened(url, "another.surpass.com") as other:
        begin(other, papers(1))
    with opened(url) as ledger:
        assert ledger.last_seen([keycode(1)]) == {}


def test_the_last_seen_of_more_than_one_statement_holds(url: str) -> None:
    with opened(url) as ledger:
        begin(ledger, papers(1_203))
        seen = ledger.last_seen([keycode(number) for number in range(1, 1_300)])
        assert seen.keys() == {keycode(number) for number in range(1, 1_204)}
