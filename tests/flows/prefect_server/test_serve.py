"""``papermarks serve`` as an office has it: dropped, re-run, at night, killed, and ended."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from flows.prefect_side import sign_in
from flows.prefect_side.server import address, answers
from flows.samples import SAMPLES
from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession, serve_in_thread
from schemas.states import TestState
from tests import plain_http
from tests.flows.commands import (
    asked,
    below,
    child,
    kill,
    lives,
    papermarks,
    query,
    runs,
    signed_in,
    until,
)
from tests.flows.conftest import MAX_WAIT_S, free_port

_PAPER = SAMPLES / "biology-paper-2.xlsx"


def _deployments(api: str) -> dict[str, str]:
    return {deployment["name"]: deployment["id"] for deployment in query(api, "deployments", {})}


def _state(api: str, name: str) -> str:
    by_name = runs(api, name)
    return str(by_name[-1]["state"]["type"]) if by_name else ""


@pytest.fixture
def live() -> Iterator[tuple[Sandbox, str]]:
    """Another Surpass, which nothing must reach."""
    sandbox = Sandbox([])
    with serve_in_thread(sandbox) as url:
        yield sandbox, url


@pytest.fixture
def profiles(
    office: dict[str, str], surpass: tuple[Sandbox, str], live: tuple[Sandbox, str]
) -> dict[str, str]:
    """The office, which names its Surpass by profiles alone: ``test`` is the samples'."""
    home = Path(office["PAPERMARKS_HOME"])
    home.mkdir()
    lines: list[str] = []
    for name, (_, url) in {"live": live, "test": surpass}.items():
        access = {"surpass_url": url} | {
            setting: office[f"PAPERMARKS_{setting.upper()}"]
            for setting in ("surpass_username", "surpass_password")
        }
        lines += [f"[profile.{name}]", *(f'{field} = "{value}"' for field, value in access.items())]
    (home / "papermarks.toml").write_text("\n".join(lines))
    return {name: value for name, value in office.items() if "_SURPASS_" not in name}


def test_a_served_profile_takes_reruns_marks_the_dead_and_ends(
    surpass: tuple[Sandbox, str],
    live: tuple[Sandbox, str],
    profiles: dict[str, str],
    prefect_api: str,
    foreign_folder: Path,
    tmp_path: Path,
) -> None:
    """The watcher, the runner and its runs are for the profile, as the command is.

    From a working directory with folders of our packages' names: they are not imported.
    """
    home = Path(profiles["PAPERMARKS_HOME"])
    command = ("serve", "--profile", "test")
    with papermarks(profiles, tmp_path / "serve.log", *command, cwd=foreign_folder) as serve:
        until(lambda: "Watching" in serve.output(), serve.output)
        assert serve.output().count(" TEST ") == 2, "serve and the watcher say which it is"

        (home / "inbox" / _PAPER.name).write_bytes(_PAPER.read_bytes())
        name = f"ingest {_PAPER.name}"
        until(lambda: _state(prefect_api, name) == "COMPLETED", serve.output)
        run = runs(prefect_api, name)[0]
        assert {"papermarks", "inbox", "TEST-1", "profile:test"} <= {*run["tags"]}
        assert run["state"]["name"] == "Needs a person"
        assert " need you: " in run["state"]["message"]

        _page_is_reached(prefect_api, run["id"], home)

        until(lambda: {"sweep-inbox", "nightly", "rerun-failed"} <= {*_deployments(prefect_api)})
        _rerun_by_form(prefect_api, home, serve.output)
        _night(prefect_api, surpass[0], serve.output)

        _killed_by_hand(surpass[0], profiles, prefect_api, tmp_path)

        with papermarks(profiles, tmp_path / "second.log", *command) as second:
            assert second.process.wait(60) == 2
            assert "runs for" in second.output()
        children = below(serve.process.pid)
        assert serve.end() == 0
    assert children
    assert not any(map(lives, children))
    assert not live[0].journal.entries


def _page_is_reached(api: str, run: str, home: Path) -> None:
    """From the run in Prefect, by a link that a browser follows."""
    artifacts = query(api, "artifacts", {"flow_runs": {"id": {"any_": [run]}}})
    (link,) = (artifact["data"] for artifact in artifacts if artifact["key"] == "report")
    url = link.partition("](")[2].rstrip(")")
    assert url.startswith("http://127.0.0.1:"), link
    assert plain_http.get(url, timeout=MAX_WAIT_S).status_code == 401
    signed = httpx.BasicAuth(*sign_in.sign_in(home, sign_in.REPORTS_FILE).split(":"))
    page = plain_http.get(url, auth=signed, timeout=MAX_WAIT_S).raise_for_status()
    assert page.content == next((home / "reports").glob("*/reconciliation.html")).read_bytes()


