"""Re-runs: what was left is taken up, nothing is lost, nothing sent twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from flows.cli.app import app
from pipeline.errors import InputError
from pipeline.ledger import Attempt
from pipeline.sandbox import Fault, FaultKind, Sandbox
from pipeline.submissions import build_submissions
from pipeline.surpass import Access
from schemas.states import TestState
from tests import forked
from tests.ledger.records import die, doomed, run
from tests.ledger.running import again, id_of, ingested, outcomes, session, settings, sheet
from tests.plain_environment import plain_environment
from tests.serving import PASSWORD, USERNAME, served
from tests.validate.prepared import validated

GOOD, DOWN, SHUT, LOST, WRONG = "GOODONE1", "FAILING1", "NOTOPEN1", "INDOUBT1", "INVALID1"
ROWS = {GOOD: (1, 2), DOWN: (3, 4), SHUT: (5, 6), LOST: (7, 8), WRONG: ("x", 1)}


@pytest.fixture(scope="module")
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    shut = session(SHUT, state=TestState.READY)
    others = [session(code) for code in (GOOD, DOWN, LOST, WRONG)]
    with served([shut, *others]) as there:
        yield there


def applied(sandbox: Sandbox, keycode: str) -> list[dict[str, object]]:
    return [dict(submission.content) for submission in sandbox.session(keycode).applied]


def test_a_rerun_takes_up_what_was_left_and_needs_no_file(
    sandbox: Sandbox, login: Access, tmp_path: Path
) -> None:
    office = settings(tmp_path / "home", login.url)
    file = sheet(tmp_path / "marks.csv", ROWS)
    sandbox.faults.set(*_after_the_check(LOST), _down(DOWN))
    first = ingested(office, [file])
    expected = {GOOD: "accepted", DOWN: "failed", SHUT: "not_open", WRONG: "invalid"}
    assert outcomes(first) == expected | {LOST: "in_doubt"}
    sandbox.faults.clear()
    sandbox.put_in_state(SHUT, TestState.PAPER_RESPONSE_UPLOAD)
    sandbox.journal.clear()
    file.unlink()
    second = again(office, id_of(first))
    assert outcomes(second) == {DOWN: "accepted", SHUT: "accepted", LOST: "unchanged"}
    assert second.reconciliation.run.parent == id_of(first)
    report = json.loads((second.folder / "reconciliation.json").read_text())
    assert report["run"]["parent"] == id_of(first)
    assert (report["totals"]["rows_read"], report["balanced"]) == (3, True)
    (source,) = report["sources"]
    assert source["file"] == "marks.csv"
    assert applied(sandbox, DOWN) == [{"1": 3, "2": 4}]
    assert applied(sandbox, SHUT) == [{"1": 5, "2": 6}]
    assert applied(sandbox, LOST) == [{"1": 7, "2": 8}]
    assert {entry.keycode for entry in sandbox.journal.posts()} == {DOWN, SHUT}
    assert GOOD not in {entry.keycode for entry in sandbox.journal.entries}
    with pytest.raises(InputError, match="left nothing to do"):
        again(office, id_of(second))


def _after_the_check(keycode: str) -> list[Fault]:
    """The session can be read once; then its POST's answer is lost, and it cannot be read."""
    return [
        Fault(FaultKind.HANG_AFTER, method="GET", keycode=keycode, times=1),  # for no time at all
        Fault(FaultKind.CUT_AFTER, method="POST", keycode=keycode, times=1),
        Fault(FaultKind.UNAVAILABLE, method="GET", keycode=keycode),
    ]


def _down(keycode: str) -> Fault:
    return Fault(FaultKind.UNAVAILABLE, method="POST", keycode=keycode)


def test_a_run_that_was_told_twice_still_sends_once(
    sandbox: Sandbox, login: Access, tmp_path: Path
) -> None:
    office = settings(tmp_path / "home", login.url)
    sandbox.faults.set(_down(DOWN))
    first = ingested(office, [sheet(tmp_path / "marks.csv", {DOWN: (3, 4)})])
    sandbox.faults.clear()
    assert outcomes(again(office, id_of(first))) == {DOWN: "accepted"}
    assert outcomes(again(office, id_of(first))) == {DOWN: "unchanged"}
    assert applied(sandbox, DOWN) == [{"1": 3, "2": 4}]


def test_batches_are_run_again_one_by_one(sandbox: Sandbox, login: Access, tmp_path: Path) -> None:
    office = settings(tmp_path / "home", login.url, batch_size=1)
    sandbox.faults.set(_down(DOWN), _down(LOST), _down(GOOD))
    file = sheet(tmp_path / "marks.csv", {code: ROWS[code] for code in (DOWN, LOST, GOOD)})
    first = ingested(office, [file])
    sandbox.faults.clear()
    with pytest.raises(InputError, match=f"batch 9 of run {id_of(first)} left nothing to do"):
        again(office, id_of(first), [9])
    assert outcomes(again(office, id_of(first), [2])) == {LOST: "accepted"}
    assert outcomes(again(office, id_of(first), [1, 3])) == {DOWN: "accepted", GOOD: "accepted"}


