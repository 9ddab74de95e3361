"""One real Prefect server for all tests here, in a process of its own, as in the office.

It costs seconds to start, and goes on costing: the tests of this folder share a process
(``tests/conftest.py``), and it ends with the last of them. What a test left there, the next one
does not find.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.sandbox import Sandbox
from tests import plain_http
from tests.flows.commands import query, until
from tests.flows.conftest import MAX_WAIT_S, free_port, office_variables, process
from tests.plain_environment import uncounted


@pytest.fixture(scope="package")
def prefect_api(
    prefect_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a real server's API, its scheduler running."""
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    where = {"PREFECT_SERVER_API_HOST": "127.0.0.1", "PREFECT_SERVER_API_PORT": str(port)}
    start = [sys.executable, "-m", "prefect", "server", "start", "--no-ui"]
    log = tmp_path_factory.mktemp("server") / "server.log"
    with process(start, uncounted(prefect_environment) | where, log):
        deadline = time.monotonic() + MAX_WAIT_S
        while not _healthy(api):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield api


@pytest.fixture(autouse=True)
def empty_server(prefect_api: str) -> Iterator[None]:
    """A test begins with no flow: none of another test's runs, deployments and choices."""
    yield
    until(lambda: not _flows_left(prefect_api))


def _flows_left(api: str) -> list[dict[str, Any]]:
    """Delete each flow, with what hangs on it."""
    for flow in query(api, "flows", {}):
        plain_http.request("DELETE", f"{api}/flows/{flow['id']}")
    return query(api, "flows", {})


def _healthy(api: str) -> bool:
    try:
        return plain_http.get(f"{api}/health").is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def office(
    surpass: tuple[Sandbox, str],
    prefect_environment: dict[str, str],
    prefect_api: str,
    tmp_path: Path,
) -> dict[str, str]:
    """The environment of an office that has a Surpass and a Prefect server."""
    home = tmp_path / "papermarks"
    where = {"PREFECT_API_URL": prefect_api, "PAPERMARKS_REPORTS_PORT": str(free_port())}
    return prefect_environment | where | office_variables(home, *surpass)
