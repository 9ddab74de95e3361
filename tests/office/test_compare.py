"""Two keyings side by side: what agrees, what a third person must decide, how the command ends."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from flows.cli.app import app
from pipeline.errors import ExitCode, PapermarksError
from pipeline.validate.keyings import keying_of
from tests.read.source_files import dropped, workbook
from tests.validate.prepared import prepared_paths

_A = "Keycode,Q1,Q2\nKEYCODE1,1,2\nKEYCODE2,3,NA\n"
_LONG = "Keycode,Question,Mark\n"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A second keying, and what is to decide: question, what A says, what B says, the verdict."""

    name: str
    b: str
    differences: tuple[tuple[str, str, str, str], ...] = ()


_CASES = (
    Compared(name="other order, other writing", b="Keycode,Q2,Q1\nKEYCODE2,na,3.0\nkeycode1,2,1\n"),
    Compared(
        name="a row a question",
        b=_LONG + "KEYCODE2,1,3\nKEYCODE2,2,NA\nKEYCODE1,2,2\nKEYCODE1,1,1\n",
    ),
    Compared(
        name="another mark", b=_A.replace("1,2", "1,7"), differences=(("2", "2", "7", "differs"),)
    ),
    Compared(
        name="not attempted is no zero",
        b=_A.replace("NA", "0"),
        differences=(("2", "NA", "0", "differs"),),
    ),
    Compared(
        name="blank", b=_A.replace("NA", ""), differences=(("2", "NA", "(blank)", "differs"),)
    ),
    Compared(
        name="a question less",
        b="Keycode,Q1\nKEYCODE1,1\nKEYCODE2,3\n",
        differences=(("2", "2", "", "only in A"), ("2", "NA", "", "only in A")),
    ),
    Compared(
        name="a session more",
        b=_A + "KEYCODE3,4,5\n",
        differences=(("1", "", "4", "only in B"), ("2", "", "5", "only in B")),
    ),
    Compared(
        name="another session",
        b=_A.replace("KEYCODE2", "KEYCODE3"),
        differences=(
            ("1", "3", "", "only in A"),
            ("2", "NA", "", "only in A"),
            ("1", "", "3", "only in B"),
            ("2", "", "NA", "only in B"),
        ),
    ),
    Compared(
        name="a row twice",
        b=_A + "KEYCODE2,3,NA\n",
        differences=(("1", "3", "3", "more than once"), ("2", "NA", "NA", "more than once")),
    ),
)


def _run(folder: Path, a: str | bytes, b: str | bytes, *more: str) -> tuple[int, str]:
    first, second = dropped(folder, a, "a.csv"), dropped(folder, b, "b.csv")
    words = ["compare", str(first), str(second), "-o", str(folder / "out.xlsx"), *more]
    done = CliRunner().invoke(app, words, env={"PAPERMARKS_HOME": str(folder / "home")})
    code = done.exception.exit_code if isinstance(done.exception, PapermarksError) else None
    return done.exit_code if code is None else code, done.output


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_cell_by_cell(tmp_path: Path, case: Compared) -> None:
    code, _ = _run(tmp_path, _A, case.b)
    assert code == (ExitCode.NEEDS_A_PERSON if case.differences else ExitCode.DONE)
    book = openpyxl.load_workbook(io.BytesIO((tmp_path / "out.xlsx").read_bytes()))
    _, *rows = book["To decide"].iter_rows(values_only=True)
    found = {tuple(str(row[at] or "") for at in (2, 3, 4, 7)) for row in rows}
    assert found == set(case.differences)
    assert book["Comparison"]["A1"].value == (
        "A and B do not agree" if case.differences else "A and B agree"
    )


def test_the_workbook_says_where_each_cell_is_and_is_never_taken_for_marks(tmp_path: Path) -> None:
    marks: list[list[object]] = [
        ["Keycode", "Q1", "Q2"],
        ["KEYCODE1", 1, "=1+1"],
        ["KEYCODE2", 3, 4],
    ]
    _run(tmp_path, _A, workbook({"Paper 1": marks}))
    book = openpyxl.load_workbook(io.BytesIO((tmp_path / "out.xlsx").read_bytes()))
    row = [cell.value for cell in book["To decide"][2]]
    assert row[5:7] == ["a.csv, C2", "b.csv, Paper 1, C2"]
    assert {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line} == {
        "s", "n"
    }  # fmt: skip
    assert book["Side by side"]["D2"].value == "2 | =1+1"
    again = prepared_paths([tmp_path / "out.xlsx"])
    assert [rule for rule, *_ in again.findings] == ["file-unreadable"]


def test_counts_as_json(tmp_path: Path) -> None:
    code, output = _run(tmp_path, _A, _A.replace("1,2", "1,7"), "--json")
    counts = json.loads(output[output.index("{") :])
    assert (code, counts["agree"], counts["cells"], counts["same"]) == (1, False, 4, 3)


def test_what_was_not_read_does_not_agree(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Keycode", "Q1", "Q2"], ["KEYCODE1", 1, 2], ["KEYCODE2", 3, "NA"]]
    more: list[list[object]] = [["Code", "Q1"], ["KEYCODE3", 1]]
    code, output = _run(tmp_path, _A, workbook({"P": rows, "More": more}))
    assert code == ExitCode.NEEDS_A_PERSON
    assert "Not compared" in output


@dataclass(frozen=True)
class Case:
    a: str
    b: str
    code: int


ENDS = {
    "one file twice": Case(a=_A, b=_A, code=2),
    "nothing": Case(a="", b=" ", code=3),
    "one is no table": Case(a="Dear all,\n", b=_A.replace("1", "2"), code=1),
}


@pytest.mark.parametrize("name", ENDS)
def test_how_it_ends_where_there_is_nothing_to_compare(tmp_path: Path, name: str) -> None:
    case = ENDS[name]
    assert _run(tmp_path, case.a, case.b)[0] == case.code


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out.xlsx").write_bytes(b"decided")
    assert _run(tmp_path, _A, _A + "\n")[0] == ExitCode.WRONG_USAGE
    assert (tmp_path / "out.xlsx").read_bytes() == b"decided"
    assert _run(tmp_path, _A, _A + "\n", "--force")[0] == ExitCode.DONE


@pytest.mark.parametrize(
    ("name", "keying"),
    [
        ("marks A.xlsx", "A"),
        ("marks_b.csv", "B"),
        ("marks-B (2).csv", "B"),
        ("north/marks A - to mend 2.xlsx", "A"),
        ("marks.csv", None),
        ("algebra.csv", None),
        ("A.csv", None),
        ("marks 1.csv", None),
    ],
)
def test_which_keying_a_file_is(name: str, keying: str | None) -> None:
    assert keying_of(name) == keying
