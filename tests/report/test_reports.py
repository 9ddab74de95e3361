"""What stands in the reports: the promised keys, the same figures in both, and safe text."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.workbook import Workbook

from pipeline.account import Account
from pipeline.errors import Unauthorised
from pipeline.model import Ending
from pipeline.report import as_json, inert, write
from schemas.frames import ACCOUNT_SUBMISSIONS
from schemas.words import Outcome
from tests.read.source_files import workbook
from tests.validate.prepared import Prepared, prepared

_OMR = "file_id,input_path,output_path,score,Roll,q1,q2\n"


@pytest.fixture(scope="module")
def came(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Files with something of everything: two kinds, warnings, errors, rows set aside."""
    return prepared(
        tmp_path_factory.mktemp("reports"),
        "Title\nKeycode,Q1,Q2,Comment\nKEYCODE1,1,2,\nKEYCODE2,3,x,\nKEYCODE3,ABS,,\nTotal,4,2,\n",
        _OMR + '"1","a","b","0","KEYCODE4","A",""\n',
        b"",
        workbook({"Paper 2": [["Keycode", "Q1"], ["KEYCODE5", 7]], "Notes": [["Rounded up"]]}),
    )


@pytest.fixture(scope="module")
def account(came: Prepared) -> Account:
    return came.account()


def _document(account: Account) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(as_json.dumps(account))
    return document


def _book(account: Account, folder: Path) -> Workbook:
    content = (write(account, folder) / "reconciliation.xlsx").read_bytes()
    return openpyxl.load_workbook(io.BytesIO(content))


def _rows(book: Workbook, sheet: str) -> list[dict[str, Any]]:
    heading, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, heading), row, strict=True)) for row in rows]


def test_the_json_has_the_promised_keys_and_what_is_named_here_besides(
    account: Account,
) -> None:
    document = _document(account)
    promised = {
        "schema",
        "run",
        "sources",
        "rows_set_aside",
        "findings",
        "submissions",
        "totals",
        "balanced",
    } | {"verdict", "needs_a_person", "to_do", "to_mend", "controls", "statistics"}
    besides = {"balance", "papers", "stopped_by"}
    assert document.keys() == promised | besides
    assert document["run"].keys() == {"id", "started", "finished", "version"} | {
        "parent",
        "profile",
        "user",
        "host",
        "origin",
    }
    of_each = {
        "sources": {"file", "sha256", "owner", "layout", "rows_read", "rows_used", "rows_set_aside"}
        | {"entries", "submissions"}
        | {"readable", "read_as"},
        "rows_set_aside": {"file", "sheet", "row", "reason"} | {"last_row"},
        "findings": {"rule", "severity", "file", "sheet", "row", "column", "keycode", "question"}
        | {"message"}
        | {"to_do", "submission", "who"},
        "submissions": {"number", *ACCOUNT_SUBMISSIONS},
        "to_do": {"who", "code", "file", "stops", "findings", "submissions", "message", "to_do"}
        | {"cells"},
        "balance": {"sentence", "left", "right", "holds"},
    }
    for part, keys in of_each.items():
        assert document[part], part
        assert all(item.keys() == keys for item in document[part]), part
    assert document["totals"].keys() == (
        {"rows_read", "rows_used", "rows_set_aside", "entries", "submissions"}
        | {"by_outcome", "marks_total", "marks_by_outcome"}
    )
    outcomes = [str(outcome) for outcome in Outcome]
    assert [*document["totals"]["by_outcome"]] == outcomes
    assert [*document["totals"]["marks_by_outcome"]] == outcomes


def test_the_json_has_plain_types(account: Account) -> None:
    document = _document(account)
    assert document["balanced"] is True
    assert document["stopped_by"] is None
    whole = [
        *(item["row"] for item in document["rows_set_aside"]),
        *(item["entries"] for item in document["submissions"]),
        *(item["attempts"] for item in document["submissions"]),
        *document["totals"]["by_outcome"].values(),
        *document["totals"]["marks_by_outcome"].values(),
    ]
    assert all(type(number) is int for number in whole)
    places = [(item["row"], item["column"]) for item in document["findings"]]
    assert all(type(row) is int or row is None for row, _ in places)
    assert all(type(column) is str or column is None for _, column in places)
    assert (4, "C") in places
    assert "NaN" not in as_json.dumps(account)
    assert {item["kind"] for item in document["submissions"]} == {"marks", "responses"}
    assert all(item["batch"] is None for item in document["submissions"])


