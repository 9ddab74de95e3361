"""Batches are numbered in the files' order; a run of failures stops the sending."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipeline.deliver.batches import batches
from pipeline.sandbox import SandboxSession
from schemas.words import Outcome
from tests.deliver.delivering import MARKS, PAPER, POST_CUT_BEFORE, delivered
from tests.serving import marks, served


@dataclass(frozen=True)
class BatchesCase:
    count: int
    size: int
    sizes: list[int]


BATCHES = {
    "none": BatchesCase(count=0, size=3, sizes=[]),
    "fewer than a batch": BatchesCase(count=1, size=3, sizes=[1]),
    "one batch": BatchesCase(count=3, size=3, sizes=[3]),
    "one more": BatchesCase(count=4, size=3, sizes=[3, 1]),
    "one each": BatchesCase(count=5, size=1, sizes=[1] * 5),
    "one large batch": BatchesCase(count=2, size=100, sizes=[2]),
}


@pytest.mark.parametrize("name", BATCHES)
def test_batches_are_numbered_from_one_in_the_files_order(name: str) -> None:
    case = BATCHES[name]
    submissions = [marks(f"PAPER{number:03d}", MARKS, number) for number in range(case.count)]
    made = batches(submissions, case.size)
    assert [batch.number for batch in made] == [*range(1, len(case.sizes) + 1)]
    assert [len(batch.submissions) for batch in made] == case.sizes
    assert [planned for batch in made for planned in batch.submissions] == submissions


def test_a_run_of_failures_stops_the_sending_and_the_rest_says_so() -> None:
    papers = [SandboxSession.paper(f"PAPER{number:03d}", PAPER) for number in range(30)]
    submissions = [
        marks(paper.keycode, MARKS, number) for number, paper in enumerate(papers, start=1)
    ]
    with served(papers) as (sandbox, login):
        sandbox.faults.set(POST_CUT_BEFORE)
        endings = delivered(login, submissions, stop_after=4, concurrency=1)
        posted = {entry.keycode for entry in sandbox.journal.posts()}
    assert posted == {f"PAPER{number:03d}" for number in range(4)}
    assert [ending.outcome for ending in endings] == [Outcome.IN_DOUBT] * 4 + [Outcome.FAILED] * 26
    assert [ending.attempts for ending in endings] == [1] * 4 + [0] * 26
    assert all(
        planned.reason.startswith("not sent: the run was stopped: ") for planned in endings[4:]
    )
