"""Page, workbook, JSON and notification are views of one account: held to the same numbers."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from typing import Any

import openpyxl
import pytest

from pipeline.account import Account
from pipeline.model import Ending
from pipeline.report import as_json, as_page, as_workbook
from pipeline.report.environment import number
from schemas.words import SETTLED, Outcome
from tests.report.html_page import Page
from tests.validate.prepared import prepared

_FILES = (
    "Title\nKeycode,Q1,Q2,Total\nKEYCODE1,1,2,3\nKEYCODE2,3,x,\nKEYCODE3,ABS,,\nKEYCODE9,4,5,10\n"
    "KEYCODE8,7,8,15\nTotal,4,2,\n",
    "file_id,input_path,output_path,score,Roll,q1,q2\n1,a,b,0,KEYCODE4,A,\n2,a,b,0,KEYCODE5,B,C\n",
    b"",
    "Keycode,Test,Centre,Q1,Q2\nKEYCODEA,BIO,C1,5,6\nKEYCODEB,BIO,C2,7,8\nKEYCODEC,CHEM,C2,9,?\n",
)


@pytest.fixture(
    scope="module",
    params=[Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.IN_DOUBT, Outcome.READY, Outcome.REFUSED],
)
def account(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """A run of everything, of which what was ready ended in one way, but for the first."""
    came = prepared(tmp_path_factory.mktemp("views"), *_FILES)
    ready = [end for end in came.endings if end.outcome is Outcome.READY]

    def end(ending: Ending) -> Ending:
        if ending not in ready:
            return ending
        outcome = request.param if ending is not ready[0] else Outcome.ACCEPTED
        return replace(ending, outcome=outcome, batch=1, attempts=1)

    return replace(came, endings=tuple(map(end, came.endings))).account()


@pytest.fixture(scope="module")
def document(account: Account) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(as_json.dumps(account))
    return shown


@pytest.fixture(scope="module")
def page(account: Account) -> Page:
    return Page(as_page.build_page(account))


@pytest.fixture(scope="module")
def book(account: Account, tmp_path_factory: pytest.TempPathFactory) -> openpyxl.Workbook:
    content = as_workbook.build_workbook(account, tmp_path_factory.mktemp("book"))
    return openpyxl.load_workbook(io.BytesIO(content))


def _rows(book: openpyxl.Workbook, sheet: str) -> list[dict[str, Any]]:
    heading, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, heading), row, strict=True)) for row in rows]


def _shown(value: float | None) -> str:
    return number(value)


def test_the_verdict(
    account: Account, document: dict[str, Any], page: Page, book: openpyxl.Workbook
) -> None:
    assert document["verdict"] == book["To do"]["A1"].value == account.summary.headline
    assert account.verdict in page.text
    assert document["needs_a_person"] is account.summary.needs_a_person


def test_outcomes(
    account: Account, document: dict[str, Any], page: Page, book: openpyxl.Workbook
) -> None:
    totals = document["totals"]
    counted = {name: count for name, count in totals["by_outcome"].items() if count}
    assert account.summary.outcomes == counted
    in_book = {row["Outcome"]: row for row in _rows(book, "Outcomes") if row["Outcome"] in counted}
    table = page.table("Every submission ended in one of these outcomes")
    on_page = {row[0]: row for row in table.body}
    assert in_book.keys() == on_page.keys() == counted.keys()
    for name, count in counted.items():
        ended = [item for item in document["submissions"] if item["outcome"] == name]
        entries = sum(item["entries"] for item in ended)
        marks, answers = (sum(item[k] or 0 for item in ended) for k in ("marks_total", "answers"))
        assert (len(ended), marks) == (count, totals["marks_by_outcome"][name])
        of_book = [in_book[name][k] for k in ("Submissions", "Entries", "Marks", "Answers")]
        assert of_book == [count, entries, marks, answers]
        assert on_page[name][1:5] == [_shown(n) for n in (count, entries, marks, answers)]
    whole = ["submissions", "entries", "marks_total"]
    assert table.foot[0][1:4] == [_shown(totals[name]) for name in whole]
    (last,) = (row for row in _rows(book, "Outcomes") if row["Outcome"] == "All")
    assert [last["Submissions"], last["Entries"], last["Marks"]] == [totals[n] for n in whole]


def test_the_absent_are_on_a_list_to_void(
    document: dict[str, Any], page: Page, book: openpyxl.Workbook
) -> None:
    absent = [
        (str(item["number"]), item["keycode"], f"{item['file']}, row {item['row']}")
        for item in document["submissions"]
        if item["outcome"] == Outcome.ABSENT
    ]
    assert absent
    listed = page.table("Sessions of absent candidates").body
    assert [(row[0], row[1], row[5]) for row in listed] == absent
    rows = [row for row in _rows(book, "To void") if row["No."]]
    assert [
        (str(row["No."]), row["Keycode"], f"{row['File']}, row {row['Row']}") for row in rows
    ] == absent


def test_rows(document: dict[str, Any], page: Page, book: openpyxl.Workbook) -> None:
    totals = document["totals"]
    used, aside = totals["rows_used"], totals["rows_set_aside"]
    assert totals["rows_read"] == used + aside == used + len(document["rows_set_aside"])
    assert f"{totals['rows_read']} rows read = {used} used + {aside} set aside" in page.text
    assert len(_rows(book, "Rows set aside")) == aside
    listed = page.table("Rows set aside: they carry no candidate").body
    assert [(row[0], row[2], row[4]) for row in listed] == [
        (item["file"], str(item["row"]), item["reason"]) for item in document["rows_set_aside"]
    ]


@dataclass(frozen=True)
class Case:
    scope: str
    title: str
    of: str


TOTALS = {
    "papers": Case(scope="papers", title="By paper", of="Paper"),
    "centres": Case(scope="centres", title="By centre", of="Centre"),
    "sources": Case(scope="sources", title="By file", of="File"),
    "batches": Case(scope="batches", title="By batch", of="Batch"),
}


@pytest.mark.parametrize("name", TOTALS)
def test_control_totals(
    name: str, document: dict[str, Any], page: Page, book: openpyxl.Workbook
) -> None:
    case = TOTALS[name]
    table = page.table(case.title)
    heads = table.head[0][1:]
    on_page = {row[0]: dict(zip(heads, row[1:], strict=True)) for row in table.body}
    in_book = {row["Name"]: row for row in _rows(book, "Control totals") if row["Of"] == case.of}
    controls = {each["name"]: each for each in document["controls"][case.scope]}
    assert on_page.keys() == in_book.keys() == controls.keys()
    for part, control in controls.items():
        figures = {
            "In the file": control["read"]["submissions"],
            "Settled": control["settled"]["submissions"],
            "To do": control["open"]["submissions"],
            "Marks in the file": control["read"]["marks"],
            "Marks settled": control["settled"]["marks"],
            "Sender's own sum": control["declared_marks"],
        }
        assert {key: in_book[part][key] for key in figures} == figures
        assert {key: on_page[part][key] for key in figures} == {
            key: _shown(value) for key, value in figures.items()
        }
        hash_total = control["read"]["hash_total"]
        assert hash_total == in_book[part]["Hash total in the file"] == on_page[part]["Hash total"]
        assert in_book[part]["Answers"] == control["read"]["answers"]
        assert on_page[part]["Answers in the file"] == _shown(control["read"]["answers"])


def test_submissions_and_findings(
    account: Account, document: dict[str, Any], page: Page, book: openpyxl.Workbook
) -> None:
    shown = ["number", "keycode", "candidate", "outcome", "marks_total", "answers", "file", "row"]
    heads = ["No.", "Keycode", "Candidate", "Outcome", "Marks", "Answers", "File", "Row"]
    assert [[row[head] or None for head in heads] for row in _rows(book, "Submissions")] == [
        [item[name] or None for name in shown] for item in document["submissions"]
    ]
    settled = {str(outcome) for outcome in SETTLED}
    unsettled = [item for item in document["submissions"] if item["outcome"] not in settled]
    listed = page.table("Submissions that need somebody; the workbook has all").body
    assert [(row[0], row[1], row[6]) for row in listed] == [
        (str(item["number"]), item["keycode"], item["outcome"]) for item in unsettled
    ]
    found = ["rule", "row", "column", "message", "to_do", "who", "submission"]
    heads = ["Rule", "Row", "Column", "What is wrong", "What to do", "Who", "Submission"]
    assert [[row[head] for head in heads] for row in _rows(book, "Findings")] == [
        [item[name] for name in found] for item in document["findings"]
    ]
    errors = sum(item["severity"] == "error" for item in document["findings"])
    assert (account.summary.errors, account.summary.warnings) == (
        errors,
        len(document["findings"]) - errors,
    )


def test_to_do(
    account: Account, document: dict[str, Any], page: Page, book: openpyxl.Workbook
) -> None:
    stopping = [part for part in document["to_do"] if part["stops"]]
    on_page = page.table("What must be done before the rest can be sent").body
    assert len(on_page) == len(stopping)
    for part, row in zip(stopping, on_page, strict=True):
        assert (part["file"] or "This run") in row[1]
        assert ", ".join(part["cells"]) in row[1]
        assert part["message"] in row[2]
        assert row[3] == part["to_do"]
    in_book = [
        row
        for row in book["To do"].iter_rows(values_only=True)
        if row[0] in {"Sender", "Exam office", "IT"}
    ]
    assert len(in_book) == len(document["to_do"])
    assert [part.code for part in account.summary.to_do] == [p["code"] for p in document["to_do"]]


def test_marks(document: dict[str, Any], page: Page, book: openpyxl.Workbook) -> None:
    in_book = [tuple(row[:6]) for row in book["Marks"].iter_rows(values_only=True)]
    for paper in document["statistics"]:
        submissions = paper["submissions"]
        plural = "s" * (submissions != 1)
        what = "Questions" if paper["kind"] == "marks" else "Answers"
        table = page.table(f"{what} of {paper['paper']}, {submissions} submission{plural}")
        assert sum(each["submissions"] for each in paper["bins"]) in {0, submissions}
        for question, row in zip(paper["questions"], table.body, strict=True):
            counts = [question["count"], question["none"]]
            if paper["kind"] == "marks":
                counts += [question["mean"], question["highest"], question["maximum"]]
                assert (question["question"], *counts) in in_book
            assert row[: 1 + len(counts)] == [question["question"], *map(_shown, counts)]


def test_the_balance(document: dict[str, Any], page: Page, book: openpyxl.Workbook) -> None:
    lines = [(line["sentence"], line["left"], line["right"]) for line in document["balance"]]
    in_book = [row[:3] for row in book["Technical"].iter_rows(values_only=True)]
    assert set(lines) <= set(in_book)
    on_page = page.table("The balance: both sides are counted apart").body
    assert [row[:3] for row in on_page] == [[name, *map(_shown, sides)] for name, *sides in lines]
