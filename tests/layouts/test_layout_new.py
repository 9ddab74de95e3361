"""``papermarks layout new``: a layout of the office's own, and what is read by it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.errors import ExitCode, InputError
from tests.layouts.commands import SCANNER, run
from tests.layouts.commands import home as home  # a fixture, by its name
from tests.read.source_files import dropped


def test_a_layout_is_made_by_answering_questions_and_used_from_then_on(
    home: Path, tmp_path: Path
) -> None:
    file = dropped(tmp_path, SCANNER, "scan.csv")
    assert run("inspect", file).exit_code == ExitCode.NOTHING_READABLE
    answers = ["scanner-x", "responses", "wide", "2", "B", "candidate", "C", "E"]
    made = run("layout", "new", file, "--blank", "-", "--multiple", r"\*", given="\n".join(answers))
    assert made.exit_code == 0, made.output
    assert (home / "layouts" / "scanner-x.toml").exists()
    document = json.loads(run("inspect", file, "--json").stdout)
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
    options: str
    entries: list[tuple[str, str]]


OPTIONS = {
    "long": Case(
        content="Who;Item no;Points\nH76RBD8P;1;5\nH76RBD8P;2;7\n",
        options="--shape long --kind marks --id A --first B --last C",
        entries=[("1", "5"), ("2", "7")],
    ),
    "without headings": Case(
        content="0012041;A;B\n0012042;C;A\n",
        options="--heading 0 --kind responses --id A --first B --last C",
        entries=[("1", "A"), ("2", "B"), ("1", "C"), ("2", "A")],
    ),
    "questions without numbers": Case(
        content="Code;alpha;beta\nH76RBD8P;3;4\n",
        options="--kind marks --id A --first B --last C",
        entries=[("alpha", "3"), ("beta", "4")],
    ),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_make_a_layout_without_a_question_asked(tmp_path: Path, name: str) -> None:
    case = OPTIONS[name]
    file = dropped(tmp_path, case.content, "export.csv")
    made = run("layout", "new", file, "--yes", "--name", "ours-2", *case.options.split())
    assert made.exit_code == 0, made.output
    document = json.loads(run("inspect", file, "--json", "--layout", "ours-2").stdout)
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
    file = dropped(tmp_path, SCANNER, "scan.csv")
    with pytest.raises(InputError, match=document):
        run("layout", "new", file, "--yes", *options)


def test_a_layout_is_never_written_over(tmp_path: Path) -> None:
    file = dropped(tmp_path, SCANNER, "scan.csv")
    run("layout", "new", file, "--yes")
    with pytest.raises(InputError, match="exists already"):
        run("layout", "new", file, "--yes")


def test_an_office_s_own_layout_goes_over_ours_by_its_name(home: Path, tmp_path: Path) -> None:
    file = dropped(tmp_path, "Keycode,Q1\nH76RBD8P,A\n", "answers.csv")
    assert json.loads(run("inspect", file, "--json").stdout)["layouts"] == ["remark"]
    run("layout", "new", file, "--yes", "--name", "remark", "--kind", "marks")
    document = json.loads(run("inspect", file, "--json", "--layout", "remark").stdout)
    assert document["first_entries"][0]["kind"] == "marks"


def test_decimal_signs_are_found_for_each_column_and_fixed_by_a_layout(
    home: Path, tmp_path: Path
) -> None:
    file = dropped(tmp_path, "Keycode;Q1;Q2\nH76RBD8P;1,0;2.0\nH76RBD8Q;3,0;4.0\n", "marks.csv")
    document = json.loads(run("inspect", file, "--json").stdout)
    assert document["read_as"].endswith("decimal commas in B; decimal points in C")
    assert document["findings"] == []
    run("layout", "new", file, "--yes", "--name", "ours")
    layout = home / "layouts" / "ours.toml"
    layout.write_text(layout.read_text("utf-8") + '\n[text]\ndecimal = ","\n', "utf-8")
    document = json.loads(run("inspect", file, "--json", "--layout", "ours").stdout)
    assert [(one["rule"], one["column"], one["row"]) for one in document["findings"]] == [
        ("decimals-mixed", "C", 2),
        ("decimals-mixed", "C", 3),
    ]
