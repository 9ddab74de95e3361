"""Versions of a paper, over a whole run: each answer ends at its question, or nothing is sent."""

from __future__ import annotations

import asyncio
import json
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import run
from pipeline.ledger.packing import unpack_entries
from pipeline.progress import QUIET
from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession
from pipeline.settings import load
from pipeline.stages import Job, Report, start, start_rerun
from pipeline.surpass import Access, Surpass
from schemas.frames import ENTRIES
from schemas.states import TestState
from tests.serving import plain_wire, served

_PAPER = "Question,Options,Version,Position\n" + "".join(
    f"{question},A-D,{version},{place}\n"
    for version, places in {"A": "123", "B": "312"}.items()
    for question, place in zip("123", places, strict=True)
)


def _session(keycode: str, form: str = "FORM-1", **fields: object) -> SandboxSession:
    return SandboxSession.paper(
        keycode,
        {"1": 1, "2": 1, "3": 1},
        test_form_reference=form,
        **fields,  # type: ignore[arg-type]
    )


def _sheet(folder: Path, *rows: str) -> Path:
    path = folder / "scanned.csv"
    path.write_text(_LAYOUT_HEADING + "".join(f"{row}\n" for row in rows), "utf-8")
    return path


# A layout of the office's own, with a column of versions.
_LAYOUT = """
name = "scanner"
title = "Our scanner"
standing = "ours"
kind = "responses"
shape = "wide"
[id]
keycode = ["Keycode"]
version = ["Version"]
[questions]
heading = 'q([0-9]+)'
[signs]
headings = ["scanned"]
"""
_LAYOUT_HEADING = "scanned,Keycode,Version,q1,q2,q3\n"


def _home(folder: Path, paper: str | None = _PAPER) -> Path:
    for name, file, content in (
        ("layouts", "scanner.toml", _LAYOUT),
        ("papers", "FORM-1.csv", paper),
    ):
        (folder / name).mkdir(exist_ok=True)
        if content is not None:
            (folder / name / file).write_text(content, "utf-8")
    return folder


def _ran(login: Access, home: Path, *files: Path, parent: str | None = None) -> Report:
    settings = load(
        {
            "PAPERMARKS_HOME": str(home),
            "PAPERMARKS_SURPASS_URL": login.url,
            "PAPERMARKS_SURPASS_USERNAME": login.username,
            "PAPERMARKS_SURPASS_PASSWORD": login.password,
        }
    )
    job = Job(settings)

    async def going() -> Report:
        work = start(job, files, QUIET) if parent is None else start_rerun(job, parent, (), QUIET)
        async with Surpass(login, plain_wire()) as surpass:
            return await run.ingest(work, surpass)

    return asyncio.run(going())


def _ended(report: Report) -> dict[str, str]:
    submissions = report.reconciliation.submissions
    assert report.reconciliation.balanced
    return dict(zip(submissions["keycode"], submissions["outcome"].map(str), strict=True))


def _said(report: Report, rule: str) -> str:
    """The first finding of this rule."""
    findings = report.reconciliation.findings
    return str(findings[findings["rule"] == rule]["message"].iloc[0])


def _taken(sandbox: Sandbox, keycode: str) -> dict[str, str | None]:
    return dict(sandbox.by_keycode(keycode).responses)


def test_each_answer_ends_at_the_question_that_it_answers(tmp_path: Path) -> None:
    file = _sheet(tmp_path, "x,AAAAAAA2,A,A,B,C", "x,BBBBBBB2,b,A,B,C")
    with served([_session("AAAAAAA2"), _session("BBBBBBB2")]) as (sandbox, login):
        report = _ran(login, _home(tmp_path), file)
        assert _ended(report) == {"AAAAAAA2": "accepted", "BBBBBBB2": "accepted"}
        assert _taken(sandbox, "AAAAAAA2") == {"1": "A", "2": "B", "3": "C"}
        # in version B question 1 stands at position 3, question 2 at 1, question 3 at 2
        assert _taken(sandbox, "BBBBBBB2") == {"1": "C", "2": "A", "3": "B"}
        again = _ran(login, _home(tmp_path), file)
        assert {*_ended(again).values()} == {"unchanged"}


