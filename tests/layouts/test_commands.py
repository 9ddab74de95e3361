"""``papermarks layouts``, ``inspect`` and ``layout new``, as an office uses them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli.app import app
from pipeline.errors import ExitCode, InputError, LayoutError
from pipeline.interpret import shipped
from pipeline.interpret.confirmed import confirmed_shapes
from sample_data import HERE
from tests.read.source_files import dropped, workbook

_SCANNER = """\
Scanner X export;;;;
Sheet No;Cand;Frage 1;Frage 2;Frage 3
1;0012041;A;B;-
2;0012042;C;*;A
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office's own home, without a Surpass."""
    monkeypatch.setenv("PAPERMARKS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _run(*arguments: str | Path, given: str = "") -> Result:
    result = CliRunner().invoke(app, [*map(str, arguments)], input=given)
    if isinstance(result.exception, InputError):
        raise result.exception
    return result


def test_every_layout_is_listed_and_the_office_s_own_says_so(home: Path, tmp_path: Path) -> None:
    _run("layout", "new", dropped(tmp_path, _SCANNER, "scan.csv"), "--yes", "--name", "our-own")
    listed = json.loads(_run("layouts", "--json").stdout)
    assert [one["name"] for one in listed] == sorted([*(one.name for one in shipped()), "our-own"])
    assert "your own" in _run("layouts").stdout


def test_inspect_tells_what_a_file_is_and_sends_nothing(home: Path) -> None:
    result = _run("inspect", HERE / "biology-paper-2.xlsx", "--json")
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
    result = _run("inspect", file)
    assert result.exit_code == ExitCode.NOTHING_READABLE
    assert "none that fits" in result.stdout
    document = " ".join(result.stdout.split())
    assert "(lacks a column headed 'keycode', 'candidate reference' or the like)" in document


def test_inspect_does_not_fill_the_screen_with_one_mistake(tmp_path: Path) -> None:
    file = dropped(
        tmp_path, "Candidate No,Q1\n" + "".join(f"C{n},?7\n" for n in range(200)), "1.csv"
    )
    shown = _run("inspect", file).stdout
    assert shown.count("'?7' is not a mark") == 50
    assert "and 150 more of these; --json has all." in shown
    document = json.loads(_run("inspect", file, "--json").stdout)
    assert [one["rule"] for one in document["findings"]].count("mark-not-a-number") == 200


def test_a_layout_is_made_by_answering_questions_and_used_from_then_on(
    home: Path, tmp_path: Path
) -> None:
    file = dropped(tmp_path, _SCANNER, "scan.csv")
    assert _run("inspect", file).exit_code == ExitCode.NOTHING_READABLE
    answers = ["scanner-x", "responses", "wide", "2", "B", "candidate", "C", "E"]
    made = _run(
        "layout", "new", file, "--blank", "-", "--multiple", r"\*", given="\n".join(answers)
    )
    assert made.exit_code == 0, made.output
    assert (home / "layouts" / "scanner-x.toml").exists()
    document = json.loads(_run("inspect", file, "--json").stdout)
    assert document["layouts"] == ["scanner-x"]
    assert [
        (entry["candidate"], entry["question"], entry["meaning"], entry["value"])
        for entry in document["first_entries"]
    ] == [
        ("0012041", "1", "value", "A"),
        ("0012041", "2", "value", "B"),
        ("0012041", "3", "blank", None),
        ("0012042", "1", "value", "C"),
        ("0012042", "2", "multiple", None),
        ("0012042", "3", "value", "A"),
    ]


@dataclass(frozen=True)
class Case:
    content: str
    options: list[str]
    entries: list[tuple[str, str]]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(
                content="Who;Item no;Points\nH76RBD8P;1;5\nH76RBD8P;2;7\n",
                options=[
                    "--shape",
                    "long",
                    "--kind",
                    "marks",
                    "--id",
                    "A",
                    "--first",
                    "B",
                    "--last",
                    "C",
                ],
                entries=[("1", "5"), ("2", "7")],
            ),
            id="long",
        ),
        pytest.param(
            Case(
                content="0012041;A;B\n0012042;C;A\n",
                options=[
                    "--heading",
                    "0",
                    "--kind",
                    "responses",
                    "--id",
                    "A",
                    "--first",
                    "B",
                    "--last",
                    "C",
                ],
                entries=[("1", "A"), ("2", "B"), ("1", "C"), ("2", "A")],
            ),
            id="without headings",
        ),
        pytest.param(
            Case(
                content="Code;alpha;beta\nH76RBD8P;3;4\n",
                options=["--kind", "marks", "--id", "A", "--first", "B", "--last", "C"],
                entries=[("alpha", "3"), ("beta", "4")],
            ),
            id="questions without numbers",
        ),
    ],
)
def test_options_make_a_layout_without_a_question_asked(tmp_path: Path, case: Case) -> None:
    file = dropped(tmp_path, case.content, "export.csv")
    made = _run("layout", "new", file, "--yes", "--name", "ours-2", *case.options)
    assert made.exit_code == 0, made.output
    document = json.loads(_run("inspect", file, "--json", "--layout", "ours-2").stdout)
    found = [(entry["question"], entry["value"]) for entry in document["first_entries"]]
    assert found == case.entries


