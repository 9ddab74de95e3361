"""doctor --session: each thing that is not settled is told as this Surpass shows it.

Against a server that answers as the reference says Surpass does, a fact at a time changed; and
against the sandbox.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from flows.cli.doctor import doctor
from pipeline.doctor import Diagnosis, SessionReport, Verdict, examine_session
from schemas.states import TestState
from tests.ledger.running import session as sandbox_session
from tests.serving import CUT, PASSWORD, USERNAME, Saying, reply, saying, served

KEYCODE = "H76RBD8P"
NAME, REFERENCE = "Ada Lovelace", "CAND-0042"
ZONE = "GMT Standard Time"
Body = dict[str, Any]


def item(number: str | None, **more: object) -> Body:
    """An entry of a section, as the reference has it."""
    fields = {
        "id": 1,
        "displayNumber": number,
        "availableMarks": 5,
        "mark": 0.0,
        "awardedMark": 0.0,
    }
    return fields | {"type": "Question", "nonScored": False} | more


PAGE = item(None, type="InformationPage", availableMarks=0)


def session(*sections: Sequence[Body], **more: object) -> Body:
    """One session, as the reference has it."""
    fields: Body = {"id": 7, "reference": KEYCODE, "href": "", "keycode": KEYCODE}
    fields |= {"testState": "PaperResponseUpload", "test": {}, "testForm": {}, "centre": {}}
    fields |= {"candidate": {"id": 3, "reference": REFERENCE, "firstName": NAME}}
    fields |= {"startDate": "25/06/2026", "endDate": "25/06/2026"}
    fields |= {"sections": [{"name": "A", "items": list(items)} for items in sections]}
    return fields | more


def body(*response: Body, errors: object = None, count: int | None = None, **more: object) -> Body:
    return {"count": count, "nextPageLink": None, "response": list(response), "errors": errors,
            "serverTimeZone": ZONE} | more  # fmt: skip


ERRORS = [{"ErrorCode": 17, "Message": f"{NAME} has no such thing"}]
LISTED: Body = {"id": 7, "reference": KEYCODE, "currentExamState": "PaperResponseUpload",
                "candidate": {"id": 3, "reference": REFERENCE}}  # fmt: skip
MARKED = LISTED | {"id": 8, "reference": "MARKED01", "currentExamState": "Marked"}
REFUSED = reply(body(errors=ERRORS), status=400)
UNKNOWN = reply(body(errors=ERRORS), status=404)
PAPER = ([PAGE, item("1"), item("2")], [item("3")])
WELL = {
    "knock": reply("", status=401, WWW_Authenticate="Basic"),
    "session": reply(body(session(*PAPER, availableMarks=15))),
    "all": reply(body(MARKED, count=9)),
    "by name": reply(body(LISTED, count=1)),
    "by number": REFUSED,
    "by keycode": reply(body(LISTED, count=1)),
    "result": UNKNOWN,
    "unknown": UNKNOWN,
}
"""The answers in the order in which they are asked for."""


def environment(home: Path, url: str, **more: str) -> dict[str, str]:
    variables = {"HOME": str(home), "SURPASS_URL": url, "SURPASS_USERNAME": USERNAME}
    variables |= {"SURPASS_PASSWORD": PASSWORD} | more
    return {f"PAPERMARKS_{name}": value for name, value in variables.items()}


def looked(home: Path, changes: Mapping[str, bytes], **more: str) -> tuple[SessionReport, Saying]:
    """What is said of a Surpass that differs in these answers; nothing of it is personal."""
    with saying(*{**WELL, **changes}.values()) as server:
        report = examine_session(environment(home, server.url, **more), f" {KEYCODE} ")
    for personal in (NAME, REFERENCE, PASSWORD, "25/06", "MARKED01"):
        assert personal not in repr(report)
    assert all(
        diagnosis_of.to_do
        for diagnosis_of in report.lines
        if diagnosis_of.verdict is not Verdict.OK
    )
    return report, server


def diagnosis_of(report: SessionReport, what: str) -> Diagnosis:
    (matching,) = [diagnosis for diagnosis in report.lines if diagnosis.what == what]
    return matching


def test_a_surpass_that_does_what_is_assumed(tmp_path: Path) -> None:
    report, running = looked(tmp_path, {})
    assert {diagnosis_of.verdict for diagnosis_of in report.lines} == {Verdict.OK}
    assert running.methods == ["GET"] * len(WELL)
    _, first, *_ = running.requests
    assert first.target == f"/api/v2/TestSession/{KEYCODE}?returnAdditionalInformation=true"
    asked = [request.target.rpartition("&$filter=")[2] for request in running.requests[3:6]]
    assert asked == ["state%20eq%20PaperResponseUpload", "state%20eq%2019",
                     f"keycode%20eq%20{KEYCODE}"]  # fmt: skip
    assert tomllib.loads(report.settings) == {"time_zone": "Europe/London"}


@dataclass(frozen=True)
class Case:
    what: str
    changes: Mapping[str, bytes]
    verdict: Verdict
    expected: str


@pytest.mark.parametrize(
    "case",
    [
        # --- the session and its fields
        pytest.param(
            Case(
                what="session",
                changes={"session": reply(body(session(*PAPER, testState="Marked")))},
                verdict=Verdict.WARNING,
                expected="is in Marked",
            ),
            id="not-open",
        ),
        pytest.param(
            Case(
                what="session",
                changes={"session": reply(body(session(*PAPER, testState=NAME)))},
                verdict=Verdict.WARNING,
                expected="a state that is not known",
            ),
            id="unknown-state",
        ),
        pytest.param(
            Case(
                what="fields",
                changes={},
                verdict=Verdict.OK,
                expected="A session has id, reference, href, keycode",
            ),
            id="fields",
        ),
        pytest.param(
            Case(
                what="fields",
                changes={"session": reply(body(session(*PAPER, candidate={"id": 3})))},
                verdict=Verdict.WARNING,
                expected="Lacking: candidate.reference",
            ),
            id="no-candidate-reference",
        ),
        pytest.param(
            Case(
                what="fields",
                changes={"session": reply(body({"id": 7, NAME: 1}))},
                verdict=Verdict.WARNING,
                expected="A session has id and 1 more; not test, centre, startDate",
            ),
            id="few-fields",
        ),
        # --- question numbers
        pytest.param(
            Case(
                what="question numbers",
                changes={},
                verdict=Verdict.OK,
                expected="3 questions in 2 sections, numbered by displayNumber, each once; "
                "left out, as no questions: 1.",
            ),
            id="unique",
        ),
        pytest.param(
            Case(
                what="question numbers",
                changes={"session": reply(body(session([item("1"), item("2")], [item("1")])))},
                verdict=Verdict.WARNING,
                expected="restart in each section",
            ),
            id="restarting",
        ),
        pytest.param(
            Case(
                what="question numbers",
                changes={"session": reply(body(session([item("1"), item("1")])))},
                verdict=Verdict.WARNING,
                expected="twice within a section",
            ),
            id="unclear",
        ),
        pytest.param(
            Case(
                what="question numbers",
                changes={"session": reply(body(session([item("1"), item(None)])))},
                verdict=Verdict.WARNING,
                expected="not all of them with a displayNumber; an entry has id, displayNumber",
            ),
            id="lacking",
        ),
        pytest.param(
            Case(
                what="question numbers",
                changes={"session": reply(body(session([PAGE])))},
                verdict=Verdict.WARNING,
                expected="tells no questions; left out, as no questions: 1.",
            ),
            id="pages-only",
        ),
        pytest.param(
            Case(
                what="question numbers",
                changes={"session": reply(body(session([item("1")], [item("1", nonScored=True)])))},
                verdict=Verdict.OK,
                expected="1 question in 2 sections",
            ),
            id="not-scored",
        ),
        # --- maxima, and marks that are not there
        pytest.param(
            Case(
                what="maxima",
                changes={},
                verdict=Verdict.OK,
                expected="Of 3 questions, 3 have a maximum before marks are in, and they add up",
            ),
            id="maxima",
        ),
        pytest.param(
            Case(
                what="maxima",
                changes={"session": reply(body(session(*PAPER, availableMarks=20)))},
                verdict=Verdict.WARNING,
                expected="do not add up",
            ),
            id="another-total",
        ),
        pytest.param(
            Case(
                what="maxima",
                changes={
                    "session": reply(body(session([item("1"), item("2", availableMarks=None)])))
                },
                verdict=Verdict.WARNING,
                expected="Of 2 questions, 1 have a maximum before",
            ),
            id="some-maxima",
        ),
        pytest.param(
            Case(
                what="maxima",
                changes={"session": reply(body(session()))},
                verdict=Verdict.WARNING,
                expected="No question",
            ),
            id="no-sections",
        ),
        pytest.param(
            Case(what="unmarked questions", changes={}, verdict=Verdict.OK, expected="shows 0."),
            id="zero",
        ),
        pytest.param(
            Case(
                what="unmarked questions",
                changes={"session": reply(body(session([item("1", mark=None, awardedMark=None)])))},
                verdict=Verdict.OK,
                expected="shows null.",
            ),
            id="null",
        ),
        pytest.param(
            Case(
                what="unmarked questions",
                changes={"session": reply(body(session([item("1", mark=3.0)])))},
                verdict=Verdict.WARNING,
                expected="have a mark already",
            ),
            id="begun",
        ),
        # --- dates and the clock
        pytest.param(
            Case(what="dates", changes={}, verdict=Verdict.OK, expected="are written dd/MM/yyyy."),
            id="day-first",
        ),
        pytest.param(
            Case(
                what="dates",
                changes={
                    "session": reply(body(session(startDate="02/06/2026", endDate="02/06/2026")))
                },
                verdict=Verdict.OK,
                expected="day first; this one fits both",
            ),
            id="either-way",
        ),
        pytest.param(
            Case(
                what="dates",
                changes={
                    "session": reply(body(session(startDate="2026-06-25T09:00:00", endDate=None)))
                },
                verdict=Verdict.OK,
                expected="yyyy-MM-dd and a time",
            ),
            id="iso",
        ),
        pytest.param(
            Case(
                what="dates",
                changes={"session": reply(body(session(startDate="06/25/2026")))},
                verdict=Verdict.WARNING,
                expected="startDate cannot be read",
            ),
            id="month-first",
        ),
        pytest.param(
            Case(
                what="dates",
                changes={"session": reply(body({"id": 7}))},
                verdict=Verdict.WARNING,
                expected="Neither",
            ),
            id="no-dates",
        ),
        pytest.param(
            Case(
                what="time zone",
                changes={},
                verdict=Verdict.OK,
                expected="GMT Standard Time (Europe/London)",
            ),
            id="zone",
        ),
        pytest.param(
            Case(
                what="time zone",
                changes={"session": reply(body(session(*PAPER), serverTimeZone="Somewhere"))},
                verdict=Verdict.WARNING,
                expected="(Somewhere) is not known",
            ),
            id="unknown-zone",
        ),
        # --- results
        pytest.param(
            Case(what="results", changes={}, verdict=Verdict.OK, expected="call is there"),
            id="no-result-yet",
        ),
        pytest.param(
            Case(
                what="results", changes={"result": REFUSED}, verdict=Verdict.OK, expected="HTTP 400"
            ),
            id="none-by-400",
        ),
        pytest.param(
            Case(
                what="results",
                changes={"result": reply(body(session()))},
                verdict=Verdict.OK,
                expected="can be read",
            ),
            id="result",
        ),
        pytest.param(
            Case(
                what="results",
                changes={"result": reply("", status=403)},
                verdict=Verdict.WARNING,
                expected="no permission",
            ),
            id="forbidden",
        ),
        pytest.param(
            Case(
                what="results",
                changes={"result": reply("<html>", status=404)},
                verdict=Verdict.WARNING,
                expected="not one of the",
            ),
            id="a-page",
        ),
        pytest.param(
            Case(
                what="results",
                changes={"result": reply({"detail": "x"}, status=404)},
                verdict=Verdict.WARNING,
                expected="not one of the",
            ),
            id="not-surpasss-own-json",
        ),
        # --- lists
        pytest.param(
            Case(
                what="state filter",
                changes={},
                verdict=Verdict.OK,
                expected="By name it works, by number it is refused",
            ),
            id="by-name",
        ),
        pytest.param(
            Case(
                what="state filter",
                changes={
                    "by name": reply(body(count=0)),
                    "by number": reply(body(LISTED, count=1)),
                },
                verdict=Verdict.OK,
                expected="By name it finds nothing, by number it works",
            ),
            id="by-number",
        ),
        pytest.param(
            Case(
                what="state filter",
                changes={"by name": REFUSED, "by number": reply(body(MARKED, LISTED, count=9))},
                verdict=Verdict.WARNING,
                expected="By name it is refused, by number it is ignored",
            ),
            id="by-neither",
        ),
        pytest.param(
            Case(
                what="state filter",
                changes={"by name": reply(body(LISTED, count=9))},
                verdict=Verdict.WARNING,
                expected="cannot be told",
            ),
            id="all-wait",
        ),
        pytest.param(
            Case(
                what="list",
                changes={},
                verdict=Verdict.OK,
                expected="its reference is the keycode, it bears candidate.reference",
            ),
            id="list",
        ),
        pytest.param(
            Case(
                what="list",
                changes={
                    "by name": reply(body(LISTED | {"reference": "TS-7", "candidate": {"id": 3}})),
                    "by keycode": REFUSED,
                },
                verdict=Verdict.OK,
                expected="keycode is refused; an entry: its reference is NOT the keycode, "
                "so each session is read by its id, it bears no candidate.reference",
            ),
            id="list-without-references",
        ),
        pytest.param(
            Case(
                what="list",
                changes={"by name": REFUSED, "by keycode": reply(body(MARKED, count=9))},
                verdict=Verdict.WARNING,
                expected="is ignored; the session stands in no list",
            ),
            id="in-no-list",
        ),
        pytest.param(
            Case(
                what="list",
                changes={
                    "all": reply(body(MARKED, count=9, nextPageLink="https://elsewhere.example/x"))
                },
                verdict=Verdict.WARNING,
                expected="on another host",
            ),
            id="next-page-elsewhere",
        ),
        pytest.param(
            Case(
                what="list",
                changes={"all": reply(body(MARKED, count=9, nextPageLink="https://127.0.0.1/x"))},
                verdict=Verdict.OK,
                expected="same host by another address",
            ),
            id="next-page-by-another-scheme",
        ),
        pytest.param(
            Case(
                what="unknown keycodes",
                changes={},
                verdict=Verdict.OK,
                expected="HTTP 404, with errors",
            ),
            id="404",
        ),
        pytest.param(
            Case(
                what="unknown keycodes",
                changes={"unknown": REFUSED},
                verdict=Verdict.OK,
                expected="HTTP 400",
            ),
            id="400",
        ),
        pytest.param(
            Case(
                what="unknown keycodes",
                changes={"unknown": reply("", status=500)},
                verdict=Verdict.WARNING,
                expected="HTTP 500, without errors",
            ),
            id="500",
        ),
        # --- what ends it
        pytest.param(
            Case(
                what="session",
                changes={"session": UNKNOWN},
                verdict=Verdict.FAILED,
                expected="unknown, or not visible to this user (HTTP 404",
            ),
            id="unknown-by-404",
        ),
        pytest.param(
            Case(
                what="session",
                changes={"session": REFUSED},
                verdict=Verdict.FAILED,
                expected="unknown, or not visible to this user (HTTP 400",
            ),
            id="unknown-by-400",
        ),
        pytest.param(
            Case(
                what="session",
                changes={"session": reply(body())},
                verdict=Verdict.FAILED,
                expected="unknown, or",
            ),
            id="empty",
        ),
        pytest.param(
            Case(
                what="session",
                changes={"session": reply("", status=403)},
                verdict=Verdict.FAILED,
                expected="may not read",
            ),
            id="session-forbidden",
        ),
        pytest.param(
            Case(
                what="session",
                changes={"session": reply("<html>")},
                verdict=Verdict.FAILED,
                expected="not as its API",
            ),
            id="a-site",
        ),
        pytest.param(
            Case(what="session", changes={"all": CUT}, verdict=Verdict.FAILED, expected="no more"),
            id="cut",
        ),
        pytest.param(
            Case(
                what="credentials",
                changes={"session": reply("", status=401)},
                verdict=Verdict.FAILED,
                expected="HTTP 401",
            ),
            id="401",
        ),
    ],
)
def test_what_this_surpass_tells(tmp_path: Path, case: Case) -> None:
    report, _ = looked(tmp_path, case.changes)
    diagnosis = diagnosis_of(report, case.what)
    assert case.expected in diagnosis.sentence
    assert diagnosis.verdict is case.verdict
    assert bool(report.settings) == (case.verdict is not Verdict.FAILED)


@dataclass(frozen=True)
class SettingsCase:
    changes: Mapping[str, bytes]
    more: dict[str, str]
    expected: str


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            SettingsCase(changes={}, more={}, expected='time_zone = "Europe/London"'), id="zone"
        ),
        pytest.param(
            SettingsCase(
                changes={"session": reply(body(session(), serverTimeZone=None))},
                more={},
                expected='# time_zone = "…"',
            ),
            id="no-zone",
        ),
        pytest.param(
            SettingsCase(
                changes={"session": reply(body(session()))},
                more={},
                expected="# No maxima before marks are in",
            ),
            id="no-maxima",
        ),
    ],
)
def test_the_settings_that_follow_can_be_pasted(tmp_path: Path, case: SettingsCase) -> None:
    report, _ = looked(tmp_path, case.changes, **case.more)
    assert f"\n{case.expected}" in report.settings
    tomllib.loads(report.settings)


def test_the_readme_has_every_line_to_be_ticked_off(tmp_path: Path) -> None:
    report, _ = looked(tmp_path, {})
    readme = (Path(__file__).parents[2] / "pipeline" / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## What is proven")[2]
    assert [
        diagnosis_of.what for diagnosis_of in report.lines if f"`{diagnosis_of.what}`" not in table
    ] == []


def test_they_are_for_the_profile(tmp_path: Path) -> None:
    (tmp_path / "papermarks.toml").write_text("[profile.live]\n")
    report, _ = looked(tmp_path, {}, PROFILE="live")
    assert tomllib.loads(report.settings) == {"profile": {"live": {"time_zone": "Europe/London"}}}


def test_wrong_settings_are_told(tmp_path: Path) -> None:
    report = examine_session({"PAPERMARKS_HOME": str(tmp_path)}, KEYCODE)
    (diagnosis,) = report.lines
    assert diagnosis.verdict is Verdict.FAILED
    assert "surpass_url" in diagnosis.sentence


@pytest.mark.parametrize("state", [TestState.PAPER_RESPONSE_UPLOAD, TestState.MARKED])
def test_the_command_against_the_sandbox(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    state: TestState,
) -> None:
    open_session = sandbox_session(KEYCODE, state=state, candidate_reference=REFERENCE)
    others = [sandbox_session("AAAA0001", state=TestState.READY), sandbox_session("AAAA0002")]
    with served([open_session, *others]) as (sandbox, where):
        for name, value in environment(tmp_path, where.url).items():
            monkeypatch.setenv(name, value)
        for as_json in (False, True):
            with pytest.raises(typer.Exit) as ended:
                doctor(session=KEYCODE, as_json=as_json)
            assert ended.value.exit_code == 0
        assert {entry.method for entry in sandbox.journal.entries} == {"GET"}
        assert sandbox.session(KEYCODE) == sandbox.sessions[0]
    shown, _, result = capsys.readouterr().out.partition("{\n")
    report = json.loads("{" + result)
    assert 'time_zone = "Europe/London"' in shown
    assert REFERENCE not in shown + result
    by_what = {item["what"]: item for item in report["lines"]}
    assert by_what["session"]["verdict"] == ("ok" if state == 19 else "warning")
    assert by_what["unknown keycodes"]["verdict"] == "ok"


def test_a_session_that_is_not_there_and_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served([sandbox_session("AAAA0001")]) as (_, where):
        for name, value in environment(tmp_path, where.url).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(typer.Exit) as ended:
            doctor(session=KEYCODE)
    assert ended.value.exit_code == 1
    assert "unknown, or not visible" in " ".join(capsys.readouterr().out.split())