def test_a_re_run_does_not_number_twice(tmp_path: Path) -> None:
    file = _sheet(tmp_path, "x,BBBBBBB2,B,A,B,C")
    with served([_session("BBBBBBB2", state=TestState.READY)]) as (sandbox, login):
        first = _ran(login, _home(tmp_path), file)
        assert _ended(first) == {"BBBBBBB2": "not_open"}
        sandbox.put_in_state("BBBBBBB2", TestState.PAPER_RESPONSE_UPLOAD)
        again = _ran(login, _home(tmp_path), parent=first.reconciliation.run.id)
        assert _ended(again) == {"BBBBBBB2": "accepted"}
        assert _taken(sandbox, "BBBBBBB2") == {"1": "C", "2": "A", "3": "B"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("x,BBBBBBB2,C,A,B,C", "papers/FORM-1.csv has no version C: it has A, B"),
        ("x,BBBBBBB2,,A,B,C", "its row says no version"),
    ],
)
def test_a_version_that_the_definition_does_not_have_is_held(
    tmp_path: Path, row: str, why: str
) -> None:
    file = _sheet(tmp_path, "x,AAAAAAA2,A,A,B,C", row)
    with served([_session("AAAAAAA2"), _session("BBBBBBB2")]) as (sandbox, login):
        report = _ran(login, _home(tmp_path), file)
        assert _ended(report) == {"AAAAAAA2": "accepted", "BBBBBBB2": "held"}
        assert _taken(sandbox, "BBBBBBB2") == {}
    assert why in _said(report, "version-unknown")


def test_a_version_without_one_of_the_questions_is_held(tmp_path: Path) -> None:
    file = _sheet(tmp_path, "x,BBBBBBB2,B,A,B,C")
    paper = "Question,Version,Position\n1,B,1\n2,B,2\n"
    with served([_session("BBBBBBB2")]) as (_, login):
        report = _ran(login, _home(tmp_path, paper), file)
    assert _ended(report) == {"BBBBBBB2": "held"}
    assert "version B has no question 3" in _said(report, "version-unknown")


def test_what_could_not_be_numbered_is_not_sent_as_it_stands(tmp_path: Path) -> None:
    """Surpass fails when it is asked for the test form, and is back for the check."""
    file = _sheet(tmp_path, "x,AAAAAAA2,A,A,B,C", "x,BBBBBBB2,B,A,B,C")
    with served([_session("AAAAAAA2"), _session("BBBBBBB2")]) as (sandbox, login):
        sandbox.faults.set(Fault(FaultKind.UNAVAILABLE, keycode="BBBBBBB2", times=1))
        report = _ran(replace(login, max_attempts=1), _home(tmp_path), file)
        assert _ended(report) == {"AAAAAAA2": "accepted", "BBBBBBB2": "held"}
        assert _taken(sandbox, "BBBBBBB2") == {}
        assert {*_ended(_ran(login, _home(tmp_path), file)).values()} == {"unchanged", "accepted"}


def test_several_versions_that_no_definition_places_are_held(tmp_path: Path) -> None:
    file = _sheet(
        tmp_path, "x,AAAAAAA2,A,A,B,C", "x,BBBBBBB2,B,A,B,C", "x,CCCCCCC2,,A,B,C",
        "x,DDDDDDD2,B,A,B,C",
    )  # fmt: skip
    sessions = [
        _session("AAAAAAA2"),
        _session("BBBBBBB2", state=TestState.MARKED),
        _session("CCCCCCC2"),
        _session("DDDDDDD2", "FORM-2"),
    ]
    with served(sessions) as (_, login):
        report = _ran(login, _home(tmp_path, None), file)
    # D is of another form, of which there is one version only; B's re-run would meet B alone.
    assert _ended(report) == {
        "AAAAAAA2": "held",
        "BBBBBBB2": "held",
        "CCCCCCC2": "held",
        "DDDDDDD2": "accepted",
    }
    assert _said(report, "versions-mixed") == (
        "AAAAAAA2 has version A of its paper, others of this run have B; question 1 is another "
        "one in each."
    )


def test_an_older_ledger_s_sign_of_renumbered_questions_is_understood() -> None:
    older = dict.fromkeys(ENTRIES[:-1], "") | {"row": 2, "version": "\x1fA"}
    plain = older | {"version": "A"}
    packed = zlib.compress(json.dumps([[*older.values()], [*plain.values()]]).encode())
    entries = unpack_entries([packed])
    assert entries["version"].tolist() == ["A", "A"]
    assert entries["renumbered"].tolist() == [True, False]
