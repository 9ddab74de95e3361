"""Of very many findings the first are listed one by one; the others count, and stop what they must.

The bounds are set low here.
"""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from pipeline import findings
from pipeline.account import Account, build_account
from pipeline.findings import counts_of, endings, make_findings
from pipeline.report import write
from schemas.validation_options import HalfMarks, ValidationOptions
from tests.read.source_files import dropped, workbook
from tests.validate.prepared import interpreted, prepared_paths


@pytest.fixture
def _few_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MAX_LISTED", 3)
    monkeypatch.setattr("pipeline.validate.holding.MAX_LISTED", 3)


@pytest.mark.usefixtures("_few_are_listed")
@pytest.mark.parametrize("sheets", [1, 3])
def test_a_warning_that_is_met_everywhere_is_listed_a_few_times_and_counted(
    tmp_path: Path, sheets: int
) -> None:
    content = workbook(
        {
            f"Sheet {at}": [["Keycode", "Q1"], *([f"{at}{n:04d}abc", n % 5] for n in range(8))]
            for at in range(sheets)
        }
    )
    came = prepared_paths([dropped(tmp_path, content, "marks.xlsx")])
    assert {outcome for _, outcome in came.becomes} == {"ready"}
    found = came.validated.findings
    tidied = found[found["rule"] == "keycode-tidied"]
    assert tidied["row"].notna().sum() == 3
    assert int(counts_of(tidied).sum()) == 8 * sheets
    assert set(tidied["sheet"]) == {f"Sheet {at}" for at in range(sheets)}
    account = came.account()
    assert account.summary.warnings == int(counts_of(found).sum())
    assert {part.code: part.findings for part in account.to_do}["keycode-tidied"] == 8 * sheets
    _in_all_views(account, tmp_path / "reports", "more of 'keycode-tidied' in this sheet")
    hidden = build_account(came.reconciled(), came.validated.entries, key=b"key")
    assert "not listed one by one" in " ".join(hidden.findings["message"])


def _in_all_views(account: Account, folder: Path, sentence: str) -> None:
    write(account, folder)
    (run,) = (path for path in folder.iterdir() if path.is_dir())
    assert sentence in (run / "reconciliation.json").read_text()
    book = load_workbook(io.BytesIO((run / "reconciliation.xlsx").read_bytes()))
    cells = [str(cell) for row in book["Findings"].iter_rows(values_only=True) for cell in row]
    assert any(sentence in cell for cell in cells)


@pytest.mark.usefixtures("_few_are_listed")
def test_of_many_sheets_the_first_warnings_alone_leave_the_reading(tmp_path: Path) -> None:
    """What each sheet adds is cut before the next one is read."""
    rows: list[list[object]] = [["Keycode", "Q1"], *([f"{n:05d}abc", 3] for n in range(8))]
    content = workbook({f"Sheet {at}": rows for at in range(4)})
    (source,) = interpreted([dropped(tmp_path, content, "marks.xlsx")])
    tidied = source.findings[source.findings["rule"] == "keycode-tidied"]
    assert tidied["row"].notna().sum() == 3
    assert int(counts_of(tidied).sum()) == 32


@pytest.mark.usefixtures("_few_are_listed")
@pytest.mark.parametrize(
    ("rule", "heading", "odd", "right", "half_marks"),
    [
        ("keycode-tidied", "Keycode,Q1", "{:05d}abc,3", "{:05d}ABC,4", "error"),
        ("mark-rounded", "Keycode,Q1,Q2", "{:05d}ABC,3.5,4.5", "{:05d}ABC,4,3", "up"),
        ("total-differs", "Keycode,Q1,Q2,Total", "{:05d}ABC,3,4,8", "{:05d}ABC,3,4,7", "error"),
    ],
    ids=["found in reading", "in validating", "by a tripwire"],
)
def test_a_warning_that_holds_holds_each_of_its_sessions_and_no_other(
    tmp_path: Path, rule: str, heading: str, odd: str, right: str, half_marks: HalfMarks
) -> None:
    """Those too whose cells are not listed."""
    rows = [odd.format(n) for n in range(7)] + [right.format(n) for n in range(50, 58)]
    path = dropped(tmp_path, "\n".join([heading, *rows, ""]))
    options = ValidationOptions(frozenset({rule}), {"*": half_marks})
    becomes = Counter(outcome for _, outcome in prepared_paths([path], options=options).becomes)
    assert becomes == {"held": 7, "ready": 8}


@pytest.mark.parametrize(
    ("most", "becomes"), [(3, {}), (4, {"invalid": 4, "ready": 1})], ids=["refused", "used"]
)
def test_errors_of_reading_count_and_stop_also_where_they_are_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, becomes: dict[str, int]
) -> None:
    monkeypatch.setattr(findings, "MAX_ERRORS", 2)
    ragged = [f"{n:05d}ABC,{n},{n},{n}" for n in range(4)]
    path = dropped(tmp_path, "\n".join(["Keycode,Q1,Q2", *ragged, "00004ABC,3,4", ""]))
    came = prepared_paths([path], options=ValidationOptions(max_errors=most))
    assert Counter(outcome for _, outcome in came.becomes) == becomes
    assert int(counts_of(came.validated.findings).sum()) == 4 + (not becomes)


def test_an_error_at_very_many_cells_stops_each_of_their_sessions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where all marks of a file are over the maxima that Surpass tells."""
    monkeypatch.setattr(findings, "MAX_ERRORS", 4)
    places = pd.DataFrame(
        {
            "file": "marks.csv",
            "sheet": "",
            "row": [2 + at // 2 for at in range(20)],
            "column": ["B", "C"] * 10,
            "text": "9",
            "submission": [1 + at // 2 for at in range(20)],
        }
    )
    found = make_findings("mark-over-maximum", places, maximum=[*range(20)])
    assert [ending.submission for ending in endings(found)] == [*range(1, 11)]
    assert found["row"].notna().sum() == 4 + 8  # the first four, and the first of each other
    assert int(counts_of(found).sum()) == 20
    assert (
        found["message"].tolist()[:5]
        == make_findings(
            "mark-over-maximum", places.iloc[[0, 1, 2, 3, 4]], maximum=[0, 1, 2, 3, 4]
        )["message"].tolist()
    )
