"""``papermarks layouts`` and ``inspect``, as an office uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import ExitCode, InputError, LayoutError
from pipeline.interpret import shipped
from sample_data import HERE
from tests.layouts.commands import SCANNER, run
from tests.layouts.commands import home as home  # a fixture, by its name
from tests.read.source_files import dropped, workbook


def test_every_layout_is_listed_and_the_office_s_own_says_so(home: Path, tmp_path: Path) -> None:
    run("layout", "new", dropped(tmp_path, SCANNER, "scan.csv"), "--yes", "--name", "our-own")
    listed = json.loads(run("layouts", "--json").stdout)
    assert [one["name"] for one in listed] == sorted([*(one.name for one in shipped()), "our-own"])
    assert "your own" in run("layouts").stdout


def test_inspect_tells_what_a_file_is_and_sends_nothing(home: Path) -> None:
    result = run("inspect", HERE / "biology-paper-2.xlsx", "--json")
    document = json.loads(result.stdout)
    assert document["layouts"] == ["marksheet-wide"]
    assert document["read_as"] == "Excel workbook (xlsx); decimal points in D"
    assert (document["rows_read"], document["entries"]) == (19, 40)
    assert len(document["first_entries"]) == 10
    assert {row["reason"] for row in document["rows_set_aside"]} >= {"title", "heading", "maxima"}
    # What only validation sees is told too.
    assert "mark-not-whole" in {finding["rule"] for finding in document["findings"]}
    assert result.exit_code == ExitCode.NEEDS_A_PERSON
    assert not (home / "ledger.sqlite").exists()


def test_inspect_of_what_nothing_fits_says_what_came_nearest(tmp_path: Path) -> None:
    file = dropped(tmp_path, "Name,Q1,Q2\nMax,5,6\n", "marks.csv")
    result = run("inspect", file)
    assert result.exit_code == ExitCode.NOTHING_READABLE
    assert "none that fits" in result.stdout
    document = " ".join(result.stdout.split())
    assert "(lacks a column headed 'keycode', 'candidate reference' or the like)" in document


def test_inspect_does_not_fill_the_screen_with_one_mistake(tmp_path: Path) -> None:
    file = dropped(
        tmp_path, "Candidate No,Q1\n" + "".join(f"C{n},?7\n" for n in range(200)), "1.csv"
    )
    shown = run("inspect", file).stdout
    assert shown.count("'?7' is not a mark") == 50
    assert "and 150 more of these; --json has all." in shown
    document = json.loads(run("inspect", file, "--json").stdout)
    assert [one["rule"] for one in document["findings"]].count("mark-not-a-number") == 200


@pytest.mark.parametrize(
    "command",
    [["inspect"], ["confirm-layout"], ["layout", "new", "--yes"]],
    ids=lambda command: command[0],
)
def test_commands_that_look_at_a_file_heed_the_office_s_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("PAPERMARKS_READ_ROWS", "2")
    file = dropped(tmp_path, "Keycode,Q1\n00001ABC,3\n00002ABC,4\n", "marks.csv")
    try:
        said = run(*command, file).output
    except InputError as error:
        said = str(error)
    assert "reaches over 3 rows" in " ".join(said.split())


def test_a_wrong_layout_of_the_office_s_own_is_told_by_its_file_and_key(
    home: Path, tmp_path: Path
) -> None:
    (home / "layouts").mkdir(parents=True)
    (home / "layouts" / "mine.toml").write_text('name = "mine"\nkind = "guesses"\n', "utf-8")
    with pytest.raises(LayoutError, match=r"layout mine\.toml: .*kind: "):
        run("inspect", dropped(tmp_path, SCANNER, "scan.csv"))


def test_a_layout_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no layout zzz"):
        run("inspect", dropped(tmp_path, SCANNER, "scan.csv"), "--layout", "zzz")


def test_findings_have_their_sheet_and_what_to_do_and_errors_come_first(tmp_path: Path) -> None:
    sheets = {"One": [["Keycode", "Q1", "Note"], ["H76RBD8P", "six", "ok"]]}
    document = json.loads(
        run("inspect", dropped(tmp_path, workbook(sheets), "m.xlsx"), "--json").stdout
    )
    assert [finding["severity"] for finding in document["findings"]] == ["error", "warning"]
    assert {finding["sheet"] for finding in document["findings"]} == {"One"}
    assert all(finding["to_do"] for finding in document["findings"])
