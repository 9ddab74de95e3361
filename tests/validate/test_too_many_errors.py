"""A file in which too much is wrong is refused as a whole, and harms nothing else of the run.

The bound is set low here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from pipeline.findings import by_severity, counts_of
from schemas.rules import TOO_MANY_ERRORS
from schemas.validation_options import HOLDING, HalfMarks, ValidationOptions
from tests import forked
from tests.plain_environment import plain_environment
from tests.read.source_files import dropped, workbook
from tests.validate.prepared import Prepared, prepared_paths
from tests.validate.refused import assert_refused

_MOST = 5
_RULE = TOO_MANY_ERRORS


def _csv(
    *marks: object, first: int = 0, heading: str = "Keycode,Q1", key: str = "{:05d}ABC"
) -> str:
    rows = (f"{key.format(number)},{mark}" for number, mark in enumerate(marks, start=first))
    return "\n".join([heading, *rows, ""])


@dataclass(frozen=True)
class _Case:
    id: str
    contents: Sequence[str | bytes]
    refused: Collection[int] = ()  # files, by number
    becomes: dict[str, int] = field(default_factory=dict)  # submissions by outcome
    counts: dict[str, int] = field(default_factory=dict)  # of findings by rule, of all files
    hold_on: frozenset[str] = frozenset(HOLDING)
    half_marks: HalfMarks = "error"


_FIVE, _SIX = ["-1"] * 5, ["-1"] * 6
_GOOD = _csv(*range(1, 8), first=50)
_TOTALS = "Keycode,Q1,Q2,Total"
_RIGHT = ["3,4,7"] * 7
_CASES = [
    _Case("at the bound", [_csv(*_FIVE, 7)], becomes={"invalid": 5, "ready": 1}),
    _Case("one more", [_csv(*_SIX, 7)], {0}, counts={"mark-negative": 6}),
    _Case(
        "wrong in two ways",
        [_csv(*_FIVE, "7.25", 7)],
        {0},
        counts={"mark-negative": 5, "mark-not-whole": 1},
    ),
    _Case(
        "more than are listed",
        [_csv(*["-1"] * 100)],
        {0},
        counts={"mark-negative": 100, _RULE: 1},
    ),
    _Case(
        "over two sheets",
        [
            workbook(
                {
                    sheet: [["Keycode", "Q1"], *([f"{n:05d}ABC", -1] for n in range(at, at + 3))]
                    for sheet, at in (("A", 0), ("B", 10))
                }
            )
        ],
        {0},
        counts={"mark-negative": 6},
    ),
    _Case(
        "one of three files",
        [_GOOD, _csv(*_SIX, 7), _csv(7, first=90)],
        {1},
        becomes={"ready": 8},
    ),
    _Case(
        "two of three files",
        [_csv(*_SIX), _GOOD, _csv(*_SIX, first=20)],
        {0, 2},
        becomes={"ready": 7},
        counts={_RULE: 2},
    ),
    _Case(
        "a session of the refused file stands in a good one",
        [_csv(*_SIX, 7), _csv(3, 4, first=6)],
        {0},
        becomes={"held": 1, "ready": 1},
        counts={"session-elsewhere": 1, "question-twice": 0},
    ),
    _Case(
        "so does one whose keycode is not read there",
        [_csv(*_SIX) + "00050ABC (resit),7\n", _csv(3, 4, first=50)],
        {0},
        becomes={"held": 1, "ready": 1},
        counts={"session-elsewhere": 1},
    ),
    _Case(
        "and a candidate who is named by a reference",
        [
            _csv(*_SIX, 7, heading="Candidate Ref,Q1", key="STU-{:04d}"),
            _csv(3, 4, first=6, heading="Candidate Ref,Q1", key="STU-{:04d}"),
        ],
        {0},
        becomes={"held": 2},
        counts={"session-elsewhere": 1, "candidate-not-looked-up": 2},
    ),
    _Case(
        "errors that were found in reading",
        [_csv(*[f"{n},{n},{n}" for n in range(6)], "3,4", heading="Keycode,Q1,Q2")],
        {0},
        counts={"row-ragged": 6},
    ),
    _Case(
        "rows without a keycode count once each",
        [_csv(*["3,4,5"] * 7, heading="Keycode,Q1,Q2,Q3") + ",1,2,3\n" * 5],
        becomes={"ready": 6, "held": 1, "invalid": 5},  # the rows may be of the last candidate
    ),
    _Case("the absent are no errors", [_csv(*["ABS"] * 8, 7)], becomes={"absent": 8, "ready": 1}),
    _Case(
        "nor is Surpass that was not asked",
        [_csv(*range(8), heading="Candidate Ref,Q1", key="STU-{:04d}")],
        becomes={"held": 8},
    ),
    _Case(
        "nor is what is twice in two files together",
        [_csv(*range(8)), _csv(*range(1, 9))],
        becomes={"held": 8},
    ),
    _Case(
        "twice in one file",
        [_csv(*range(6)) + _csv(*range(1, 7), heading="")[1:]],
        {0},
        counts={"question-twice": 6},
    ),
    _Case(
        "twice in one file, many times each",
        [
            _csv(*["3,4,5"] * 5, heading="Keycode,Q1,Q2,Q3")
            + _csv(*["3,4,5"] * 5, first=0, heading="")[1:]
            + "00009ABC,3,4,5\n"
        ],
        becomes={"held": 5, "ready": 1},
    ),
    _Case(
        "beside a sheet that is not read",
        [
            workbook(
                {
                    "Marks": [["Keycode", "Q1"], *([f"{n:05d}ABC", -1] for n in range(6))],
                    "More": [["Keycode", "A", "B"], ["00009ABC", 7, 3]],
                }
            ),
            _csv(7, 5, first=9),
        ],
        {0},
        becomes={"held": 1, "ready": 1},
        counts={"mark-negative": 6, "session-elsewhere": 1},
    ),
    _Case(
        "two answers where one is expected",
        [
            "file_id,input_path,output_path,score,Keycode,q1,q2\n"
            + "".join(f'"1","a","b","0",{n:05d}ABC,A,BC\n' for n in range(6))
        ],
        {0},
        counts={"answer-multiple": 6},
    ),
    _Case(
        "warnings refuse nothing",
        [_csv(*range(8), key="{:05d}abc")],
        becomes={"ready": 8},
        counts={"keycode-tidied": 8},
    ),
    _Case(
        "warnings that hold, at the bound",
        [_csv(*range(5), key="{:05d}abc") + "00009ABC,3\n"],
        becomes={"held": 5, "ready": 1},
        hold_on=frozenset({"keycode-tidied"}),
    ),
    _Case(
        "and one more",
        [_csv(*range(6), key="{:05d}abc") + "00009ABC,3\n", _GOOD],
        {0},
        becomes={"ready": 7},
        counts={"keycode-tidied": 6},
        hold_on=frozenset({"keycode-tidied"}),
    ),
    _Case(
        "totals that differ, at the bound",
        [_csv(*_RIGHT, *["3,4,8"] * 5, heading=_TOTALS)],
        becomes={"held": 5, "ready": 7},
    ),
    _Case(
        "and one more of these",
        [_csv(*_RIGHT, *["3,4,8"] * 6, heading=_TOTALS), _GOOD],
        {0},
        becomes={"ready": 7},
        counts={"total-differs": 6},
    ),
    _Case(
        "totals that the office lets pass",
        [_csv(*_RIGHT, *["3,4,8"] * 6, heading=_TOTALS)],
        becomes={"ready": 13},
        hold_on=frozenset(),
    ),
    _Case(
        "half marks that are rounded",
        [_csv(*["7.5"] * 8, 7)],
        becomes={"ready": 9},
        half_marks="up",
    ),
    _Case(
        "and hold",
        [_csv(*["7.5"] * 8, 7)],
        {0},
        counts={"mark-rounded": 8},
        hold_on=frozenset({"mark-rounded"}),
        half_marks="up",
    ),
]


def _prepared(folder: Path, case: _Case) -> Prepared:
    paths = [
        dropped(folder, each, f"{at}.{'csv' if isinstance(each, str) else 'xlsx'}")
        for at, each in enumerate(case.contents)
    ]
    options = ValidationOptions(case.hold_on, {"*": case.half_marks}, max_errors=_MOST)
    return prepared_paths(paths, options=options)


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.id)
def test_what_becomes_of_a_file_with_many_errors(tmp_path: Path, case: _Case) -> None:
    came = _prepared(tmp_path, case)
    assert_refused(came, case.refused, case.becomes, more_than=_MOST)
    found = came.validated.findings
    counts = counts_of(found).groupby(found["rule"]).sum()
    assert {rule: counts.get(rule, 0) for rule in case.counts} == case.counts
    assert found["rule"].tolist().count(_RULE) == len(case.refused)
    reading = " ".join(came.messages)
    assert not any(slip in reading for slip in ("nan", "None", "{", "<NA>", "()"))


def test_the_refusal_says_what_is_wrong_where_and_what_to_do(tmp_path: Path) -> None:
    case = _Case("", [_csv(*["-1"] * 30, *["7.25"] * 25, "7")])
    came = _prepared(tmp_path, case)
    found = came.validated.findings
    (refusal,) = found[found["rule"] == _RULE].to_dict("records")
    assert refusal["message"] == (
        "55 cells of this file are wrong, more than 5. Is this the right file? "
        "30 times mark-negative, first in B2: '-1' is below zero. "
        "25 times mark-not-whole, first in B32: '7.25' is not a whole mark; Surpass takes "
        "whole marks only. "
        "Nothing of it was used."
    )
    assert "READ_ERRORS" in refusal["to_do"]
    listed = found[found["row"].notna()]
    assert listed["rule"].value_counts().to_dict() == {"mark-negative": 20, "mark-not-whole": 20}
    rest = found[found["unlisted"].notna()]
    assert {*rest["message"]} == {
        "10 more of 'mark-negative' in this sheet, from B22 on, are not listed one by one.",
        "5 more of 'mark-not-whole' in this sheet, from B52 on, are not listed one by one.",
    }
    assert by_severity(found) == {"error": 56}
    account = came.account()
    assert account.verdict == "There was nothing to send. Nothing of 0.csv could be used."
    assert [(part.code, part.findings) for part in account.to_do] == [
        (_RULE, 1),
        ("mark-negative", 30),
        ("mark-not-whole", 25),
    ]


def test_command_page_workbook_and_json_say_it(tmp_path: Path) -> None:
    path = dropped(tmp_path, _csv(*_SIX, 7))
    env = plain_environment(PAPERMARKS_HOME=str(tmp_path / "home"), PAPERMARKS_READ_ERRORS="5")
    done = forked.papermarks("check", "--offline", str(path), env=env)
    assert done.returncode == 3, done.stderr  # no source file could be used
    said = "6 cells of this file are wrong, more than 5. Is this the right file?"
    assert said in " ".join(done.stdout.split())
    (folder,) = (path for path in (tmp_path / "home" / "reports").iterdir() if path.is_dir())
    assert {path.suffix for path in folder.iterdir()} == {".html", ".json", ".xlsx"}
    assert said in (folder / "reconciliation.html").read_text()
    cells = [
        str(cell)
        for sheet in load_workbook(folder / "reconciliation.xlsx")
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    ]
    assert any(said in cell for cell in cells)
    document = json.loads((folder / "reconciliation.json").read_text())
    assert said in document["findings"][-1]["message"]
    assert [source["readable"] for source in document["sources"]] == [False]


_MARKS = st.sampled_from(["3", "4", "-1", "7.25"])
_ROWS = st.lists(st.tuples(st.integers(0, 30), _MARKS), min_size=4, max_size=20)


@settings(max_examples=10, deadline=None)
@given(st.lists(_ROWS, min_size=1, max_size=3))
def test_whatever_the_rows_nothing_of_a_refused_file_is_sent(
    tmp_path_factory: pytest.TempPathFactory, contents: list[list[tuple[int, str]]]
) -> None:
    """Held against what a person would count: no session of such a file, nor a part of one."""
    folder = tmp_path_factory.mktemp("files")
    texts = [
        "\n".join(["Keycode,Q1", f"{at:05d}END,5", *(f"{n:05d}ABC,{mark}" for n, mark in rows), ""])
        for at, rows in enumerate(contents)
    ]
    came = _prepared(folder, _Case("", texts))
    assert came.reconciled().balanced
    wrong = [sum(mark in {"-1", "7.25"} for _, mark in rows) for rows in contents]
    refused = [not source.readable for source in came.validated.sources]
    assert all(
        is_refused for is_refused, count in zip(refused, wrong, strict=True) if count > _MOST
    )
    sessions = Counter(number for rows in contents for number, _ in rows)
    good = {
        f"{number:05d}ABC"
        for rows, is_refused in zip(contents, refused, strict=True)
        for number, mark in rows
        if not is_refused and mark in {"3", "4"} and sessions[number] == 1
    }
    assert {code for code in came.sent if code.endswith("ABC")} == good
