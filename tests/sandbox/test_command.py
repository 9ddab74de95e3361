"""``papermarks sandbox`` in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from flows.cli.app import app
from pipeline.sandbox.options import SWITCHES

SESSIONS = """keycode,state,test_form,centre,candidate,questions
H76RBD8P,PaperResponseUpload,BIO-1,C1,P1,1:5 2:3
"""


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_switches_and_faults_from_the_command_line(tmp_path: Path) -> None:
    sessions = tmp_path / "sessions.csv"
    sessions.write_text(SESSIONS)
    words = ["sandbox", "--port", "0", "--sessions", str(sessions)]
    words += ["--switch", "unknown_status=400", "--switch", "becomes_result=true"]
    words += ["--switch", "state_filter=number", "--switch", "state_after_marks=AwaitingMarking"]
    words += ["--fault", "stored_late", "--probability", "1", "--seconds", "3600"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "flows.cli", *words], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        address = re.search(r"http://\S+", process.stderr.readline())
        assert address is not None
        with httpx.Client(base_url=address[0], auth=("sandbox", "sandbox")) as client:
            assert client.get("/api/v2/TestSession/NOSUCH01").status_code == 400
            by_number = client.get("/api/v2/TestSession", params={"$filter": "state eq 19"})
            assert by_number.json()["count"] == 1
            posted = client.post(
                "/api/v2/TestSession/H76RBD8P/ItemMarks/",
                params={"completionDate": "2025-06-02T09:00:00"},
                json=[{"questionNumber": "1", "mark": 5}],
            )
            assert posted.status_code == 504
            client.post("/sandbox/settle-late")
            assert client.get("/api/v2/Result/H76RBD8P").json()["response"][0]["mark"] == 5.0
            (session,) = client.get("/sandbox/sessions").json()
            assert session["state"] == "AwaitingMarking"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("switch", "named"),
    [("becomes_result", "NAME=VALUE"), ("becomes_resul=true", "becomes_resul"),
     ("unknown_status=500", "unknown_status"), ("password=x", "password")],
)  # fmt: skip
def test_a_slip_in_a_switch_is_wrong_usage(switch: str, named: str) -> None:
    ended = CliRunner().invoke(app, ["sandbox", "--port", "0", "--switch", switch])
    assert ended.exit_code == 2
    assert named in ended.output


def test_the_help_names_every_switch() -> None:
    shown = CliRunner().invoke(app, ["sandbox", "--help"], env={"COLUMNS": "200"}).output
    words = set(re.findall(r"\w+", shown))
    assert set(SWITCHES) <= words
