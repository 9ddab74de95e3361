"""Candidates named by a reference: the session that is theirs, or a finding that says why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline.sandbox import Sandbox
from pipeline.validate.entries import validate
from tests.serving import served
from tests.validate.looked_up import (
    NONE_WAITS,
    SESSIONS,
    Messages,
    keycodes,
    look_up,
    messages,
    read_files,
    session,
)


@dataclass(frozen=True, kw_only=True)
class _Case:
    file: str
    keycodes: list[str]
    messages: Messages = field(default_factory=list)


_CASES = {
    "found": _Case(file="Candidate,Q1,Q2\n0012041,5,6\n", keycodes=["AAAAAAA2"]),
    "found without case": _Case(file="Candidate,Q1,Q2\nAB-17,5,6\n", keycodes=["GGGGGGG2"]),
    "found in a long sheet": _Case(
        file="Candidate,Question,Mark\n0012041,1,5\n0012041,2,6\n",
        keycodes=["AAAAAAA2", "AAAAAAA2"],
    ),
    "none": _Case(
        file="Candidate,Q1,Q2\n99,5,6\n",
        keycodes=[""],
        messages=[("candidate-unknown", "A2", f"{NONE_WAITS}'99'.")],
    ),
    "none that is open": _Case(
        file="Candidate,Q1,Q2\n0012044,5,6\n",
        # The check tells that it is marked; what we sent before is unchanged.
        keycodes=["FFFFFFF2"],
    ),
    "several, and none is open": _Case(
        file="Candidate,Q1,Q2\n0012045,5,6\n",
        keycodes=[""],
        messages=[
            (
                "candidate-unknown",
                "A2",
                f"{NONE_WAITS}'0012045'. It has: HHHHHHH2 (BIO, Marked), JJJJJJJ2 (CHEM, Marked).",
            )
        ],
    ),
    "several, told apart though none is open": _Case(
        file="Candidate,Test,Q1,Q2\n0012045,CHEM,5,6\n", keycodes=["JJJJJJJ2"]
    ),
    "leading zeros are missing": _Case(
        file="Candidate,Q1,Q2\n12041,5,6\n",
        keycodes=[""],
        messages=[
            (
                "candidate-unknown",
                "A2",
                f"{NONE_WAITS}'12041'. "
                "It lists '0012041': leading zeros are missing here, or too many.",
            )
        ],
    ),
    "several": _Case(
        file="Candidate,Q1,Q2\n0012042,5,6\n",
        keycodes=[""],
        messages=[
            (
                "candidate-several",
                "A2",
                "Candidate '0012042' has 2 sessions in PaperResponseUpload: BBBBBBB2 (BIO, "
                "PaperResponseUpload), CCCCCCC2 (CHEM, PaperResponseUpload).",
            )
        ],
    ),
    "told apart by the test": _Case(
        file="Candidate,Test,Q1,Q2\n0012042,chem,5,6\n0012042,BIO,5,6\n",
        keycodes=["CCCCCCC2", "BBBBBBB2"],
    ),
    "told apart by the test form": _Case(
        file="Candidate,Test,Q1,Q2\n0012042,CHEM-P1,5,6\n", keycodes=["CCCCCCC2"]
    ),
    "told apart by the centre": _Case(
        file="Candidate,Centre,Q1,Q2\n0012043,C2,5,6\n0012043,C1,7,8\n",
        keycodes=["EEEEEEE2", "DDDDDDD2"],
    ),
    "another test than the candidate's": _Case(
        file="Candidate,Test,Q1,Q2\n0012041,CHEM,5,6\n",
        keycodes=[""],
        messages=[
            (
                "candidate-unknown",
                "A2",
                f"{NONE_WAITS}'0012041' and test 'CHEM'. "
                "It has: AAAAAAA2 (BIO, PaperResponseUpload).",
            )
        ],
    ),
    "a column of tests that Surpass does not know": _Case(
        file="Candidate,Test,Q1,Q2\n0012041,Mock,5,6\n",
        keycodes=[""],
        messages=[
            (
                "candidate-unknown",
                "A2",
                f"{NONE_WAITS}'0012041' and test 'Mock'. "
                "It has: AAAAAAA2 (BIO, PaperResponseUpload).",
            )
        ],
    ),
    "keycodes are not looked up": _Case(
        file="Keycode,Q1,Q2\nAAAAAAA2,5,6\n", keycodes=["AAAAAAA2"]
    ),
}


@pytest.mark.parametrize("name", _CASES)
def test_whose_session_it_is(tmp_path: Path, name: str) -> None:
    case = _CASES[name]
    with served(SESSIONS) as (sandbox, login):
        came = look_up(read_files(tmp_path, case.file), login)
        assert {entry.method for entry in sandbox.journal.entries} <= {"GET"}
    assert (keycodes(came), messages(came)) == ([case.keycodes], case.messages)


def test_what_becomes_of_those_not_found(tmp_path: Path) -> None:
    file = "Candidate,Q1,Q2\n0012041,5,6\n0012042,5,6\n99,5,6\n"
    with served(SESSIONS) as (_, login):
        read = validate(look_up(read_files(tmp_path, file), login))
    assert dict(zip(read.findings["row"], read.findings["outcome"], strict=True)) == {
        3: "held",
        4: "not_open",
    }
    assert dict(zip(read.findings["row"], read.findings["submission"], strict=True)) == {3: 2, 4: 3}


def test_one_candidate_of_two_files_is_one_submission(tmp_path: Path) -> None:
    with served(SESSIONS) as (_, login):
        came = look_up(
            read_files(tmp_path, "Candidate,Q1\n0012041,5\n", "Keycode,Q2\nAAAAAAA2,6\n"), login
        )
    read = validate(came)
    assert read.submissions["keycode"].tolist() == ["AAAAAAA2"]
    assert read.submissions["entries"].tolist() == [2]


def _gets(sandbox: Sandbox) -> list[str]:
    return [entry.path.rsplit("/", 1)[-1] for entry in sandbox.journal.entries]


def test_a_list_s_references_are_believed_after_one_reading(tmp_path: Path) -> None:
    sessions = [session(f"{n:05d}ABC", f"C{n:04d}") for n in range(50)]
    file = "Candidate,Q1,Q2\n" + "".join(f"C{n:04d},5,6\n" for n in range(50))
    with served(sessions) as (sandbox, login):
        came = look_up(read_files(tmp_path, file), login)
        gets = _gets(sandbox)
    assert keycodes(came) == [[f"{n:05d}ABC" for n in range(50)]]
    assert len([one for one in gets if one != "TestSession"]) == 1


def test_where_a_list_s_reference_is_no_keycode_each_session_is_read(tmp_path: Path) -> None:
    file = "Candidate,Q1,Q2\n0012041,5,6\nab-17,7,8\n"
    with served(SESSIONS, reference_is_keycode=False) as (sandbox, login):
        came = look_up(read_files(tmp_path, file), login)
        ids = [one for one in _gets(sandbox) if one != "TestSession"]
    assert keycodes(came) == [["AAAAAAA2", "GGGGGGG2"]]
    assert all(one.isdecimal() for one in ids)


_LISTS: dict[str, dict[str, Any]] = {
    "references listed": {},
    "without references": {"list_references": False},
    "without references, reference is no keycode": {
        "list_references": False,
        "reference_is_keycode": False,
    },
    "state by number": {"state_filter": "number"},
    "state not filtered": {"state_filter": "refused"},
    "without references, state not filtered": {
        "list_references": False,
        "state_filter": "refused",
    },
    "unknown by 400": {"unknown_status": 400},
}


@pytest.mark.parametrize("shape", _LISTS)
def test_candidates_are_found_whatever_shape_the_lists_have(tmp_path: Path, shape: str) -> None:
    """By filter for a few, by reading for many."""
    few = "Candidate,Q1,Q2\n0012041,5,6\nab-17,1,1\n"
    many = few + "".join(f"9{number:06d},5,6\n" for number in range(20))
    with served(SESSIONS, **_LISTS[shape]) as (_, login):
        for file, unknown in ((few, 0), (many, 20)):
            came = look_up(read_files(tmp_path, file), login)
            assert keycodes(came) == [["AAAAAAA2", "GGGGGGG2", *[""] * unknown]]
            assert [rule for rule, *_ in messages(came)] == ["candidate-unknown"] * unknown
