"""One real Prefect server for all tests here, in a process of its own, as in the office.

It costs seconds to start, and goes on costing: the tests of this folder share a process
(``tests/conftest.py``), and it ends with the last of them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pipeline.sandbox import Sandbox
from tests import plain_http
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