def test_a_run_that_is_not_there(login: Access, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no run nosuchrun"):
        again(settings(tmp_path / "home", login.url), "nosuchrun")


def test_a_rerun_of_a_rerun(sandbox: Sandbox, login: Access, tmp_path: Path) -> None:
    office = settings(tmp_path / "home", login.url)
    sandbox.faults.set(_down(DOWN))
    first = ingested(office, [sheet(tmp_path / "marks.csv", {DOWN: (3, 4)})])
    second = again(office, id_of(first))
    assert outcomes(second) == {DOWN: "failed"}
    sandbox.faults.clear()
    third = again(office, id_of(second))
    assert outcomes(third) == {DOWN: "accepted"}
    assert third.reconciliation.run.parent == id_of(second)


def test_what_a_dead_run_never_came_to(sandbox: Sandbox, login: Access, tmp_path: Path) -> None:
    """Not what its findings stopped, even those that do not show in the entries alone."""
    office = settings(tmp_path / "home", login.url)
    file = sheet(tmp_path / "marks.csv", ROWS | {SHUT: (5, 6, 7)})  # one cell too many
    url = f"sqlite:///{tmp_path / 'home' / 'ledger.sqlite'}"
    with doomed(url, urlsplit(login.url).netloc) as dead:
        read = validated([file])
        keycodes = read.submissions["keycode"]
        good = keycodes.index[~keycodes.isin([SHUT, WRONG])].tolist()
        ready = build_submissions(read.entries, good, "empty")
        dead.begin(run(), read, ready)
        lost = next(submission for submission in ready if submission.keycode == LOST)
        dead.claim([submission.keycode for submission in ready])
        dead.intend(run(), lost, Attempt(1, "2025-06-02T09:30:00", 1.0))
        die(dead, url)
    file.unlink()
    sandbox.put_in_state(SHUT, TestState.PAPER_RESPONSE_UPLOAD)
    report = again(office, run().id)
    assert outcomes(report) == {GOOD: "accepted", DOWN: "accepted", LOST: "accepted"}
    assert applied(sandbox, SHUT) == applied(sandbox, WRONG) == []
    assert applied(sandbox, LOST) == [{"1": 7, "2": 8}]
    assert len(sandbox.journal.posts(LOST)) == 1


def test_the_commands_tell_it_to_the_attempt(
    sandbox: Sandbox, login: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = settings(tmp_path / "home", login.url, batch_size=1)
    sandbox.faults.set(_down(DOWN), _down(LOST))
    file = sheet(tmp_path / "marks.csv", {code: ROWS[code] for code in (GOOD, DOWN, LOST)})
    first = ingested(office, [file])
    file.unlink()
    sandbox.faults.clear()
    rerun = _papermarks(tmp_path, login, "rerun", id_of(first), "--batch", "2", "--json")
    assert rerun["run"]["parent"] == id_of(first)
    assert [(row["keycode"], row["outcome"]) for row in rerun["submissions"]] == [
        (DOWN, "accepted")
    ]
    for name, value in _environment(tmp_path, login).items():
        monkeypatch.setenv(name, value)
    runs = _json_of("runs", "--json")
    assert [(row["id"], row["parent"], row["outcomes"]) for row in runs] == [
        (rerun["run"]["id"], id_of(first), {"accepted": 1}),
        (id_of(first), None, {"accepted": 1, "failed": 2}),
    ]
    table = CliRunner().invoke(app, ["runs"]).stdout
    assert table.count(id_of(first)) == 2  # as itself, and as what the other takes up
    assert all(whole in table for whole in (rerun["run"]["id"], "marks.csv", "2 failed"))
    shown = _json_of("show", id_of(first), "--json")
    posts = [(post["submission"], post["post"]) for post in shown["attempts"]]
    assert posts == [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2)]
    assert shown["attempts"][0]["came_back"] == "taken"
    assert "503" in shown["attempts"][1]["came_back"]


def _environment(folder: Path, login: Access) -> dict[str, str]:
    return plain_environment(
        HOME=str(folder),
        PAPERMARKS_HOME=str(folder / "home"),
        PAPERMARKS_SURPASS_URL=login.url,
        PAPERMARKS_SURPASS_USERNAME=USERNAME,
        PAPERMARKS_SURPASS_PASSWORD=PASSWORD,
        PAPERMARKS_PREFECT="false",
    )


def _papermarks(folder: Path, login: Access, *args: str) -> Any:
    """The command, as a process of its own; what it printed."""
    done = forked.papermarks(*args, env=_environment(folder, login))
    done.check_returncode()
    return json.loads(done.stdout)


def _json_of(*args: str) -> Any:
    """The same in this process: to start one takes seconds."""
    ran = CliRunner().invoke(app, args)
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)
