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
from pipeline.doctor.diagnosis import Diagnosis, ill, odd, well
from pipeline.settings import Settings

_PINNED = ("prefect", "fastapi", "sqlalchemy")  # of these a newer one has broken it before
_PATIENCE = 120  # seconds that its import may take on a slow machine
_TO_DO = "Install papermarks again as the README says, with -c constraints.txt."


def prefect(ours: Settings, environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Whether runs can show in Prefect. Without it they go on, and say so."""
    if not ours.prefect:
        yield well("Prefect", "Not used, as PREFECT says.")
        return
    yield from versions()
    yield from _importable(environment)
    yield _server(ours, environment)


def versions(installed: Mapping[str, str] | None = None) -> Iterator[Diagnosis]:
    """Whether those that are installed are ones with which papermarks works."""
    installed = _installed() if installed is None else installed
    needed = [Requirement(text) for text in requires("papermarks") or ()]
    wrong = [
        f"{each.name} is {installed.get(each.name, 'missing')}, must be {each.specifier}"
        for each in needed
        if each.name in _PINNED and not each.specifier.contains(installed.get(each.name, "0"))
    ]
    if wrong:
        yield ill("Prefect", f"It may break: {'; '.join(wrong)}.", _TO_DO)
    else:
        yield well("Prefect", ", ".join(f"{name} {installed[name]}" for name in _PINNED) + ".")


def _installed() -> dict[str, str]:
    found = {}
    for name in _PINNED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _importable(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """In a process of its own, with a home of its own: an import of Prefect leaves traces."""
    command = [sys.executable, "-c", "import flows.ingest, prefect.server.api.server"]
    with TemporaryDirectory() as home:
        given = {**environment, **connect.settled(Path(home), {})}
        try:
            done = subprocess.run(  # noqa: S603  # our own command
                command, env=given, capture_output=True, text=True, timeout=_PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            yield odd("Prefect", f"Its import takes over {_PATIENCE} seconds.", "Is the disk slow?")
            return
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        yield ill("Prefect", f"It cannot be imported: {said}.", _TO_DO)


def _server(ours: Settings, environment: Mapping[str, str]) -> Diagnosis:
    told = environment.get("PREFECT_API_URL")
    if told and not server.answers(told):
        to_do = "Start that server, or remove PREFECT_API_URL."
        return ill("Prefect", "No server answers where PREFECT_API_URL says.", to_do)
    if told or (told := connect.found(ours.home)):
        return well("Prefect", f"Its server answers at {told}.")
    return well("Prefect", "No server is running: each run starts one for itself, in some seconds.")