@pytest.mark.parametrize(
    ("options", "document"),
    [
        (["--shape", "round"], "--shape must be wide or long"),
        (["--by", "name"], "--by must be keycode or candidate"),
        (["--heading", "99"], "--heading must be a row of the file"),
        (["--id", "ZZ"], "--id must be a column of the file, up to E"),
        (["--id", "7"], "is no column"),
        (["--name", "No Name!"], "name: "),
        (["--multiple", "("], "words.multiple"),
    ],
)
def test_what_cannot_be_chosen_is_told(tmp_path: Path, options: list[str], document: str) -> None:
    file = dropped(tmp_path, _SCANNER, "scan.csv")
    with pytest.raises(InputError, match=document):
        _run("layout", "new", file, "--yes", *options)


def test_a_layout_is_never_written_over(tmp_path: Path) -> None:
    file = dropped(tmp_path, _SCANNER, "scan.csv")
    _run("layout", "new", file, "--yes")
    with pytest.raises(InputError, match="exists already"):
        _run("layout", "new", file, "--yes")


def test_a_wrong_layout_of_the_office_s_own_is_told_by_its_file_and_key(
    home: Path, tmp_path: Path
) -> None:
    (home / "layouts").mkdir(parents=True)
    (home / "layouts" / "mine.toml").write_text('name = "mine"\nkind = "guesses"\n', "utf-8")
    with pytest.raises(LayoutError, match=r"layout mine\.toml: .*kind: "):
        _run("inspect", dropped(tmp_path, _SCANNER, "scan.csv"))


def test_an_office_s_own_layout_goes_over_ours_by_its_name(home: Path, tmp_path: Path) -> None:
    file = dropped(tmp_path, "Keycode,Q1\nH76RBD8P,A\n", "answers.csv")
    assert json.loads(_run("inspect", file, "--json").stdout)["layouts"] == ["remark"]
    _run("layout", "new", file, "--yes", "--name", "remark", "--kind", "marks")
    document = json.loads(_run("inspect", file, "--json", "--layout", "remark").stdout)
    assert document["first_entries"][0]["kind"] == "marks"


def test_a_layout_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no layout zzz"):
        _run("inspect", dropped(tmp_path, _SCANNER, "scan.csv"), "--layout", "zzz")


def test_decimal_signs_are_found_for_each_column_and_fixed_by_a_layout(
    home: Path, tmp_path: Path
) -> None:
    file = dropped(tmp_path, "Keycode;Q1;Q2\nH76RBD8P;1,0;2.0\nH76RBD8Q;3,0;4.0\n", "marks.csv")
    document = json.loads(_run("inspect", file, "--json").stdout)
    assert document["read_as"].endswith("decimal commas in B; decimal points in C")
    assert document["findings"] == []
    _run("layout", "new", file, "--yes", "--name", "ours")
    layout = home / "layouts" / "ours.toml"
    layout.write_text(layout.read_text("utf-8") + '\n[text]\ndecimal = ","\n', "utf-8")
    document = json.loads(_run("inspect", file, "--json", "--layout", "ours").stdout)
    assert [(one["rule"], one["column"], one["row"]) for one in document["findings"]] == [
        ("decimals-mixed", "C", 2),
        ("decimals-mixed", "C", 3),
    ]


_UNCERTAIN = "Student ID,Q1,Q2,Q3,Q4,Q5\n0012041,1,3,2,4,1\n0012042,2,3,2,4,1\n"


def test_an_uncertain_reading_is_confirmed_once_for_all_sheets_of_its_form(
    home: Path, tmp_path: Path
) -> None:
    file = dropped(tmp_path, _UNCERTAIN, "june.csv")
    asked = _run("confirm-layout", file, given="0\n")
    assert "1: marks" in asked.stdout
    assert "2: answers" in asked.stdout
    assert json.loads(_run("inspect", file, "--json").stdout)["layouts"] == []
    _run("confirm-layout", file, "--yes")
    assert json.loads(_run("inspect", file, "--json").stdout)["layouts"] == ["marksheet-wide"]
    # Another sheet with this heading is read so too; one with another heading is not.
    later = dropped(tmp_path, _UNCERTAIN.replace("0012041,1", "0012049,2"), "july.csv")
    other = dropped(tmp_path, _UNCERTAIN.replace("Q5", "Q6"), "other.csv")
    assert json.loads(_run("inspect", later, "--json").stdout)["entries"] == 10
    assert json.loads(_run("inspect", other, "--json").stdout)["entries"] == 0
    assert "no sheet whose reading is uncertain" in _run("confirm-layout", later).stdout


@dataclass(frozen=True)
class _Doubt:
    """A sheet that can be read in two ways, and what the first entries are when one is chosen."""

    sheet: str
    options: tuple[str, ...]
    entries: list[tuple[str, str, str]]  # whose, question, value