def _rerun_by_form(api: str, home: Path, why: Callable[[], str]) -> None:
    """As Prefect's page does it: what is wrong is refused at once, the rest is run."""
    deployment = f"{api}/deployments/{_deployments(api)['rerun-failed']}"
    form = f"{deployment}/create_flow_run"
    first = next(path for path in (home / "reports").iterdir() if path.is_dir()).name
    wrong = {"parameters": {"run": first, "batches": ["x"]}}
    until(lambda: plain_http.post(form, json=wrong).is_client_error, why)

    def offered() -> list[str]:
        schema = asked(lambda: plain_http.get(deployment))["parameter_openapi_schema"]
        return [*schema["properties"]["run"].get("anyOf", [{}])[0].get("enum", [])]

    until(offered, why)
    (choice,) = offered()
    assert choice.startswith(f"{first}: {_PAPER.name}: ")
    asked(lambda: plain_http.post(form, json={"parameters": {"run": choice}}))
    until(lambda: _state(api, f"rerun of {first}") == "COMPLETED", why)


def _night(api: str, sandbox: Sandbox, why: Callable[[], str]) -> None:
    """The nightly flow, started by hand; it knows which sessions wait for their marks."""
    nightly = f"{api}/deployments/{_deployments(api)['nightly']}"
    run = asked(lambda: plain_http.post(f"{nightly}/create_flow_run", json={}))["id"]
    wanted = {"flow_runs": {"id": {"any_": [run]}}}
    until(lambda: query(api, "flow_runs", wanted)[0]["state"]["type"] == "COMPLETED", why)
    message = query(api, "flow_runs", wanted)[0]["state"]["message"]
    waiting = [s for s in sandbox.sessions if s.state is TestState.PAPER_RESPONSE_UPLOAD]
    assert message.endswith(f"sessions waiting: {len(waiting)}")
    assert waiting


def _killed_by_hand(sandbox: Sandbox, office: Mapping[str, str], api: str, tmp_path: Path) -> None:
    """An ingest that somebody started in a terminal, and that died."""
    paper = SAMPLES / "biology-paper-1.csv"
    sandbox.faults.set(Fault(FaultKind.LATENCY, seconds=60))
    command = ("ingest", "--profile", "test", str(paper))
    with papermarks(office, tmp_path / "ingest.log", *command) as ingest:
        until(lambda: _state(api, f"ingest {paper.name}") == "RUNNING", ingest.output)
        signatures = Path(office["PAPERMARKS_HOME"]) / "prefect" / "runs"
        until(lambda: (signatures / runs(api, f"ingest {paper.name}")[-1]["id"]).exists())
        ingest.kill()
    until(lambda: _state(api, f"ingest {paper.name}") == "CRASHED")
    sandbox.faults.clear()


@pytest.mark.long
def test_all_of_it_is_killed_and_one_start_brings_it_back(
    office: dict[str, str], tmp_path: Path
) -> None:
    """The server too, in mid-run; in the end each session was sent once, and nothing runs on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    api, home = address(port), Path(office["PAPERMARKS_HOME"])
    sandbox = Sandbox(SandboxSession.paper(f"SERVE{n:03d}", {"1": 10}) for n in range(120))
    sheet = "Keycode,Q1\n" + "".join(f"SERVE{n:03d},{n % 11}\n" for n in range(120))
    served = {name: value for name, value in office.items() if name != "PREFECT_API_URL"}
    with serve_in_thread(sandbox) as url:
        served |= {"PAPERMARKS_PREFECT_PORT": str(port), "PAPERMARKS_SURPASS_URL": url}
        served["PAPERMARKS_REPORTS_PORT"] = str(free_port())
        sandbox.faults.set(Fault(FaultKind.LATENCY, method="POST", seconds=1))
        with papermarks(served, tmp_path / "serve.log", "serve") as serve:
            until(lambda: "Watching" in serve.output(), serve.output)
            (home / "inbox" / "marks.csv").write_text(sheet)
            until(lambda: len(sandbox.journal.posts()) > 20, serve.output)
            headers = signed_in(api, sign_in.sign_in(home))
            kill(child(serve.process.pid, "flows.prefect_side.server"))
            until(lambda: not answers(api))
            until(lambda: answers(api), serve.output)
            kill(child(serve.process.pid, "flows.cli watch"))
            until(lambda: serve.output().count("Watching") == 2, serve.output)
            until(lambda: "CRASHED" in _states(api, headers), serve.output)
            children = below(serve.process.pid)
            serve.kill()
        until(lambda: not any(map(lives, children)))
        with papermarks(served, tmp_path / "again.log", "serve") as again:
            until(lambda: [*(home / "done").rglob("marks.csv")], again.output)
            until(lambda: "RUNNING" not in _states(api, headers), again.output)
            assert again.end() == 0
    assert all(len(session.applied) == 1 for session in sandbox.sessions)


def _states(api: str, headers: Mapping[str, str]) -> list[str]:
    return [run["state"]["type"] for run in runs(api, "ingest marks.csv", headers)]
