"""A report without names: nothing tells whose it is."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl

from pipeline.account import (
    Account,
    build_account,
    pseudonym_key,
)
from pipeline.account.pseudonyms import in_general
from pipeline.report import as_json, as_page, as_workbook
from schemas.rules import RULES
from tests.validate.prepared import prepared


def test_with_a_key_nothing_tells_whose_it_is(tmp_path: Path) -> None:
    came = prepared(
        tmp_path,
        "Keycode,Candidate Reference,Q1,Q2\nKEYCODE1,S0000001,1,secret7\nkeycode2,S0000002,3,4\n"
        + "KEYCOD,S0000003,3,4\n"
        + "".join(f"KEYCODE{n},S000001{n},3,4\n" for n in range(3, 9)),
    )
    plain = came.account()
    hidden = build_account(came.reconciled(), came.validated.entries, key=b"k" * 32)
    for view in (
        as_json.dumps(hidden),
        as_page.build_page(hidden).decode(),
        _cells(hidden, tmp_path),
    ):
        assert not re.search("KEYCOD|keycode2|S000000|secret7", view)
        assert "D2" in view or '"row": 2' in view  # the cell is told all the same
    assert hidden.controls == plain.controls
    assert hidden.verdict == plain.verdict
    assert [part.cells for part in hidden.to_do] == [part.cells for part in plain.to_do]
    again = build_account(came.reconciled(), came.validated.entries, key=b"k" * 32)
    assert again.submissions.equals(hidden.submissions)
    other = build_account(came.reconciled(), came.validated.entries, key=b"x" * 32)
    assert not set(other.submissions["keycode"]) & set(hidden.submissions["keycode"])


def _cells(account: Account, folder: Path) -> str:
    book = openpyxl.load_workbook(io.BytesIO(as_workbook.build_workbook(account, folder)))
    return " ".join(str(cell) for sheet in book for row in sheet.values for cell in row)


def test_the_key_is_made_once_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    key = pseudonym_key(path)
    assert (len(key), pseudonym_key(path)) == (32, key)
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    nowhere = tmp_path / "not" / "there"
    assert pseudonym_key(nowhere) != pseudonym_key(nowhere)


def test_every_rule_can_be_told_without_quoting_a_cell(tmp_path: Path) -> None:
    for code in RULES:
        sentence = in_general(RULES[code].message, {"row": 7, "column": "C", "question": "2"})
        assert not re.search(r"[{}]", sentence)
