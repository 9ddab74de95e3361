"""A session's record: all that ever happened to it, by keycode or candidate; and the commands."""

from __future__ import annotations

import json
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from flows.cli.app import app
from flows.cli.history import worst
from pipeline.errors import InputError
from pipeline.evidence.export import as_page
from pipeline.evidence.session_record import Record, session_records
from pipeline.ledger import open_history
from pipeline.sandbox import Sandbox
from pipeline.settings import Settings
from pipeline.surpass import Access
from schemas.words import WORST_FIRST, Outcome
from tests.evidence.offices import CODES
from tests.ledger.running import ingested, sheet


def records(office: Settings, name: str) -> list[Record]:
    with closing(open_history(office)) as ledger:
        return session_records(ledger, name)


def papermarks(office: Settings, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    access = office.model_dump(include={"home", "surpass_url", "surpass_username"})
    for name, value in access.items():
        monkeypatch.setenv(f"PAPERMARKS_{name.upper()}", str(value))
    return CliRunner().invoke(app, [*words], obj=True)


def test_all_that_happened_to_a_session(office: Settings) -> None:
    (record,) = records(office, CODES[0].lower())
    assert (record["keycode"], record["state"]) == (CODES[0], "accepted")
    first, second = record["submissions"]
    assert (first["outcome"], first["proof"]) == ("accepted", "person")
    assert second["outcome"] == "unchanged"
    assert [cell["column"] for cell in first["cells"]] == ["B", "C"]
    assert first["content"] == [["1", 1], ["2", 2]]
    assert [post["came_back"] for post in first["posts"]] == ["taken"]
    assert [(each["outcome_before"], each["outcome"]) for each in first["changes"]] == [
        ("accepted", "unconfirmed"),
        ("unconfirmed", "accepted"),
    ]
    (resolution,) = first["resolutions"]
    assert (resolution["who"], resolution["reason"]) == ("Kim on desk-1", "I looked")
    assert first["run"]["origin"] == "command"
    assert first["files"][0]["file"] == "first.csv"
    assert len(first["records"]) == 5  # begin, end, report, and two changes


def test_a_session_is_found_by_its_candidate(
    surpass: tuple[Sandbox, Access], office: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "named.csv"
    file.write_text(f"Keycode,Candidate Reference,Q1,Q2\n{CODES[1]},S-0007,3,4\n")
    ingested(office, [file])
    (record,) = records(office, "S-0007")
    assert record["keycode"] == CODES[1]
    assert len(record["submissions"]) == 2  # those of files that did not name the candidate too


def test_nobody_knows_it(office: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    result = papermarks(office, monkeypatch, "find", "NOBODY22")
    assert isinstance(result.exception, InputError)


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


def test_the_page_shows_foreign_text_as_text(office: Settings) -> None:
    (record,) = records(office, CODES[0])
    record["submissions"][0]["reason"] = "<script>alert(1)</script>\u202e"
    page = _Texts()
    page.feed(as_page([record], CODES[0]))
    assert "script" not in page.tags
    assert any("<script>alert(1)</script><U+202E>" in text for text in page.texts)


def test_export_writes_a_page_and_json(
    office: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    result = papermarks(office, monkeypatch, "export", CODES[0], "--to", str(tmp_path / "out"))
    assert result.exit_code == 0
    page, document = sorted((tmp_path / "out").iterdir())
    assert (page.suffix, document.suffix) == (".html", ".json")
    assert {path.stat().st_mode & 0o777 for path in (page, document)} == {0o600}
    assert json.loads(document.read_text()) == records(office, CODES[0])
    exported = papermarks(office, monkeypatch, "export", CODES[0], "--json")
    assert json.loads(exported.stdout) == records(office, CODES[0])


def test_runs_name_their_files_and_the_worst_outcome(
    office: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = papermarks(office, monkeypatch, "runs", "--json")
    second, first = json.loads(result.stdout)
    assert (first["files"], first["worst"], first["origin"]) == (
        ["first.csv"],
        "accepted",
        "command",
    )
    assert (second["files"], second["worst"]) == (["second.csv"], "invalid")
    assert "salt" not in first
    assert "second" in papermarks(office, monkeypatch, "runs").stdout


@pytest.mark.parametrize("command", ["show", "verify"])
def test_last_is_the_newest_run(
    office: Settings, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (newest, _) = json.loads(papermarks(office, monkeypatch, "runs", "--json").stdout)
    by_name = papermarks(office, monkeypatch, command, newest["id"], "--json")
    assert papermarks(office, monkeypatch, command, "last", "--json").stdout == by_name.stdout
    assert by_name.exit_code == 0


def test_rerun_last_takes_up_the_newest_run(
    office: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    failed = office.model_copy(update={"surpass_url": "http://127.0.0.1:1"})
    report = ingested(failed, [sheet(tmp_path / "third.csv", {CODES[1]: (9, 9)})])
    monkeypatch.setenv("PAPERMARKS_SURPASS_PASSWORD", "wrong")
    monkeypatch.setenv("PAPERMARKS_PREFECT", "false")
    monkeypatch.setenv("PAPERMARKS_MAX_ATTEMPTS", "1")
    result = papermarks(failed, monkeypatch, "rerun", "last", "--json")
    assert json.loads(result.stdout)["run"]["parent"] == report.folder.name


def test_verify_ends_with_1_where_something_was_altered(
    office: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert papermarks(office, monkeypatch, "verify").exit_code == 0
    next((office.home / "archive").iterdir()).unlink()
    result = papermarks(office, monkeypatch, "verify")
    assert result.exit_code == 1
    assert "It is gone" in result.stdout


def test_every_outcome_has_its_place_among_the_worst() -> None:
    assert {*WORST_FIRST} == {*Outcome}
    assert worst({"accepted": 3, "held": 1, "unfinished": 1}) == "unfinished"
    assert worst({}) is None
