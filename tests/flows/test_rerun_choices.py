"""Which runs are offered to be run again: those that left something, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.prefect_side.rerun_form import form_with_choices
from flows.rerun_choices import RerunChoice, rerun_choices, run_of
from pipeline.ledger import open_ledger
from schemas.states import TestState
from tests.ledger.running import ingested, session, settings, sheet
from tests.serving import served


def test_a_run_is_offered_while_it_left_something(tmp_path: Path) -> None:
    waits, closed = session("AAAA0001"), session("AAAA0002", state=TestState.IN_PROGRESS)
    good = sheet(tmp_path / "good.csv", {"AAAA0001": [1, 2]})
    wrong = sheet(tmp_path / "wrong.csv", {"AAAA0001": [1, "x"]})
    left = sheet(tmp_path / "left.csv", {"AAAA0001": [1, 2], "AAAA0002": [3, 4]})
    later = sheet(tmp_path / "later.csv", {"AAAA0002": [3, 4]})
    with served([waits, closed]) as (sandbox, where):
        office = settings(tmp_path / "home", where.url)

        def offered() -> list[RerunChoice]:
            with open_ledger(office) as ledger:
                assert rerun_choices(ledger, "another.example") == []
                return rerun_choices(ledger, office.surpass_host)

        for file in (good, wrong):
            ingested(office, [file])
        assert offered() == []
        run = ingested(office, [left]).account.run.id
        assert offered() == [RerunChoice(run, f"{run}: left.csv: 1 not_open")]
        sandbox.put_in_state("AAAA0002", TestState.PAPER_RESPONSE_UPLOAD)
        ingested(office, [later])
        assert offered() == []


@pytest.mark.parametrize(
    ("chosen", "run"),
    [
        ("20261123-001541-274-0e60: marks.xlsx: 3 failed", "20261123-001541-274-0e60"),
        ("20261123-001541-274-0e60", "20261123-001541-274-0e60"),
        (" 20261123-001541-0e60 ", "20261123-001541-0e60"),  # of an older version
        ("yesterday", "yesterday"),
    ],
)
def test_a_choice_begins_with_the_run(chosen: str, run: str) -> None:
    assert run_of(chosen) == run


_SCHEMA = {
    "properties": {
        "run": {"title": "run", "description": "which", "position": 0, "type": "string"},
        "batches": {"type": "array"},
    },
    "required": ["run"],
}


def test_the_form_offers_the_choices_and_any_other_run() -> None:
    form = form_with_choices(_SCHEMA, ["a", "b"])
    about = {"title": "run", "description": "which", "position": 0}
    run = form["properties"]["run"]
    assert {name: run[name] for name in about} == about
    chosen, written = run["anyOf"]
    assert chosen["enum"] == ["a", "b"]
    assert written["type"] == "string"
    assert form["properties"]["batches"] == {"type": "array"}
    again = form_with_choices(form, [])  # where none is left to choose
    assert again["properties"]["run"] == about | {"type": "string"}