def test_the_json_agrees_with_itself(account: Account) -> None:
    document = _document(account)
    totals, sources = document["totals"], document["sources"]
    for name in ("rows_read", "rows_used", "rows_set_aside", "entries"):
        assert totals[name] == sum(source[name] for source in sources)
    assert len(document["rows_set_aside"]) == totals["rows_set_aside"]
    assert len(document["submissions"]) == totals["submissions"] == 5
    marks = [item["marks_total"] or 0 for item in document["submissions"]]
    assert sum(marks) == totals["marks_total"]
    for outcome, count in totals["by_outcome"].items():
        ended = [item for item in document["submissions"] if item["outcome"] == outcome]
        assert len(ended) == count
        assert (
            sum(item["marks_total"] or 0 for item in ended) == totals["marks_by_outcome"][outcome]
        )
    assert {source["file"]: source["layout"] for source in sources} == {
        "1.csv": "marksheet-wide",
        "2.csv": "omrchecker",
        "3.csv": None,
        "4.csv": "marksheet-wide",
    }


def test_a_broken_balance_and_a_stop_are_loud_in_both(came: Prepared, tmp_path: Path) -> None:
    reconciled = came.reconciled()
    lines = tuple(replace(line, right=line.right + 1) for line in reconciled.balance[:1])
    stop = Unauthorised("Surpass refused the user name or the password")
    broken = came.account(replace(reconciled, balance=lines, stopped_by=stop))
    document = _document(broken)
    assert (document["balanced"], document["balance"][0]["holds"]) == (False, False)
    assert document["stopped_by"] == "Surpass refused the user name or the password"
    book = _book(broken, tmp_path)
    first = [cell for row in book["To do"].values for cell in row if cell]
    assert broken.verdict in first
    assert "Sending was stopped: Surpass refused the user name or the password." in first
    assert "NO" in [cell for row in book["Technical"].values for cell in row]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://evil.example","x")',
        "+1",
        "-x",
        "@SUM(A1)",
        "'quoted",
        "{=1}",
        "x\x01\x0b\x1fy",
        "x\ufffe\uffffy",
        "line\nbreak",
        "\U0001f4dd",
        "x" * 40_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_text_from_a_file_stays_text(tmp_path: Path, text: str) -> None:
    quoted = text.replace('"', '""')
    came = prepared(tmp_path, f'Keycode,"Q1","{quoted}"\n"{quoted}",5,?\nKEYCODE1,"{quoted}",?\n')
    account = came.account()
    book = _book(account, tmp_path)
    assert all(
        cell.data_type != "f" and (cell.hyperlink is None or cell.hyperlink.location)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
    )
    assert json.loads(as_json.dumps(account))["balanced"] is True


def test_a_run_without_findings_and_one_without_anything_are_reported(tmp_path: Path) -> None:
    for number, content in enumerate((b"Keycode,Q1\nKEYCODE1,5\n", b"", b"no heading\n")):
        account = prepared(tmp_path, content).account()
        book = _book(account, tmp_path / str(number))
        assert _document(account)["balanced"] is True
        assert len(_rows(book, "Findings")) == len(account.findings)
        assert book["Findings"].auto_filter.ref.startswith("A1:L")


def test_a_run_that_sent_tells_batches_and_attempts(came: Prepared, tmp_path: Path) -> None:
    sent = tuple(
        Ending(end.submission, Outcome.ACCEPTED, "taken", batch=2, attempts=3)
        if end.outcome is Outcome.READY
        else end
        for end in came.endings
    )
    account = replace(came, endings=sent).account()
    assert [
        (item["keycode"], item["batch"], item["attempts"])
        for item in _document(account)["submissions"]
        if item["outcome"] == "accepted"
    ] == [("KEYCODE1", 2, 3), ("KEYCODE4", 2, 3), ("KEYCODE5", 2, 3)]
    assert [item["POSTs"] for item in _rows(_book(account, tmp_path), "Submissions")] == [
        3,
        0,
        0,
        3,
        3,
    ]


def test_reports_are_written_anew_in_the_run_s_own_folder_and_leave_nothing_else(
    account: Account, tmp_path: Path
) -> None:
    reports = tmp_path / "home" / "reports"
    first, again = write(account, reports), write(account, reports)
    assert first == again == reports / account.run.id
    assert sorted(path.name for path in first.iterdir()) == [
        "reconciliation.html",
        "reconciliation.json",
        "reconciliation.xlsx",
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_of_a_csv_is_one_that_excel_would_run(text: str) -> None:
    frame = pd.DataFrame({"a": [text, "S001", None], "b": [-1, 2, 3]})
    shown = inert(frame)
    assert shown["a"].tolist()[:2] == [f"'{text}", "S001"]
    assert shown["b"].tolist() == [-1, 2, 3]
