"""Prefect's health, for ``papermarks doctor``: versions, whether it can be imported, its server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement

from flows.prefect_side import connect, server
from pipeline.doctor.diagnosis import Diagnosis, failed, ok, warning
from pipeline.settings import Settings

_PINNED = ("prefect", "fastapi", "sqlalchemy")  # of these a newer one has broken it before
_IMPORT_TIMEOUT_S = 120  # on a slow machine
_IMPORT = """
import sys, flows.ingest, prefect.server.api.server
from flows.prefect_side.schedule import problem
print(problem(sys.argv[1], sys.argv[2] or None) or "")
"""
_TO_DO = "Install papermarks again as the README says, with -c constraints.txt."


def prefect(settings: Settings, environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Whether runs can show in Prefect. Without it they go on, and say so."""
    if not settings.prefect:
        yield ok("Prefect", "Not used, as PREFECT says.")
        return
    yield from versions()
    yield from _importable(settings, environment)
    yield _server(settings, environment)


def versions(installed: Mapping[str, str] | None = None) -> Iterator[Diagnosis]:
    """Whether those that are installed are ones with which papermarks works."""
    installed = _installed() if installed is None else installed
    wrong = [
        f"{needed.name} is {installed.get(needed.name, 'missing')}, must be {needed.specifier}"
        for needed in map(Requirement, requires("papermarks") or ())
        if needed.name in _PINNED and not needed.specifier.contains(installed.get(needed.name, "0"))
    ]
    if wrong:
        yield failed("Prefect", f"It may break: {'; '.join(wrong)}.", _TO_DO)
    else:
        yield ok("Prefect", ", ".join(f"{name} {installed[name]}" for name in _PINNED) + ".")


def _installed() -> dict[str, str]:
    found = {}
    for name in _PINNED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _importable(settings: Settings, environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """In a process of its own, with a home of its own: an import of Prefect leaves traces."""
    # -P: a folder 'flows' in the working directory, Prefect's own convention, is not ours.
    command = [sys.executable, "-P", "-c", _IMPORT, settings.nightly, settings.time_zone or ""]
    with TemporaryDirectory() as home:
        env = {**environment, **connect.environment(Path(home), {})}
        try:
            done = subprocess.run(  # noqa: S603  # our own command
                command,
                env=env,
                capture_output=True,
                text=True,
                timeout=_IMPORT_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            yield warning(
                "Prefect",
                f"Its import takes over {_IMPORT_TIMEOUT_S} seconds.",
                "Is the disk slow?",
            )
            return
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        yield failed("Prefect", f"It cannot be imported: {reason}.", _TO_DO)
    elif problem := done.stdout.strip():
        yield failed("Prefect", f"{problem}.", "Correct NIGHTLY, or remove it.")


def _server(settings: Settings, environment: Mapping[str, str]) -> Diagnosis:
    url = environment.get("PREFECT_API_URL")
    if url and not server.answers(url):
        to_do = "Start that server, or remove PREFECT_API_URL."
        return failed("Prefect", "No server answers where PREFECT_API_URL says.", to_do)
    if url or (url := connect.find_server(settings.home)):
        return ok("Prefect", f"Its server answers at {url}.")
    return ok(
        "Prefect", "No server is running, and runs go without one; papermarks serve starts one."
    )
