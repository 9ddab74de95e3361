"""Several files in one run: their names, and sessions that stand in more than one of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pipeline.report import write
from tests.read.source_files import dropped, workbook
from tests.validate.prepared import prepared, prepared_paths

_ONE, _OTHER = "Keycode,Q1\nKEYCODE1,5\n", "Keycode,Q1\nKEYCODE2,6\n"


def test_two_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for folder, content in (("june", _ONE), ("july", _OTHER)):
        (tmp_path / folder).mkdir()
        dropped(tmp_path / folder, content)
    came = prepared_paths([tmp_path / "june" / "marks.csv", tmp_path / "july" / "marks.csv"])
    assert [source.file for source in came.reconciled().sources] == [
        str(tmp_path / "june" / "marks.csv"),
        str(tmp_path / "july" / "marks.csv"),
    ]
    assert came.reconciled().balanced


def test_one_path_given_twice_keeps_the_law(tmp_path: Path) -> None:
    path = dropped(tmp_path, _ONE)
    came = prepared_paths([path, path, path])
    reconciled = came.reconciled()
    assert reconciled.balanced
    assert len({source.file for source in reconciled.sources}) == 3
    assert came.sent == {"KEYCODE1": {"1": 5}}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are always text")
def test_a_file_name_that_is_no_text_does_not_break_the_report(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/marks-\xff.csv"))
    odd.write_text(_ONE)
    came = prepared_paths([odd])
    assert came.sent == {"KEYCODE1": {"1": 5}}
    assert write(came.account(), tmp_path).is_dir()


def test_parts_of_one_session_from_several_sheets_and_files_become_one_submission(
    tmp_path: Path,
) -> None:
    book = workbook(
        {
            "Part A": [["Keycode", "Q1"], ["KEYCODE1", 1], ["KEYCODE2", 2]],
            "Part B": [["Keycode", "Q2"], ["KEYCODE2", 3], ["KEYCODE1", 4]],
        }
    )
    came = prepared(tmp_path, book, "Keycode,Question,Mark\nKEYCODE1,3,5\nKEYCODE2,3,NA\n")
    assert came.findings == []
    assert came.sent == {
        "KEYCODE1": {"1": 1, "2": 4, "3": 5},
        "KEYCODE2": {"1": 2, "2": 3, "3": None},
    }


def test_an_error_in_one_part_stops_the_whole_session(tmp_path: Path) -> None:
    book = workbook(
        {
            "Part A": [["Keycode", "Q1"], ["KEYCODE1", 1], ["KEYCODE2", 2]],
            "Part B": [["Keycode", "Q2"], ["KEYCODE2", 3], ["KEYCODE1", 4.5]],
        }
    )
    came = prepared(tmp_path, book)
    assert came.becomes == [("KEYCODE1", "invalid"), ("KEYCODE2", "ready")]


def test_an_unreadable_file_does_not_stop_the_others(tmp_path: Path) -> None:
    came = prepared(tmp_path, b"", _ONE, b"PK\x03\x04", _OTHER, b"<html>")
    assert [rule for rule, *_ in came.findings] == ["file-unreadable"] * 3
    assert came.becomes == [("KEYCODE1", "ready"), ("KEYCODE2", "ready")]
    assert [source.readable for source in came.reconciled().sources] == [
        False,
        True,
        False,
        True,
        False,
    ]


def test_no_file_at_all_and_nothing_but_unreadable_ones_keep_the_law(tmp_path: Path) -> None:
    came = prepared(tmp_path, b"", "no heading\n")
    assert came.becomes == []
    assert came.reconciled().balanced
