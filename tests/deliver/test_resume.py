"""Resuming a batch: what another process did of it stands, and nothing is sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.deliver.context import RunContext
from pipeline.deliver.post import Delivery
from pipeline.deliver.resume import resume
from pipeline.errors import SendingStopped, SettingsError
from pipeline.ledger import Ledger
from pipeline.model import Ending
from pipeline.sandbox import Sandbox, SandboxSession
from pipeline.settings import load
from pipeline.surpass import Access, Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.words import Outcome
from tests.ledger.records import attempt, begin, die, intend, keycode, opened, papers, run
from tests.serving import DONE, plain_wire, served

_COUNT = 5


@pytest.fixture
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    sessions = [SandboxSession.paper(keycode(n), {"1": 10, "2": 10}) for n in range(1, _COUNT + 1)]
    with served(sessions) as there:
        yield there


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


def resumed(ledger: Ledger, login: Access, stopped: bool = False) -> dict[int, Ending]:
    advanced: list[None] = []

    async def resuming() -> tuple[Ending, ...]:
        line = CircuitBreaker(2, 1000)
        if stopped:
            line.stop(SendingStopped("enough"))
        async with Surpass(login, plain_wire()) as surpass:
            context = RunContext(surpass, ledger, line, quiet_period=0)
            delivery = Delivery(run(), DONE, context, lambda: advanced.append(None))
            return await resume(3, range(1, _COUNT + 1), delivery)

    endings = asyncio.run(resuming())
    assert len(advanced) == _COUNT
    assert [ending.submission for ending in endings] == list(range(1, _COUNT + 1))
    return {ending.submission: ending for ending in endings}


def killed(url: str) -> None:
    """A process sent the first, had the second refused, sent the third, and died before it knew."""
    with opened(url) as ledger:
        first, second, third, *_ = sent = papers(_COUNT)
        begun = begin(ledger, sent)
        theirs = opened(url).__enter__()
        for submission, outcome in ((first, Outcome.ACCEPTED), (second, Outcome.REFUSED)):
            intend(theirs, begun, submission)
            ending = Ending(submission.number, outcome, "said there", 3, attempts=1)
            theirs.settle(begun.id, ending, submission.keycode, [attempt(came_back="taken")])
        intend(theirs, begun, third)
        theirs.claim([keycode(4)])
        die(theirs, url)
        theirs._engine.dispose()


def test_what_a_dead_process_did_stands_and_the_rest_is_sent(
    surpass: tuple[Sandbox, Access], url: str
) -> None:
    sandbox, login = surpass
    killed(url)
    with opened(url) as ledger:
        ended = resumed(ledger, login)
        assert resumed(ledger, login) | {3: ended[3]} == ended  # again, all of it stands
    assert [ended[n].outcome for n in (1, 2, 3)] == ["accepted", "refused", "in_doubt"]
    assert ended[1] == Ending(1, Outcome.ACCEPTED, "said there", 3, 1)
    assert [(ended[n].outcome, ended[n].batch) for n in (4, 5)] == [("accepted", 3)] * 2
    assert sorted(str(post.keycode) for post in sandbox.journal.posts()) == [keycode(4), keycode(5)]


def test_where_the_line_is_stopped_what_was_sent_is_in_doubt_and_not_failed(
    surpass: tuple[Sandbox, Access], url: str
) -> None:
    sandbox, login = surpass
    killed(url)
    with opened(url) as ledger:
        ended = resumed(ledger, login, stopped=True)
    outcomes = [ended[n].outcome for n in range(1, _COUNT + 1)]
    assert outcomes == ["accepted", "refused", "in_doubt", "failed", "failed"]
    assert sandbox.journal.posts() == ()


def test_a_batch_of_another_surpass_is_not_known(url: str) -> None:
    with opened(url) as ledger:
        begun = begin(ledger, papers(2))
        assert len(ledger.standing(begun.id, [1, 2])) == 2
        with pytest.raises(LookupError):
            ledger.standing(begun.id, [1, 2, 3])
    with opened(url, "other.surpass.com") as ledger, pytest.raises(LookupError):
        ledger.standing(begun.id, [1, 2])


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"DASK": "local"}, "set LEDGER_URL"),
        ({"DASK": "local", "LEDGER_URL": "sqlite:///here"}, "set LEDGER_URL"),
        ({"DASK": "host", "LEDGER_URL": "postgresql+psycopg://db"}, "tls://host:8786"),
    ],
)
def test_a_cluster_needs_an_address_and_a_ledger_to_share(
    environment: dict[str, str], said: str, tmp_path: Path
) -> None:
    office = {f"PAPERMARKS_{name}": value for name, value in environment.items()}
    with pytest.raises(SettingsError, match=said):
        load(office | {"PAPERMARKS_HOME": str(tmp_path)})
