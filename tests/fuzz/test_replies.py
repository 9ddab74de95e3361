"""Odd replies at each of a session's three moments: read, sent, read back. By seed."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests.crashpoints.disks import SqliteDisk
from tests.crashpoints.explore import AFTER_QUIET_S
from tests.crashpoints.points import Points
from tests.crashpoints.runs import Office, State
from tests.crashpoints.surpass_model import Marks, SurpassModel, called
from tests.crashpoints.virtual_time import VirtualClock
from tests.fuzz.changed_files import CORPUS
from tests.fuzz.odd_replies import odd_reply

_SENT: dict[str, Marks] = {
    f"FUZZ{number:04d}": {"1": 1 + number % 10, "2": 2} for number in range(60)
}
_LONGEST_S = 4 * 3600.0  # that a run may take, by its own clock
_SEEDS, _MANY, _AT_ONCE = 3, 403, 20
_SETTLED = {"accepted", "unchanged"}
# What an odd reply may leave for a person, and never more than once in a run without any.
_FOR_A_PERSON = {"unconfirmed", "not_open"}


@dataclass
class OddWire(httpx.AsyncBaseTransport):
    """Answers oddly now and then; whatever it answers, the model does or does not store."""

    surpass: SurpassModel
    points: Points
    clock: VirtualClock
    draw: Random
    share: float
    replied: Counter[str] = field(default_factory=Counter)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        what, keycode = called(str(request.url))
        await asyncio.sleep(0.01)
        self.surpass.at(self.clock.now)
        # A run whose very first request fails stops at once, and meets nothing.
        odd = self.replied.total() > 0 and self.draw.random() < self.share
        if request.method == "GET":
            truth = self.surpass.read(keycode, result=what == "Result")
        else:
            self.surpass.arrives(keycode)
            truth = self._posted(keycode, request.content, odd)
        if not odd:
            self.replied["true"] += 1
            return httpx.Response(truth[0], content=truth[1], request=request)
        reply = odd_reply(self.draw, truth)
        while request.method == "POST" and reply.is_refusal and not self._is_nothing(keycode):
            reply = odd_reply(self.draw, truth)  # that would be a lie
        self.replied[f"{request.method} {reply.kind}"] += 1
        headers = [(name.encode(), text.encode("utf-8")) for name, text in reply.headers.items()]
        return httpx.Response(
            reply.status, headers=headers, stream=httpx.ByteStream(reply.content), request=request
        )

    def _is_nothing(self, keycode: str) -> bool:
        session = self.surpass.sessions[keycode]
        return not session.stored and not session.under_way

    def _posted(self, keycode: str, body: bytes, odd: bool) -> tuple[int, bytes]:
        way = self.draw.random() if odd else 0.0
        if way < 0.5:
            return self.surpass.post(keycode, body)
        if way < 0.75:
            self.surpass.post_later(keycode, body, self.clock.now + self.draw.choice((1.0, 100.0)))
        return 502, b"<html><body>Bad Gateway</body></html>"


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    shared = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a folder of our own
    with TemporaryDirectory(dir=shared) as name:
        folder = Path(name)
        sheet = folder / "marks.csv"
        rows = [f"{keycode},{marks['1']},{marks['2']}" for keycode, marks in _SENT.items()]
        sheet.write_text("\n".join(["Keycode,Q1,Q2", *rows, ""]))
        (folder / "ledger").mkdir()
        yield Office.at(folder, SqliteDisk(folder / "ledger"), sheet, stop_after=100_000)


@pytest.fixture(scope="module")
def blank(office: Office) -> State:
    return State(office.disk.copy(), SurpassModel.waiting(_SENT))


def _harm(office: Office, blank: State, seed: int) -> tuple[Counter[str], list[str]]:
    """How many replies there were, and what went wrong: a run with odd ones, then one without."""
    draw = Random(seed)
    share = draw.choice((0.3, 0.7, 0.95))
    wires: list[OddWire] = []

    def odd_wire(surpass: SurpassModel, points: Points, clock: VirtualClock) -> OddWire:
        wires.append(OddWire(surpass, points, clock, draw, share))
        return wires[-1]

    surpass = SurpassModel.waiting(_SENT, becomes_result=draw.random() < 0.3)
    ran = office.run_with(State(blank.ledger, surpass), lambda *_: None, odd_wire)
    wrong = _wrong_in(ran.state, seed)
    if ran.account is None:
        wrong.append(f"seed {seed}: the run did not come to its report")
        return wires[0].replied, wrong
    if not ran.account.balanced:
        wrong.append(f"seed {seed}: the account does not balance")
    if ran.state.now > _LONGEST_S:
        wrong.append(f"seed {seed}: the run took {ran.state.now:.0f} s")
    ended = dict(
        zip(ran.account.submissions["keycode"], ran.account.submissions["outcome"], strict=True)
    )
    for keycode, outcome in ended.items():
        stored = ran.state.surpass.sessions[keycode].stored
        if outcome == "accepted" and stored != [_SENT[keycode]]:
            wrong.append(f"seed {seed}: {keycode} is accepted, and has {stored}")
    plain = office.run(ran.state.later(AFTER_QUIET_S), {})
    wrong += _wrong_in(plain.state, seed)
    assert plain.account is not None
    after = zip(
        plain.account.submissions["keycode"], plain.account.submissions["outcome"], strict=True
    )
    for keycode, outcome in after:
        stored = plain.state.surpass.sessions[keycode].stored
        if outcome in _SETTLED and stored != [_SENT[keycode]]:
            wrong.append(f"seed {seed}: {keycode} is {outcome}, and has {stored}")
        if outcome not in _SETTLED | _FOR_A_PERSON:
            wrong.append(f"seed {seed}: {keycode} is {outcome} in the end, after {ended[keycode]}")
    return wires[0].replied, wrong


def _wrong_in(state: State, seed: int) -> list[str]:
    wrong = [f"seed {seed}: {keycode} was sent blindly" for keycode in state.surpass.blind]
    for keycode, session in state.surpass.sessions.items():
        if session.stored not in ([], [_SENT[keycode]]):
            wrong.append(f"seed {seed}: {keycode} has {session.stored}")
    return wrong


def _replies(office: Office, blank: State, seeds: range) -> int:
    replied: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in seeds:
        counted, harm = _harm(office, blank, seed)
        replied += counted
        wrong += harm
    print(f"{replied.total() - replied['true']} odd replies among {replied.total()}")
    assert wrong == []
    return replied.total() - replied["true"]


@dataclass
class KeptWire(OddWire):
    """Gives one reply at each moment: the reading of a session, a POST, and a reading back."""

    reply: httpx.Response = field(default_factory=lambda: httpx.Response(200))
    given: set[str] = field(default_factory=set)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        good = await super().handle_async_request(request)
        _, keycode = called(str(request.url))
        posted = bool(self.surpass.sessions[keycode].stored)
        moment = request.method if request.method == "POST" or not posted else "GET again"
        if moment in self.given or self.replied.total() < 2:
            return good
        self.given.add(moment)
        kept = self.reply
        return httpx.Response(
            kept.status_code, headers=kept.headers, content=kept.content, request=request
        )


@pytest.mark.parametrize("file", sorted((CORPUS / "replies").iterdir()), ids=lambda path: path.name)
def test_what_once_did_harm(office: Office, blank: State, file: Path) -> None:
    kept = json.loads(file.read_text())
    headers, content = kept["headers"], base64.b64decode(kept["content"])
    wires: list[KeptWire] = []

    def kept_wire(surpass: SurpassModel, points: Points, clock: VirtualClock) -> KeptWire:
        reply = httpx.Response(kept["status"], headers=headers, content=content)
        wires.append(KeptWire(surpass, points, clock, Random(0), share=0.0, reply=reply))
        return wires[-1]

    ran = office.run_with(blank, lambda *_: None, kept_wire)
    assert wires[0].given == {"GET", "POST", "GET again"}
    assert ran.account is not None
    assert ran.account.balanced
    plain = office.run(ran.state.later(AFTER_QUIET_S), {})
    assert _wrong_in(plain.state, seed=0) == []
    assert {session.state for session in plain.state.surpass.sessions.values()} == {"Marked"}


def test_no_odd_reply_does_harm(office: Office, blank: State) -> None:
    assert _replies(office, blank, range(_SEEDS)) > 100


def test_a_seed_that_once_did_harm(office: Office, blank: State) -> None:
    """A POST was answered with next to nothing, then its session was told to be in no state."""
    assert _replies(office, blank, range(324, 325)) > 100


@pytest.mark.long
@pytest.mark.parametrize("first", range(_SEEDS, _MANY, _AT_ONCE))
def test_none_of_many_does_harm(office: Office, blank: State, first: int) -> None:
    assert _replies(office, blank, range(first, first + _AT_ONCE)) > 1000
