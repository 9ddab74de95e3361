"""A Surpass that answers as the reference says it does, a fact at a time changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.doctor import Diagnosis, SessionReport, Verdict, examine_session
from tests.doctor.offices import assert_says
from tests.serving import PASSWORD, USERNAME, Saying, reply, saying

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


def shows(*sections: Sequence[Body], **more: object) -> dict[str, bytes]:
    """The answer to who asks for the session itself."""
    return {"session": reply(body(session(*sections, **more)))}


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


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is looked at, the answers that differ, and what is said of it."""

    what: str
    changes: Mapping[str, bytes] = field(default_factory=dict)
    verdict: Verdict = Verdict.OK
    expected: str


def check(home: Path, case: Case) -> None:
    """What is said of that thing, and whether settings follow."""
    report, _ = looked(home, case.changes)
    diagnosis = diagnosis_of(report, case.what)
    assert_says(diagnosis, case.verdict, case.expected)
    assert bool(report.settings) == (case.verdict is not Verdict.FAILED)
