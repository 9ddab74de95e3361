"""Prefect: its versions, and whether its server is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.prefect_side import health
from pipeline.doctor import Diagnosis, Verdict, settings_in_force
from tests.doctor.offices import assert_says, closed_port, environment
from tests.serving import reply, saying


def prefect(variables: Mapping[str, str]) -> list[Diagnosis]:
    run_settings = settings_in_force(variables)
    assert run_settings is not None
    return list(health.prefect(run_settings, variables))


@dataclass(frozen=True, kw_only=True)
class VersionCase:
    name: str
    version: str
    verdict: Verdict = Verdict.FAILED


VERSIONS = {
    "good": VersionCase(name="prefect", version="3.8.8", verdict=Verdict.OK),
    "prefect": VersionCase(name="prefect", version="3.9.0"),
    "fastapi": VersionCase(name="fastapi", version="0.151.0"),
    "sqlalchemy": VersionCase(name="sqlalchemy", version="2.1.0"),
}


@pytest.mark.parametrize("name", VERSIONS)
def test_versions_that_break_prefect(name: str) -> None:
    case = VERSIONS[name]
    good = {"prefect": "3.8.8", "fastapi": "0.150.0", "sqlalchemy": "2.0.44"}
    (diagnosis,) = health.versions(good | {case.name: case.version})
    assert_says(diagnosis, case.verdict, case.version)


def test_what_is_not_installed_is_missing() -> None:
    (diagnosis,) = health.versions({"prefect": "3.8.8", "fastapi": "0.150.0"})
    assert_says(diagnosis, Verdict.FAILED, "sqlalchemy is missing")


def test_prefect_can_be_imported_and_its_server_is_not_there(tmp_path: Path) -> None:
    variables = environment(tmp_path, "https://yourname.surpass.com", PREFECT="true")
    nowhere = {"PREFECT_API_URL": f"http://127.0.0.1:{closed_port()}/api"}
    *fine, last = prefect({**os.environ, **variables, **nowhere})
    assert {diagnosis.verdict for diagnosis in fine} == {Verdict.OK}
    assert last.verdict is Verdict.FAILED
    assert "PREFECT_API_URL" in last.to_do


def test_a_prefect_server_that_is_there(tmp_path: Path) -> None:
    variables = environment(tmp_path, "https://yourname.surpass.com", PREFECT="true")
    with saying(reply("true")) as server:
        last = prefect({**os.environ, **variables, "PREFECT_API_URL": f"{server.url}/api"})[-1]
        assert [request.target for request in server.requests] == ["/api/health"]
    assert last.verdict is Verdict.OK


def test_a_prefect_that_is_not_wanted_is_not_looked_at(tmp_path: Path) -> None:
    (diagnosis,) = prefect(environment(tmp_path, "https://yourname.surpass.com"))
    assert diagnosis.verdict is Verdict.OK
