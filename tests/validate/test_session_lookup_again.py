"""The same candidates handed in again: their sessions have moved on, or are results by now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from schemas.states import TestState
from tests.ledger.running import ingested, outcomes, settings
from tests.read.source_files import dropped
from tests.serving import asked, served
from tests.validate.looked_up import SESSIONS, session


def test_the_same_file_again_is_unchanged_though_the_sessions_have_moved_on(
    tmp_path: Path,
) -> None:
    file = dropped(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\nab-17,7,8\n0012099,1,1\n", "marks.csv")
    with served(SESSIONS) as (_, login):
        ours = settings(tmp_path / "home", login.url)
        first, second = ingested(ours, [file]), ingested(ours, [file])
    assert outcomes(first) == {"AAAAAAA2": "accepted", "GGGGGGG2": "accepted", "": "not_open"}
    assert outcomes(second) == {"AAAAAAA2": "unchanged", "GGGGGGG2": "unchanged", "": "not_open"}


@dataclass(frozen=True)
class _Again:
    """What the same file, sent before, comes to where Surpass is of this shape."""

    options: dict[str, Any]
    file: str = "Candidate,Q1,Q2\n0012041,5,6\nAB-17,7,8\n0012099,1,1\n"


_AGAIN = {
    "results, 404": _Again(options={"becomes_result": True}),
    "results, 400": _Again(options={"becomes_result": True, "result_gone_status": 400}),
    "results, lists without references": _Again(
        options={"becomes_result": True, "list_references": False}
    ),
    "results, state by number": _Again(options={"becomes_result": True, "state_filter": "number"}),
    "results, state not filtered": _Again(
        options={"becomes_result": True, "state_filter": "refused"}
    ),
    "results, unknown by 400": _Again(options={"becomes_result": True, "unknown_status": 400}),
    "results, references that are no keycodes": _Again(
        options={"becomes_result": True, "reference_is_keycode": False}
    ),
    "results, tests named": _Again(
        options={"becomes_result": True},
        file="Candidate,Test,Q1,Q2\n0012041,BIO,5,6\nAB-17,BIO,7,8\n0012099,BIO,1,1\n",
    ),
    "marked, lists without references": _Again(options={"list_references": False}),
    "marked, state by number": _Again(options={"state_filter": "number"}),
    "marked, state not filtered": _Again(options={"state_filter": "refused"}),
}


@pytest.mark.parametrize("name", _AGAIN)
def test_the_same_file_again_is_unchanged_whatever_shape_surpass_has(
    tmp_path: Path, name: str
) -> None:
    """A result is listed no more: our records and the result tell whose it was."""
    case = _AGAIN[name]
    file = dropped(tmp_path, case.file, "marks.csv")
    with served(SESSIONS, **case.options) as (sandbox, login):
        ours = settings(tmp_path / "home", login.url)
        first, second = ingested(ours, [file]), ingested(ours, [file])
        posts = len(sandbox.journal.posts())
    assert outcomes(first) == {"AAAAAAA2": "accepted", "GGGGGGG2": "accepted", "": "not_open"}
    assert outcomes(second) == {"AAAAAAA2": "unchanged", "GGGGGGG2": "unchanged", "": "not_open"}
    assert posts == 2


def test_a_corrected_file_for_what_has_become_a_result_sends_nothing(tmp_path: Path) -> None:
    before = dropped(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n", "before.csv")
    after = dropped(tmp_path, "Candidate,Q1,Q2\n0012041,5,7\n", "after.csv")
    with served(SESSIONS, becomes_result=True) as (sandbox, login):
        ours = settings(tmp_path / "home", login.url)
        ingested(ours, [before])
        second = ingested(ours, [after])
        assert len(sandbox.journal.posts()) == 1
    assert [*outcomes(second)] == ["AAAAAAA2"], "it is known whose session it was"
    assert outcomes(second)["AAAAAAA2"] in {"held", "not_open"}


def test_what_others_have_made_a_result_is_not_known(tmp_path: Path) -> None:
    """No record of ours has it, so that nothing tells whose result it is."""
    file = dropped(tmp_path, "Candidate,Q1,Q2\n0012041,5,6\n", "marks.csv")
    with served(SESSIONS, becomes_result=True) as (sandbox, login):
        asked(login, lambda surpass: surpass.update_state("AAAAAAA2", TestState.VOIDED))
        assert sandbox.session("AAAAAAA2").is_result
        report = ingested(settings(tmp_path / "home", login.url), [file])
        assert sandbox.journal.posts() == ()
    assert outcomes(report) == {"": "not_open"}


@pytest.mark.parametrize("candidate", ["O'Neill", "Sand and Son", "Mary Ann"])
def test_a_reference_that_no_filter_can_say_is_found_and_unchanged_again(
    tmp_path: Path, candidate: str
) -> None:
    shapes: list[dict[str, Any]] = [{}, {"list_references": False}, {"becomes_result": True}]
    for at, options in enumerate(shapes):
        file = dropped(tmp_path, f"Candidate,Q1,Q2\n{candidate},5,6\n", f"{at}.csv")
        sessions = [*SESSIONS, session("KKKKKKK2", candidate)]
        with served(sessions, **options) as (_, login):
            ours = settings(tmp_path / f"home{at}", login.url)
            first, second = ingested(ours, [file]), ingested(ours, [file])
        assert outcomes(first) == {"KKKKKKK2": "accepted"}, options
        assert outcomes(second) == {"KKKKKKK2": "unchanged"}, options
