"""The rooms' rules: imports go one way, and never in a circle."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from flows.cli.app import COMMANDS

_ROOT = Path(__file__).parent.parent
_PACKAGES = ("flows", "pipeline", "schemas")

_EXPECTED_CIRCLES: frozenset[tuple[str, str]] = frozenset()
"""Imports that close a circle and are known: importing and imported module. None may stay."""


def test_imports_go_one_way() -> None:
    lint = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as lint; lint()",
    ]
    process = subprocess.run(  # noqa: S603  # our own command
        [*lint, "--no-cache"], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stdout + process.stderr


def _imports() -> dict[str, set[str]]:
    """Which modules each imports: inside functions too, and where a command is loaded by name."""
    graph = grimp.build_graph(*_PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    imports["flows.cli.app"] |= {command.module for command in COMMANDS.values()}
    for importer, imported in _EXPECTED_CIRCLES:
        imports[importer].remove(imported)  # KeyError where it is gone: then it is expected no more
    return imports


def _circle(imports: Mapping[str, set[str]]) -> list[str]:
    """The modules of a circle, in order; none where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_import_goes_round_in_a_circle() -> None:
    imports = _imports()
    assert "flows.ingest" in imports["flows.execute"], "an import inside a function is seen"
    assert "pipeline.inbox.lock" in imports["pipeline.inbox.inbox"]
    assert _circle(imports) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [("flows.service.lifeline", "flows.cli"), ("pipeline.errors", "pipeline.inbox")],
    ids=["a child that is a command", "by what a package hands on"],
)
def test_a_circle_would_be_seen(importer: str, imported: str) -> None:
    imports = _imports()
    imports[importer] = imports[importer] | {imported}
    assert {importer, imported} <= set(_circle(imports))
