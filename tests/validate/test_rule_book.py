"""Each rule of the rule book: a source that breaks it, the finding, what becomes of sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.interpret import shipped
from sample_data import RULES as SAMPLES
from schemas.rules import RULES, TOO_MANY_ERRORS, TOO_MANY_SESSIONS, TRIPWIRES
from tests.read.source_files import dropped
from tests.validate.prepared import prepared, prepared_paths, validated
from tests.validate.rule_book import files, marks, rows
from tests.validate.rule_book.case import Case

# These need Surpass's answer, a paper definition or the ledger: tests/deliver, tests/papers,
# test_session_lookup.py.
_OF_LATER_STAGES = {
    "candidate-unknown",
    "candidate-several",
    "candidate-differs",
    "candidate-zeros",
    "candidate-unconfirmed",
    "candidate-elsewhere",
    "place-unconfirmed",
    "ids-differ",
    "place-differs",
    "session-unknown",
    "session-not-shown",
    "session-not-open",
    "question-unknown",
    "questions-missing",
    "mark-over-maximum",
    "total-over-maximum",
    "questions-fewer-than-others",
    "sent-before-differently",
    "second-keying-missing",
    "second-keying-differs",
    "candidate-absent-but-sent",
    "versions-mixed",
    "version-unknown",
    "paper-differs",
    "question-numbers-restart",
    "question-numbers-unclear",
    "kind-differs",
    "answer-not-an-option",
    "time-zone-unknown",
    "clock-wrong",
}
# These need a setting, or what a person has said: tests/validate/test_half_marks.py,
# tests/layouts/test_confirm_layout.py.
_OF_SETTINGS = {"mark-rounded", "marks-rounded", "column-left-out"}
# These are of workbooks that went back to the sender: tests/report/test_returned.py.
_OF_RETURNED = {"returned-unclear", "returned-row-removed"}
# These are of a slip beside the file or in it: tests/validate/test_slips.py.
_OF_SLIPS = {"slip-differs", "slip-unreadable"}
# These take a very large file: tests/validate/test_too_many_errors.py,
# tests/interpret/test_too_many_sessions.py.
_OF_MANY = {TOO_MANY_ERRORS, TOO_MANY_SESSIONS}
_WITHOUT_A_SAMPLE = {
    **dict.fromkeys(_OF_LATER_STAGES, "no file alone breaks it"),
    **dict.fromkeys(_OF_SETTINGS, "it takes a setting"),
    **dict.fromkeys(_OF_MANY, "it takes a very large file"),
    "file-repeated": "it takes two files",
    **dict.fromkeys(_OF_RETURNED, "it takes a workbook that we returned"),
    **dict.fromkeys(_OF_SLIPS, "it takes a slip"),
    "layout-unverified": "each layout that comes with papermarks is confirmed, or refused",
}

_BOOK = [*files.CASES, *rows.CASES, *marks.CASES]


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=f"{number}-{case.rule}") for number, case in enumerate(_BOOK, start=1)],
)
def test_each_rule_is_found_at_its_cell_and_decides_what_becomes_of_the_session(
    tmp_path: Path, case: Case
) -> None:
    came = prepared(tmp_path, *case.contents)
    assert came.of_rule(case.rule)[0] == (case.rule, *case.at)
    assert came.becomes == case.becomes
    assert came.reconciled().balanced
    reading = " ".join(came.messages)
    assert not any(slip in reading for slip in ("nan", "None", "{", "<NA>", "()"))


def test_a_rule_that_stops_a_session_says_so_and_no_other_stops_it() -> None:
    """The table's own outcomes agree with the rules' severities."""
    for case in _BOOK:
        _, _, keycode = case.at
        if keycode and keycode in dict(case.becomes):
            stopped = RULES[case.rule].outcome
            expected = "ready" if stopped is None else str(stopped)
            assert dict(case.becomes)[keycode] == expected, case.rule


def test_every_rule_of_reading_interpreting_and_validating_has_a_row() -> None:
    # Tripwires look at many entries together: tests/validate/anomalies.
    others = _OF_LATER_STAGES | {*TRIPWIRES} | _OF_SETTINGS | _OF_RETURNED | _OF_SLIPS
    others |= {"layout-unverified"} | _OF_MANY
    assert {case.rule for case in _BOOK} == RULES.keys() - others


def test_the_rules_of_other_tables_are_rules() -> None:
    assert RULES.keys() >= _OF_LATER_STAGES


def test_layout_unverified_is_said_of_each_sheet_read_so(tmp_path: Path) -> None:
    (wide,) = (layout for layout in shipped() if layout.name == "marksheet-wide")
    unsure = wide.model_copy(update={"standing": "unverified"})
    path = dropped(tmp_path, "Keycode,Q1\nKEYCODE1,5\n")
    reading = validated([path], layouts=[unsure]).findings
    assert reading["rule"].tolist() == ["layout-unverified"]
    assert wide.title in reading["message"][0]


@pytest.mark.parametrize("sample", sorted(SAMPLES.iterdir()), ids=lambda path: path.stem)
def test_each_sample_breaks_the_rule_that_it_is_named_by(sample: Path) -> None:
    came = prepared_paths([sample])
    assert sample.stem in came.validated.findings["rule"].tolist()
    assert came.reconciled().balanced


def test_every_rule_that_a_file_alone_can_break_has_a_sample() -> None:
    assert {sample.stem for sample in SAMPLES.iterdir()} == RULES.keys() - _WITHOUT_A_SAMPLE.keys()
