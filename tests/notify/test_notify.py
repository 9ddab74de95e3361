"""Who is notified of a run, and that nothing of it is personal, secret, slow or fatal."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import notify as room
from pipeline.account import RunSummary
from pipeline.notify import NotifyTargets
from pipeline.progress import QUIET
from pipeline.run import ingest
from pipeline.sandbox import Sandbox, SandboxSession, serve_in_thread
from pipeline.settings import Settings
from pipeline.stages import Job, Report, start
from pipeline.surpass import Surpass, access_of
from tests.notify.notified import REPORT, SUBJECT, SUMMARY, WELL, mail, notified
from tests.webhook import Webhook

_NEEDS_A_PERSON = {
    "something is left to do": (SUMMARY, True),
    "all is settled": (WELL, False),
    "warnings need nobody": (replace(WELL, warnings=7), False),
    "errors in files": (replace(WELL, errors=2), True),
    "an unreadable file": (replace(WELL, unreadable=1, errors=1), True),
    "stopped": (replace(WELL, stopped=True), True),
    "nothing": (replace(WELL, submissions=0, outcomes={}), False),
    "nothing but an error": (replace(WELL, submissions=0, outcomes={}, errors=1), True),
    "out of balance": (replace(WELL, balanced=False), True),
}


@pytest.mark.parametrize(
    ("summary", "needed"), _NEEDS_A_PERSON.values(), ids=_NEEDS_A_PERSON.keys()
)
def test_a_person_is_needed_where_something_is_left(summary: RunSummary, needed: bool) -> None:
    assert summary.needs_a_person is needed


def test_a_webhook_gets_the_counts_and_a_text_for_chats(webhook: Webhook) -> None:
    assert notified(SUMMARY, NotifyTargets(webhook=webhook.url)) == ()
    assert webhook.bodies == [
        {
            "text": f"papermarks: {SUBJECT} (run 20261123-020000-abcd)",
            "run": "20261123-020000-abcd",
            "profile": None,
            "needs_a_person": True,
            "headline": "3 of 5 sent. 2 need you: 2 to decide.",
            "files": ["northfield.xlsx", "southfield.csv"],
            "submissions": 5,
            "outcomes": {"accepted": 3, "held": 2},
            "errors": 1,
            "warnings": 4,
            "to_do": [
                {
                    "who": "office",
                    "rule": "candidate-absent-with-marks",
                    "file": "northfield.xlsx",
                    "cells": ["C3", "C4"],
                    "findings": 2,
                    "submissions": 2,
                },
                {
                    "who": "IT",
                    "rule": "stopped",
                    "file": "",
                    "cells": [],
                    "findings": 2,
                    "submissions": 2,
                },
            ],
            "stopped": False,
            "balanced": True,
            "report": REPORT,
        }
    ]


def test_who_wants_problems_only_hears_of_nothing_else(webhook: Webhook) -> None:
    targets = NotifyTargets(webhook=webhook.url, only_problems=True)
    assert notified(WELL, targets) == ()
    assert webhook.bodies == []
    assert notified(SUMMARY, targets) == ()
    assert len(webhook.bodies) == 1


def test_a_webhook_that_refuses_is_named_without_its_address(webhook: Webhook) -> None:
    webhook.status = 404
    failed = notified(SUMMARY, NotifyTargets(webhook=webhook.url))
    assert failed == ("the webhook was not notified of the run: it answered 404",)


def test_nobody_there_is_said_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    by_web, by_mail = notified(
        SUMMARY, replace(mail(port), webhook=f"http://127.0.0.1:{port}/a-secret")
    )
    assert by_web == "the webhook was not notified of the run: ConnectError"
    start = "NOTIFY's address 1, E-Mail (127.0.0.1), was not notified of the run: "
    assert by_mail.startswith(start)
    assert "refused" in by_mail


def test_who_never_answers_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_TIMEOUT_S", 0.2)
    monkeypatch.setattr(room, "_START_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        failed = notified(SUMMARY, replace(mail(port), webhook=f"http://127.0.0.1:{port}"))
    assert [text.rpartition(": ")[2] for text in failed] == ["no answer within 0 seconds"] * 2


def test_another_service_is_reached_and_its_refusal_shows_no_secret(webhook: Webhook) -> None:
    """Each service of apprise's is an address; this one is a web server that takes its JSON."""
    targets = NotifyTargets(people=(webhook.url.replace("http://", "json://"),))
    assert notified(SUMMARY, targets) == ()
    assert webhook.bodies[0]["title"] == f"papermarks: {SUBJECT}"
    webhook.status = 403
    (failed,) = notified(SUMMARY, targets)
    assert failed == "NOTIFY's address 1, JSON, was not notified of the run: it answered 403"


def test_a_run_notifies_and_goes_well_where_that_fails(webhook: Webhook, tmp_path: Path) -> None:
    sandbox = Sandbox([SandboxSession.paper("NOTIFY01", {"1": 10})])
    sheet = tmp_path / "marks.csv"
    sheet.write_text("Keycode,Q1\nNOTIFY01,7\n")
    access = {"surpass_username": "sandbox", "surpass_password": "sandbox"}
    with serve_in_thread(sandbox) as url:
        settings = Settings.model_validate(
            {"home": tmp_path, "surpass_url": url, "notify_url": webhook.url} | access
        )

        async def run() -> Report:
            async with Surpass(access_of(settings)) as surpass:
                return await ingest(start(Job(settings), [sheet], QUIET), surpass)

        first = asyncio.run(run())
        webhook.status = 500
        second = asyncio.run(run())
    assert [body["outcomes"] for body in webhook.bodies] == [{"accepted": 1}, {"unchanged": 1}]
    assert (first.folder / "reconciliation.xlsx").parent.name == webhook.bodies[0]["run"]
    assert webhook.bodies[0]["report"] == str(first.folder / "reconciliation.html")
    assert "NOTIFY01" not in json.dumps(webhook.bodies)
    assert first.not_notified == ()
    assert second.not_notified == ("the webhook was not notified of the run: it answered 500",)
