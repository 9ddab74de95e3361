"""What a command imports before it begins, and how the shell completes it."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest
import typer
from typer.core import TyperGroup

from flows.cli.app import COMMANDS, load
from flows.samples import SAMPLES
from pipeline.sandbox import Sandbox
from tests.flows.conftest import office_variables

_HEAVY = {"pandas", "numpy", "pandera", "fastapi", "sqlalchemy", "alembic", "prefect", "apprise"}
_REPORT_MODULES = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
sys.argv = ["papermarks", *sys.argv[1:]]
from flows.cli import main
main()
"""
_PAPER = SAMPLES / "biology-paper-1.csv"


def _imported(home: Path, *words: str, **variables: str) -> set[str]:
    """The top-level packages that a command has imported by its end."""
    process = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", _REPORT_MODULES, *words],
        env=os.environ | {"PAPERMARKS_HOME": str(home)} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    modules: list[str] = json.loads(process.stderr.splitlines()[-1])
    assert "flows.cli.app" in modules, process.stderr
    return {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize(
    "words",
    [("--help",), ("--version",), ("rules", "--help"), ("rules", "mark-blank"), ()],
    ids=lambda words: " ".join(words) or "nothing",
)
def test_help_imports_nothing_heavy(words: tuple[str, ...], tmp_path: Path) -> None:
    assert _imported(tmp_path, *words).isdisjoint(_HEAVY)


@pytest.mark.parametrize(
    "words", [("check", "--offline", "-q"), ("ingest", "-q")], ids=lambda words: words[0]
)
def test_without_a_server_there_is_no_orchestrator_to_wait_for(
    words: tuple[str, ...], surpass: tuple[Sandbox, str], tmp_path: Path
) -> None:
    office = office_variables(tmp_path, *surpass)
    imported = _imported(tmp_path, *words, str(_PAPER), **office)
    assert "pandas" in imported
    assert imported.isdisjoint({"prefect", "fastapi", "apprise", "dask"})
    assert ("httpx" in imported) is (words[0] == "ingest")
    applied = [session for session in surpass[0].sessions if session.applied]
    assert bool(applied) is (words[0] == "ingest")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_itself(name: str) -> None:
    lazy = COMMANDS[name]
    loaded = getattr(import_module(lazy.module), lazy.attribute)
    help_text = loaded.info.help if isinstance(loaded, typer.Typer) else inspect.getdoc(loaded)
    assert lazy.help == (help_text or "").partition("\n\n")[0].replace("\n", " ")
    assert isinstance(load(name), TyperGroup) is isinstance(loaded, typer.Typer)


def _completed_by_bash(line: str, home: Path) -> list[str]:
    """What bash offers after this line, by the script that ``--show-completion`` prints."""
    papermarks = Path(sys.executable).parent / "papermarks"
    script = dedent(
        f"""
        source <("{papermarks}" --show-completion bash)
        COMP_WORDS=({line}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        [[ "{line}" == *" " ]] && COMP_WORDS+=("") && COMP_CWORD=$(( COMP_CWORD + 1 ))
        _papermarks_completion papermarks
        printf '%s\\n' "${{COMPREPLY[@]}}"
        """
    )
    path = f"{papermarks.parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.run(  # noqa: S603  # our own command
        ["bash", "-c", script],  # noqa: S607
        env=os.environ | {"PATH": path, "PAPERMARKS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("papermarks ru", ["runs", "rules"]),
        ("papermarks check --off", ["--offline"]),
        ("papermarks session sh", ["show"]),
        ("papermarks layout ", ["new"]),
    ],
)
def test_a_real_bash_completes(line: str, offered: list[str], tmp_path: Path) -> None:
    assert _completed_by_bash(line, tmp_path) == offered
