"""A session's record: all that ever happened to it, by keycode or candidate; and the commands."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from flows.cli import show
from flows.cli.app import app
from flows.cli.history import worst
from pipeline.errors import FolderUnavailable, InputError
from pipeline.evidence.export import as_page
from pipeline.evidence.purge import purge
from pipeline.evidence.session_record import Record, session_records
from pipeline.ledger import open_history, open_ledger
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


def test_find_tells_all_of_it(office: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show._out, "width", 250)
    found = papermarks(office, monkeypatch, "find", CODES[0])
    assert found.exit_code == 0
    assert f"{CODES[0]} at " in found.stdout
    for part in (
        ": accepted",
        "first.csv, B2-C2",
        "second.csv, B3-C3",
        "accepted (person)",
        "POST 1: taken",
        "accepted → unconfirmed",
        "unchanged",
        "command",
    ):
        assert part in found.stdout, part
    as_json = papermarks(office, monkeypatch, "find", CODES[0], "--json")
    assert json.loads(as_json.stdout) == records(office, CODES[0])


def test_find_tells_that_what_was_purged_is_not_sent_again(
    office: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_ledger(office) as ledger:
        purge(ledger, office, dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
    found = papermarks(office, monkeypatch, "find", CODES[0])
    assert "which was purged. It is not sent again." in found.stdout
    shown = papermarks(office, monkeypatch, "show", "last")
    assert "were purged on" in shown.stdout
    assert "purged" in papermarks(office, monkeypatch, "runs").stdout


def test_export_says_where_it_cannot_write(
    office: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a file").touch()
    result = papermarks(office, monkeypatch, "export", CODES[0], "--to", str(tmp_path / "a file"))
    assert isinstance(result.exception, FolderUnavailable)
    assert "cannot be written" in str(result.exception)


def test_show_tells_of_a_run_where_each_submission_ended(
    office: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show._out, "width", 250)
    _, first = json.loads(papermarks(office, monkeypatch, "runs", "--json").stdout)
    shown = papermarks(office, monkeypatch, "show", first["id"])
    assert shown.exit_code == 0
    assert f"Run {first['id']}" in shown.stdout
    assert "marksheet-wide, SHA-256 " in shown.stdout
    for code in CODES[:2]:
        assert code in shown.stdout
    assert shown.stdout.count(": taken") == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", "20990101-000000-000-0000"), "papermarks runs lists them"),
        (("resolve", CODES[2], "accepted", "--reason", "seen"), "there is nothing to resolve"),
        (("resolve", CODES[2], "accepted", "--reason", " "), "what you saw in Surpass"),
    ],
    ids=["no such run", "nothing to resolve", "no reason"],
)
def test_what_is_not_there_is_said(
    office: Settings, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    result = papermarks(office, monkeypatch, *words)
    assert isinstance(result.exception, InputError)
    assert says in str(result.exception)


def test_where_nothing_was_run_there_is_no_last_one(
    office: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = office.model_copy(update={"home": tmp_path / "another home"})
    with open_ledger(empty):
        pass
    result = papermarks(empty, monkeypatch, "show", "last")
    assert isinstance(result.exception, InputError)
    assert "no run yet" in str(result.exception)


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
