"""doctor --session: each thing that is not settled is told as this Surpass shows it.

Against a server that answers as the reference says Surpass does, a fact at a time changed; and
against the sandbox.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
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


@pytest.mark.parametrize(
    ("what", "changes", "verdict", "expected"),
    [
        # --- the session and its fields
        pytest.param(
            "session",
            {"session": reply(body(session(*PAPER, testState="Marked")))},
            Verdict.WARNING,
            "is in Marked",
            id="not-open",
        ),
        pytest.param(
            "session",
            {"session": reply(body(session(*PAPER, testState=NAME)))},
            Verdict.WARNING,
            "a state that is not known",
            id="unknown-state",
        ),
        pytest.param("fields", {}, Verdict.OK, "A session has id, reference, href, keycode",
                     id="fields"),
        pytest.param(
            "fields",
            {"session": reply(body(session(*PAPER, candidate={"id": 3})))},
            Verdict.WARNING,
            "Lacking: candidate.reference",
            id="no-candidate-reference",
        ),
        pytest.param(
            "fields",
            {"session": reply(body({"id": 7, NAME: 1}))},
            Verdict.WARNING,
            "A session has id and 1 more; not test, centre, startDate",
            id="few-fields",
        ),
        # --- question numbers
        pytest.param(
            "question numbers",
            {},
            Verdict.OK,
            "3 questions in 2 sections, numbered by displayNumber, each once; left out, as no "
            "questions: 1.",
            id="unique",
        ),
        pytest.param(
            "question numbers",
            {"session": reply(body(session([item("1"), item("2")], [item("1")])))},
            Verdict.WARNING,
            "restart in each section",
            id="restarting",
        ),
        pytest.param(
            "question numbers",
            {"session": reply(body(session([item("1"), item("1")])))},
            Verdict.WARNING,
            "twice within a section",
            id="unclear",
        ),
        pytest.param(
            "question numbers",
            {"session": reply(body(session([item("1"), item(None)])))},
            Verdict.WARNING,
            "not all of them with a displayNumber; an entry has id, displayNumber",
            id="lacking",
        ),
        pytest.param(
            "question numbers",
            {"session": reply(body(session([PAGE])))},
            Verdict.WARNING,
            "tells no questions; left out, as no questions: 1.",
            id="pages-only",
        ),
        pytest.param(
            "question numbers",
            {"session": reply(body(session([item("1")], [item("1", nonScored=True)])))},
            Verdict.OK,
            "1 question in 2 sections",
            id="not-scored",
        ),
        # --- maxima, and marks that are not there
        pytest.param("maxima", {}, Verdict.OK, "Of 3 questions, 3 have a maximum before marks "
                     "are in, and they add up", id="maxima"),
        pytest.param(
            "maxima",
            {"session": reply(body(session(*PAPER, availableMarks=20)))},
            Verdict.WARNING,
            "do not add up",
            id="another-total",
        ),
        pytest.param(
            "maxima",
            {"session": reply(body(session([item("1"), item("2", availableMarks=None)])))},
            Verdict.WARNING,
            "Of 2 questions, 1 have a maximum before",
            id="some-maxima",
        ),
        pytest.param(
            "maxima", {"session": reply(body(session()))}, Verdict.WARNING, "No question",
            id="no-sections",
        ),
        pytest.param("unmarked questions", {}, Verdict.OK, "shows 0.", id="zero"),
        pytest.param(
            "unmarked questions",
            {"session": reply(body(session([item("1", mark=None, awardedMark=None)])))},
            Verdict.OK,
            "shows null.",
            id="null",
        ),
        pytest.param(
            "unmarked questions",
            {"session": reply(body(session([item("1", mark=3.0)])))},
            Verdict.WARNING,
            "have a mark already",
            id="begun",
        ),
        # --- dates and the clock
        pytest.param("dates", {}, Verdict.OK, "are written dd/MM/yyyy.", id="day-first"),
        pytest.param(
            "dates",
            {"session": reply(body(session(startDate="02/06/2026", endDate="02/06/2026")))},
            Verdict.OK,
            "day first; this one fits both",
            id="either-way",
        ),
        pytest.param(
            "dates",
            {"session": reply(body(session(startDate="2026-06-25T09:00:00", endDate=None)))},
            Verdict.OK,
            "yyyy-MM-dd and a time",
            id="iso",
        ),
        pytest.param(
            "dates",
            {"session": reply(body(session(startDate="06/25/2026")))},
            Verdict.WARNING,
            "startDate cannot be read",
            id="month-first",
        ),
        pytest.param(
            "dates",
            {"session": reply(body({"id": 7}))},
            Verdict.WARNING,
            "Neither",
            id="no-dates",
        ),
        pytest.param("time zone", {}, Verdict.OK, "GMT Standard Time (Europe/London)", id="zone"),
        pytest.param(
            "time zone",
            {"session": reply(body(session(*PAPER), serverTimeZone="Somewhere"))},
            Verdict.WARNING,
            "(Somewhere) is not known",
            id="unknown-zone",
        ),
        # --- results
        pytest.param("results", {}, Verdict.OK, "call is there", id="no-result-yet"),
        pytest.param("results", {"result": REFUSED}, Verdict.OK, "HTTP 400", id="none-by-400"),
        pytest.param(
            "results", {"result": reply(body(session()))}, Verdict.OK, "can be read", id="result"
        ),
        pytest.param(
            "results", {"result": reply("", status=403)}, Verdict.WARNING, "no permission",
            id="forbidden",
        ),
        pytest.param(
            "results", {"result": reply("<html>", status=404)}, Verdict.WARNING, "not one of the",
            id="a-page",
        ),
        pytest.param(
            "results", {"result": reply({"detail": "x"}, status=404)}, Verdict.WARNING,
            "not one of the", id="not-surpasss-own-json",
        ),
        # --- lists
        pytest.param(
            "state filter", {}, Verdict.OK, "By name it works, by number it is refused",
            id="by-name",
        ),
        pytest.param(
            "state filter",
            {"by name": reply(body(count=0)), "by number": reply(body(LISTED, count=1))},
            Verdict.OK,
            "By name it finds nothing, by number it works",
            id="by-number",
        ),
        pytest.param(
            "state filter",
            {"by name": REFUSED, "by number": reply(body(MARKED, LISTED, count=9))},
            Verdict.WARNING,
            "By name it is refused, by number it is ignored",
            id="by-neither",
        ),
        pytest.param(
            "state filter",
            {"by name": reply(body(LISTED, count=9))},
            Verdict.WARNING,
            "cannot be told",
            id="all-wait",
        ),
        pytest.param(
            "list", {}, Verdict.OK, "its reference is the keycode, it bears candidate.reference",
            id="list",
        ),
        pytest.param(
            "list",
            {
                "by name": reply(body(LISTED | {"reference": "TS-7", "candidate": {"id": 3}})),
                "by keycode": REFUSED,
            },
            Verdict.OK,
            "keycode is refused; an entry: its reference is NOT the keycode, so each session is "
            "read by its id, it bears no candidate.reference",
            id="list-without-references",
        ),
        pytest.param(
            "list",
            {"by name": REFUSED, "by keycode": reply(body(MARKED, count=9))},
            Verdict.WARNING,
            "is ignored; the session stands in no list",
            id="in-no-list",
        ),
        pytest.param(
            "list",
            {"all": reply(body(MARKED, count=9, nextPageLink="https://elsewhere.example/x"))},
            Verdict.WARNING,
            "on another host",
            id="next-page-elsewhere",
        ),
        pytest.param(
            "list",
            {"all": reply(body(MARKED, count=9, nextPageLink="https://127.0.0.1/x"))},
            Verdict.OK,
            "same host by another address",
            id="next-page-by-another-scheme",
        ),
        pytest.param("unknown keycodes", {}, Verdict.OK, "HTTP 404, with errors", id="404"),
        pytest.param("unknown keycodes", {"unknown": REFUSED}, Verdict.OK, "HTTP 400", id="400"),
        pytest.param(
            "unknown keycodes", {"unknown": reply("", status=500)}, Verdict.WARNING,
            "HTTP 500, without errors", id="500",
        ),
        # --- what ends it
        pytest.param(
            "session", {"session": UNKNOWN}, Verdict.FAILED, "unknown, or not visible to this user "
            "(HTTP 404", id="unknown-by-404",
        ),
        pytest.param(
            "session", {"session": REFUSED}, Verdict.FAILED, "unknown, or not visible to this user "
            "(HTTP 400", id="unknown-by-400",
        ),
        pytest.param(
            "session", {"session": reply(body())}, Verdict.FAILED, "unknown, or", id="empty",
        ),
        pytest.param(
            "session", {"session": reply("", status=403)}, Verdict.FAILED, "may not read",
            id="session-forbidden",
        ),
        pytest.param(
            "session", {"session": reply("<html>")}, Verdict.FAILED, "not as its API", id="a-site"
        ),
        pytest.param("session", {"all": CUT}, Verdict.FAILED, "no more", id="cut"),
        pytest.param(
            "credentials", {"session": reply("", status=401)}, Verdict.FAILED, "HTTP 401", id="401"
        ),
    ],
)  # fmt: skip
def test_what_this_surpass_tells(
    tmp_path: Path, what: str, changes: Mapping[str, bytes], verdict: Verdict, expected: str
) -> None:
    report, _ = looked(tmp_path, changes)
    diagnosis = diagnosis_of(report, what)
    assert expected in diagnosis.sentence
    assert diagnosis.verdict is verdict
    assert bool(report.settings) == (verdict is not Verdict.FAILED)


@pytest.mark.parametrize(
    ("changes", "more", "expected"),
    [
        ({}, {}, 'time_zone = "Europe/London"'),
        ({"session": reply(body(session(), serverTimeZone=None))}, {}, '# time_zone = "…"'),
        ({"session": reply(body(session()))}, {}, "# No maxima before marks are in"),
    ],
)
def test_the_settings_that_follow_can_be_pasted(
    tmp_path: Path, changes: Mapping[str, bytes], more: dict[str, str], expected: str
) -> None:
    report, _ = looked(tmp_path, changes, **more)
    assert f"\n{expected}" in report.settings
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
