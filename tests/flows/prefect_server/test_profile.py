"""A profile goes with whatever is started: the watcher, the runner, and each run of the runner."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests import plain_http
from tests.flows.commands import asked, papermarks, query, until
from tests.flows.conftest import free_port
from tests.ledger.running import session, sheet
from tests.serving import PASSWORD, USERNAME, served


def test_serve_and_all_that_it_starts_are_for_the_profile(
    prefect_environment: dict[str, str], prefect_api: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = prefect_environment | {
        "PREFECT_API_URL": prefect_api,
        "PAPERMARKS_HOME": str(home),
        "PAPERMARKS_LEASE": "5",
        "PAPERMARKS_REPORTS_PORT": str(free_port()),
    }
    keycodes = ("AAAA0001", "AAAA0002")
    sessions = [session(keycode) for keycode in keycodes]
    with served(sessions) as (live, of_live), served(sessions) as (test, of_test):
        (home / "papermarks.toml").write_text(
            f"""
            surpass_username = "{USERNAME}"
            surpass_password = "{PASSWORD}"
            [profile.live]
            surpass_url = "{of_live.url}"
            [profile.test]
            surpass_url = "{of_test.url}"
            """
        )
        with papermarks(environment, tmp_path / "log", "serve", "--profile", "test") as serve:
            until(lambda: "Watching" in serve.output(), serve.output)
            assert serve.output().count(" TEST ") == 2, "serve and the watcher say which it is"

            sheet(home / "inbox" / "marks.csv", {keycodes[0]: [1, 2]})
            until(lambda: "1 accepted" in serve.output(), serve.output)
            until(lambda: len(_of_profile(prefect_api)) == 3, serve.output)
            nightly = _of_profile(prefect_api)["nightly"]
            url = f"{prefect_api}/deployments/{nightly}/create_flow_run"
            run = asked(lambda: plain_http.post(url, json={}))["id"]
            wanted: Mapping[str, Any] = {"flow_runs": {"id": {"any_": [run]}}}
            until(lambda: _state(prefect_api, wanted) == "COMPLETED", serve.output)
            (flow_run,) = query(prefect_api, "flow_runs", wanted)
            assert "sessions waiting: 1" in flow_run["state"]["message"]
            assert serve.end() == 0
        assert len(test.journal.posts()) == 1
        assert not live.journal.entries
    reports = [path for path in (home / "reports").iterdir() if path.suffix == ".xlsx"]
    assert len(reports) == 1, "what is outstanding"


def _of_profile(api: str) -> dict[str, str]:
    """The ids of the profile's deployments by name."""
    return {
        deployment["name"]: deployment["id"]
        for deployment in query(api, "deployments", {})
        if "profile:test" in deployment["tags"]
    }


def _state(api: str, wanted: Mapping[str, Any]) -> str:
    return str(query(api, "flow_runs", wanted)[0]["state"]["type"])
