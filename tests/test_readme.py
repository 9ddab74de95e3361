"""What the READMEs promise is what the code has, and what they name is there."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.testing import CliRunner

from flows.cli.app import COMMANDS, app, load
from flows.samples import SAMPLES
from pipeline.errors import ExitCode
from pipeline.model import PaperSource
from schemas.words import Proof
from tests.readme_tables import ROOT, TABLES, Table

_MOST_LINES = 200  # of the front page
_PAGES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)
_ROOMS = sorted(
    {path.parent for name in ("pipeline", "flows") for path in ROOT.glob(f"{name}/*/__init__.py")}
    | {ROOT / "pipeline/validate/anomalies"}
)
_PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"][
    "targets"
]["wheel"]["packages"]
_FRONT_PAGE = (ROOT / "README.md").read_text("utf-8")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_what_the_code_says(table: Table) -> None:
    assert table.written == table.make(), "python -m tests.readme_tables --write"


def test_the_front_page_is_short() -> None:
    assert len(_FRONT_PAGE.splitlines()) < _MOST_LINES


@pytest.mark.parametrize("mark", ["the demo's command", "the tests' command"])
def test_a_command_can_be_copied_from_the_front_page(mark: str) -> None:
    """The line below the comment's code fence is one command: .ci/run takes it from there."""
    assert re.search(rf"^<!-- {mark} -->\n```sh\n[^\n]+\n```$", _FRONT_PAGE, re.MULTILINE)


def test_every_exit_code_is_in_the_table() -> None:
    assert set(re.findall(r"^\| (\d+) \| ", _FRONT_PAGE, re.MULTILINE)) == {
        str(code.value) for code in ExitCode
    }


def test_every_proof_is_in_the_table() -> None:
    page = (ROOT / "pipeline/README.md").read_text("utf-8")
    table = page.partition("\n## Proofs\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [str(proof) for proof in Proof]


def test_every_key_of_the_json_is_in_the_table(tmp_path: Path) -> None:
    words = ["check", "--offline", "--json", str(SAMPLES / "biology-paper-1.csv")]
    done = CliRunner().invoke(app, words, env={"PAPERMARKS_HOME": str(tmp_path)})
    document = json.loads(done.stdout)
    page = (ROOT / "pipeline/README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page.partition("## The report")[2], re.M))
    assert document.keys() <= rows.keys()
    for key, value in document.items():
        first = value[0] if isinstance(value, list) and value else value
        for part in first if isinstance(first, dict) else ():
            assert f"`{part}`" in rows[key], (key, part)
    assert all(f"`{field.name}`" in rows["papers"] for field in fields(PaperSource))


@pytest.mark.parametrize("room", _ROOMS, ids=_name)
def test_every_room_has_a_page_that_can_be_found(room: Path) -> None:
    assert (room / "README.md").is_file()
    above = (room.parent / "README.md").read_text("utf-8")
    assert f"({room.name}/README.md)" in above


@pytest.mark.parametrize("package", _PACKAGES)
def test_every_package_says_that_it_has_types(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def _linked(page: Path) -> Iterator[tuple[Path, str]]:
    """The files that a page links to, and the headings in them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            path, _, heading = target.partition("#")
            yield (page.parent / path).resolve() if path else page, heading


def _headings(page: Path) -> set[str]:
    """The headings of a page as links name them: lower case, hyphens for spaces."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", _PAGES, ids=_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, heading in _linked(page):
        assert path.exists(), path
        assert path.is_relative_to(ROOT)
        assert not heading or heading in _headings(path), (path, heading)


def _commands(page: Path) -> Iterator[list[str]]:
    """The words of each ``papermarks …`` in a code span or a line of code."""
    text = page.read_text("utf-8")
    spans = re.findall(r"`papermarks ([^`]+)`", text)
    blocks = "\n".join(re.findall(r"^ *```\w*\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE))
    for found in spans + re.findall(r"^ *papermarks (.+)$", blocks, re.MULTILINE):
        words = found.replace("\\|", "|").split()
        if words[0] == "--profile":
            words = words[2:]
        if words and re.fullmatch(r"[a-z]+(-[a-z]+)*", words[0]):
            yield words


def _options(words: list[str]) -> set[str]:
    """The options of a command or, where one is named, of its sub-command."""
    command = load(words[0])
    if isinstance(command, TyperGroup) and len(words) > 1:
        command = command.commands.get(words[1], command)  # type: ignore[assignment]
    return {option for each in command.params for option in each.opts} | {"--help", "--profile"}


def test_every_command_is_named() -> None:
    named = {words[0] for page in _PAGES for words in _commands(page)}
    assert named == COMMANDS.keys()


@pytest.mark.parametrize("page", [page for page in _PAGES if [*_commands(page)]], ids=_name)
def test_a_command_that_is_named_has_those_options(page: Path) -> None:
    for words in _commands(page):
        options = {word.strip("`.,;:") for word in words if word.startswith("--")}
        assert options <= _options(words), words
