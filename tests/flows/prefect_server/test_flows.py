"""The flow on a real Prefect server: what runs, what Prefect gets to see, and that schedules fire.

Imports and harnesses are not enough: with the wrong SQLAlchemy flows run, and no schedule fires.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from flows.samples import sample_files
from pipeline.sandbox import Fault, FaultKind, Sandbox
from schemas.states import TestState
from tests import forked, plain_http
from tests.flows.commands import asked, query
from tests.flows.conftest import MAX_WAIT_S, process
from tests.webhook import Webhook

_FILES = [str(path) for path in sample_files()]
_GOOD = 10  # sessions among the samples with nothing wrong
_SERVE = """
import sys
from flows.ingest import ingest_marks
ingest_marks.serve(
    "often", interval=2, parameters={"files": sys.argv[1:]}, limit=1, pause_on_shutdown=False
)
"""


def test_a_run_shows_its_stages_and_outcomes_and_nothing_personal(
    surpass: tuple[Sandbox, str], office: dict[str, str], prefect_api: str
) -> None:
    assert _papermarks(office, "ingest", *_FILES) == 1
    run = _runs(prefect_api, {"name": {"like_": "ingest biology-paper-1.csv and 2 more ("}})[0]
    assert run["name"].endswith(f" ({_last_report(office)})")
    assert run["state"]["type"] == "COMPLETED"
    assert (run["state"]["name"], run["state"]["message"]) == (
        "Needs a person",
        "10 of 23 sent. 1 candidate absent, to be voided. 12 need you: 7 with 9 cells to mend in 3 "
        "files, 3 to decide, 2 not open in Surpass.",
    )
    assert sorted(run["tags"]) == ["TEST-1", "papermarks"]
    of_run = {"flow_runs": {"id": {"any_": [run["id"]]}}}
    tasks = query(prefect_api, "task_runs", of_run)
    stages = sorted(task["name"].rsplit("-", 1)[0] for task in tasks)
    assert stages == [
        "batch 1",
        "check the sessions",
        "read and validate",
        "settle what earlier runs left",
        "write the report",
    ]
    artifacts = query(prefect_api, "artifacts", of_run)
    assert {a["key"] for a in artifacts} == {"reconciliation", "outcomes", "sent"}
    (artifact,) = (a["data"] for a in artifacts if a["key"] == "reconciliation")
    page = (
        Path(office["PAPERMARKS_HOME"]) / "reports" / _last_report(office) / "reconciliation.html"
    )
    assert f"` {page} `" in artifact, "without serve no link leads to it"
    logs = query(prefect_api, "logs", {"logs": {"flow_run_id": {"any_": [run["id"]]}}})
    assert any("It balances" in log["message"] for log in logs)
    seen = json.dumps([run, tasks, artifacts, logs])
    assert "accepted" in seen
    assert not re.search(r"[BC][12]0P[12]AA[A-Z]", seen), "a keycode"
    assert office["PAPERMARKS_SURPASS_PASSWORD"] not in json.dumps([run["parameters"], logs])
    _each_good_session_was_sent_once(surpass[0])


def test_a_rerun_is_a_flow_that_names_the_run_it_takes_up(
    surpass: tuple[Sandbox, str], office: dict[str, str], prefect_api: str, webhook: Webhook
) -> None:
    sandbox, _ = surpass
    office["PAPERMARKS_NOTIFY_URL"] = webhook.url
    home = Path(office["PAPERMARKS_HOME"])
    _papermarks(office, "ingest", *_FILES)
    first = next((home / "reports").glob("*/")).name
    sandbox.put_in_state("B10P2AAH", TestState.PAPER_RESPONSE_UPLOAD)
    assert _papermarks(office, "rerun", first) == 1  # an unknown session is still unknown
    again = json.loads((max((home / "reports").glob("*/")) / "reconciliation.json").read_text())
    assert again["run"]["parent"] == first
    assert {s["keycode"]: s["outcome"] for s in again["submissions"]} == {
        "B10P2AAH": "accepted",
        "B10P2AAX": "not_open",
    }
    run = _runs(prefect_api, {"name": {"like_": f"rerun of {first} ("}})[0]
    assert run["state"]["type"] == "COMPLETED"
    assert [body["run"] for body in webhook.bodies] == [first, again["run"]["id"]]


def test_without_the_shared_limits_yes_nothing_is_sent(
    surpass: tuple[Sandbox, str], office: dict[str, str], prefect_api: str, tmp_path: Path
) -> None:
    sandbox, _ = surpass
    file = tmp_path / "one.csv"
    file.write_text("Keycode,Q1,Q2,Q3\nB10P1AAB,1,2,3\n")
    polite = {"PAPERMARKS_SHARED_LIMIT": "all-machines", "PAPERMARKS_RETRY_WAIT": "0.01"}
    assert _papermarks(office | polite, "ingest", str(file)) == 4
    assert sandbox.journal.entries == ()
    limit = {"name": "all-machines", "limit": 500, "slot_decay_per_second": 500, "active": True}
    asked(lambda: plain_http.post(f"{prefect_api}/v2/concurrency_limits/", json=limit))
    assert _papermarks(office | polite, "ingest", str(file)) == 0
    _each_good_session_was_sent_once(sandbox, 1)


def test_a_scheduled_run_fires_and_sends_each_session_once(
    surpass: tuple[Sandbox, str], office: dict[str, str], prefect_api: str, tmp_path: Path
) -> None:
    serve = [sys.executable, "-c", _SERVE, *_FILES]
    served = office | {"PREFECT_RUNNER_POLL_FREQUENCY": "1"}
    deadline = time.monotonic() + MAX_WAIT_S
    with process(serve, served, tmp_path / "serve.log"):
        while not (runs := _runs(prefect_api, _SCHEDULED | _COMPLETED)):
            assert time.monotonic() < deadline, (tmp_path / "serve.log").read_text()
            time.sleep(0.5)
    assert runs[0]["auto_scheduled"] is True
    _each_good_session_was_sent_once(surpass[0])


def test_a_run_that_left_work_undone_has_failed_with_its_reason(
    surpass: tuple[Sandbox, str], office: dict[str, str], prefect_api: str
) -> None:
    sandbox, _ = surpass
    sandbox.faults.set(Fault(FaultKind.UNAVAILABLE))
    hasty = {"PAPERMARKS_MAX_ATTEMPTS": "1", "PAPERMARKS_RETRY_WAIT": "0.01"}
    assert _papermarks(office | hasty, "ingest", _FILES[0]) == 4
    run = _runs(prefect_api, {"name": {"like_": f"({_last_report(office)})"}})[0]
    assert run["state"]["type"] == "FAILED"
    assert run["state"]["message"].startswith("Sending was stopped. ")


def _last_report(office: dict[str, str]) -> str:
    folders = (Path(office["PAPERMARKS_HOME"]) / "reports").iterdir()
    return max(folder.name for folder in folders if folder.is_dir())


_SCHEDULED = {"deployment_id": {"is_null_": False}, "name": {"like_": "ingest "}}
_COMPLETED = {"state": {"type": {"any_": ["COMPLETED"]}}}


def _papermarks(office: dict[str, str], command: str, *args: str) -> int:
    """The command's exit code; quiet means quiet."""
    process = forked.papermarks(command, "-q", *args, env=office)
    assert process.stderr == ""
    return process.returncode


def _runs(api: str, where: dict[str, Any]) -> list[dict[str, Any]]:
    return query(api, "flow_runs", {"flow_runs": where})


def _each_good_session_was_sent_once(sandbox: Sandbox, count: int = _GOOD) -> None:
    taken = [session for session in sandbox.sessions if session.applied]
    assert len(taken) == count
    assert all(len(session.applied) == 1 for session in taken)