_DOUBTS = {
    "numbers that are answers": _Doubt(
        _UNCERTAIN, ("--choose", "2"), [("0012041", "1", "A"), ("0012041", "2", "C")]
    ),
    "a column that is left out": _Doubt(
        "Keycode,Q1,Essay,Q2\nH76RBD8P,1,12,3\n",
        ("--choose", "1"),
        [("H76RBD8P", "1", "1"), ("H76RBD8P", "2", "3")],
    ),
    "answers beside marks": _Doubt(
        "Keycode,Question,Answer,Mark\nH76RBD8P,1,A,1\nH76RBD8P,2,B,0\n",
        ("--choose", "1"),
        [("H76RBD8P", "1", "A"), ("H76RBD8P", "2", "B")],
    ),
    "marks beside answers": _Doubt(
        "Keycode,Question,Answer,Mark\nH76RBD8P,1,A,1\nH76RBD8P,2,B,0\n",
        ("--choose", "2"),
        [("H76RBD8P", "1", "1"), ("H76RBD8P", "2", "0")],
    ),
    "scores beside each answer": _Doubt(
        "Keycode,Q1,Q1 score,Q2,Q2 score\nH76RBD8P,A,1,B,0\n",
        ("--choose", "2"),
        [("H76RBD8P", "1", "A"), ("H76RBD8P", "2", "B")],
    ),
    "the second of two columns of keycodes": _Doubt(
        "Keycode,Q1,Keycode\nH76RBD8P,1,K42VVQ8R\n", ("--choose", "2"), [("K42VVQ8R", "1", "1")]
    ),
    "questions of sections, counted over the paper": _Doubt(
        "Keycode,B1,A1,A2\nH76RBD8P,9,1,2\n",
        ("--choose", "1"),
        [("H76RBD8P", "3", "9"), ("H76RBD8P", "1", "1"), ("H76RBD8P", "2", "2")],
    ),
    "questions of sections, named so": _Doubt(
        "Keycode,B1,A1,A2\nH76RBD8P,9,1,2\n",
        ("--choose", "2"),
        [("H76RBD8P", "B1", "9"), ("H76RBD8P", "A1", "1"), ("H76RBD8P", "A2", "2")],
    ),
    "a teaching set that is no version of the paper": _Doubt(
        "Keycode,Set,Q1\nH76RBD8P,1,7\nK42VVQ8R,2,8\n",
        ("--choose", "1"),
        [("H76RBD8P", "1", "7"), ("K42VVQ8R", "1", "8")],
    ),
    "a column that a person names": _Doubt(
        "Keycode,Form,Q1\nH76RBD8P,11A,1\n", ("--leave-out", "b"), [("H76RBD8P", "1", "1")]
    ),
}


@pytest.mark.parametrize("name", _DOUBTS)
def test_a_person_chooses_between_readings(tmp_path: Path, name: str) -> None:
    doubt = _DOUBTS[name]
    file = dropped(tmp_path, doubt.sheet, "june.csv")
    _run("confirm-layout", file, *doubt.options)
    document = json.loads(_run("inspect", file, "--json").stdout)
    found = [
        (entry["keycode"] or entry["candidate"], entry["question"], entry["value"])
        for entry in document["first_entries"]
    ]
    assert found[: len(doubt.entries)] == doubt.entries
    assert {entry["version"] for entry in document["first_entries"]} == {""}
    rules = [finding["rule"] for finding in document["findings"]]
    assert rules == ["column-left-out"] * len(rules)
    assert "no sheet whose reading is uncertain" in _run("confirm-layout", file).stdout


def test_a_number_that_stands_for_no_answer_is_none(tmp_path: Path) -> None:
    _run("confirm-layout", dropped(tmp_path, _UNCERTAIN, "june.csv"), "--choose", "2")
    later = dropped(tmp_path, _UNCERTAIN.replace("0012041,1", "0012041,0"), "july.csv")
    document = json.loads(_run("inspect", later, "--json").stdout)
    assert [finding["rule"] for finding in document["findings"]] == ["answer-not-understood"]


def test_a_confirmed_reading_is_listed_and_revoked(home: Path, tmp_path: Path) -> None:
    file = dropped(tmp_path, _UNCERTAIN, "june.csv")
    _run("confirm-layout", file, "--yes")
    ((shape, facts),) = confirmed_shapes(home / "layouts").items()
    assert facts["file"] == "june.csv"
    assert shape in _run("layouts").stdout
    _run("layouts", "--revoke", shape)
    assert confirmed_shapes(home / "layouts") == {}
    assert json.loads(_run("inspect", file, "--json").stdout)["entries"] == 0


def test_findings_have_their_sheet_and_what_to_do_and_errors_come_first(tmp_path: Path) -> None:
    sheets = {"One": [["Keycode", "Q1", "Note"], ["H76RBD8P", "six", "ok"]]}
    document = json.loads(
        _run("inspect", dropped(tmp_path, workbook(sheets), "m.xlsx"), "--json").stdout
    )
    assert [finding["severity"] for finding in document["findings"]] == ["error", "warning"]
    assert {finding["sheet"] for finding in document["findings"]} == {"One"}
    assert all(finding["to_do"] for finding in document["findings"])
