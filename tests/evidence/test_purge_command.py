"""``papermarks purge``: it asks first, and the setting says how old runs become."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli.app import app
from pipeline.ledger import open_ledger
from pipeline.settings import Settings
from tests.evidence.offices import SHEET
from tests.ledger.running import ingested, sheet


def old_office(fresh: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose only run began in 1970, and whose settings are in the environment."""
    ingested(fresh, [sheet(tmp_path / "marks.csv", SHEET)])
    with closing(sqlite3.connect(fresh.home / "ledger.sqlite")) as connection, connection:
        connection.execute("UPDATE runs SET started = 0")
    monkeypatch.setenv("PAPERMARKS_HOME", str(fresh.home))
    monkeypatch.setenv("PAPERMARKS_SURPASS_URL", str(fresh.surpass_url))


def runs_left(office: Settings) -> int:
    with open_ledger(office) as ledger:
        return sum(run["purged"] is None for run in ledger.runs())


@dataclass(frozen=True)
class Case:
    words: list[str]
    typed: str
    exit_code: int
    left: int


ASKED = {
    "no": Case(words=["--older-than", "400d"], typed="n\n", exit_code=1, left=1),
    "yes": Case(words=["--older-than", "400d"], typed="y\n", exit_code=0, left=0),
    "asked for nothing": Case(
        words=["--older-than", "400", "--yes"], typed="", exit_code=0, left=0
    ),
    "as JSON": Case(
        words=["--older-than", "400d", "--yes", "--json"], typed="", exit_code=0, left=0
    ),
    "nothing is old enough": Case(words=["--older-than", "99999d"], typed="", exit_code=0, left=1),
}


@pytest.mark.parametrize("name", ASKED)
def test_the_command_asks_first(
    fresh: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case = ASKED[name]
    old_office(fresh, tmp_path, monkeypatch)
    result = CliRunner().invoke(app, ["purge", *case.words], input=case.typed, obj=True)
    assert result.exit_code == case.exit_code, result.output
    assert runs_left(fresh) == case.left
    if "--json" in case.words:
        assert len(json.loads(result.stdout)["runs"]) == 1


@pytest.mark.parametrize(
    "words", [[], ["--older-than", "a year"], ["--older-than", "1d", "--json"]]
)
def test_a_command_that_does_not_say_enough(
    fresh: Settings, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("PAPERMARKS_HOME", str(fresh.home))
    assert CliRunner().invoke(app, ["purge", *words], obj=True).exit_code != 0


def test_the_setting_says_how_old(
    fresh: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_office(fresh, tmp_path, monkeypatch)
    monkeypatch.setenv("PAPERMARKS_PURGE_AFTER", "400")
    assert CliRunner().invoke(app, ["purge", "--yes"], obj=True).exit_code == 0
    assert runs_left(fresh) == 0
