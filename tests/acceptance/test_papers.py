"""Papers of many kinds: only what scores is a question, and answers are taken as marks are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.command import papermarks
from tests.acceptance.documented import Service
from tests.acceptance.model import (
    Item,
    Paper,
    Section,
    Session,
)
from tests.acceptance.server import serving
from tests.acceptance.sheets import cells

_OVER = "OVERMAX1"


@dataclass(frozen=True, kw_only=True)
class _PaperCase:
    """A paper, the sheet's columns, the marks of one candidate, and those that are one too high."""

    id: str
    sections: tuple[Section, ...]
    columns: tuple[str, ...]
    marks: tuple[int, ...]
    too_high: tuple[int, ...]
    column: str


_PAPERS = (
    _PaperCase(
        id="an optional section that was not taken",
        sections=(
            Section(name="A", items=(Item(maximum=5), Item(maximum=4))),
            Section(name="B", items=(Item(maximum=9),), selected=False),
            Section(name="C", items=(Item(maximum=3),), selected=True),
        ),
        columns=("1", "2", "4"),
        marks=(5, 4, 3),
        too_high=(0, 0, 4),
        column="D",
    ),
    _PaperCase(
        id="a survey at the end",
        sections=(
            Section(name="A", items=(Item(maximum=5), Item(maximum=4))),
            Section(name="How was it?", items=(Item(type="Survey", number="1"),), survey=True),
        ),
        columns=("1", "2"),
        marks=(5, 4),
        too_high=(0, 5),
        column="C",
    ),
    _PaperCase(
        id="a question that does not score",
        sections=(
            Section(
                name="A",
                items=(
                    Item(maximum=5),
                    Item(maximum=2, number="", non_scored=True),
                    Item(maximum=4),
                ),
            ),
        ),
        columns=("1", "2"),
        marks=(5, 4),
        too_high=(0, 5),
        column="C",
    ),
    _PaperCase(
        id="pages with numbers of questions",
        sections=(
            Section(
                name="A",
                items=(
                    Item(type="IntroductionPage", number="1"),
                    Item(maximum=5),
                    Item(type="Source", number="2"),
                    Item(maximum=4),
                    Item(type="FinishPage", number="3"),
                ),
            ),
        ),
        columns=("1", "2"),
        marks=(5, 4),
        too_high=(0, 5),
        column="C",
    ),
    _PaperCase(
        id="awardedMark is weighted",
        sections=(Section(name="A", items=(Item(maximum=5, weight=2.0), Item(maximum=4))),),
        columns=("1", "2"),
        marks=(5, 4),
        too_high=(6, 0),
        column="B",
    ),
    _PaperCase(
        id="mark is weighted",
        sections=(
            Section(
                name="A", items=(Item(maximum=5, weight=0.5, weighted="mark"), Item(maximum=4))
            ),
        ),
        columns=("1", "2"),
        marks=(5, 4),
        too_high=(6, 0),
        column="B",
    ),
    _PaperCase(
        id="numbers with letters",
        sections=(
            Section(name="A", items=(Item(maximum=5, number="1a"), Item(maximum=4, number="1b"))),
        ),
        columns=("1a", "1b"),
        marks=(5, 4),
        too_high=(0, 5),
        column="C",
    ),
)


@pytest.mark.parametrize("case", _PAPERS, ids=lambda case: case.id)
def test_only_what_scores_is_a_question(case: _PaperCase, tmp_path: Path) -> None:
    paper = Paper("OPT-1", case.sections)
    service = Service(Session(keycode, paper=paper) for keycode in ("GOOD0001", _OVER))
    heading = ",".join(f"Q{number}" for number in case.columns)
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        f"Keycode,{heading}\nGOOD0001,{cells(case.marks)}\n{_OVER},{cells(case.too_high)}\n"
    )
    with serving(service) as url:
        ran = papermarks(tmp_path, url, "ingest", str(sheet))
    assert ran.outcomes == {"GOOD0001": "accepted", _OVER: "invalid"}, ran.output
    assert ran.submissions["GOOD0001"].get("proof") == "marks"
    assert ran.cells("mark-over-maximum") == [("sheet.csv", 3, case.column)]
    assert service.stored("GOOD0001") == [dict(zip(case.columns, case.marks, strict=True))]


def test_answers_are_accepted_as_they_read_back(tmp_path: Path) -> None:
    service = Service([Session("GOOD0001")])
    sheet = tmp_path / "answers.csv"
    answers = dict(zip(map(str, range(1, 6)), "ABCDA", strict=True))
    rows = "".join(f"GOOD0001,{question},{answer}\n" for question, answer in answers.items())
    sheet.write_text(f"Keycode,Question,Answer\n{rows}")
    with serving(service) as url:
        ran = papermarks(tmp_path, url, "ingest", str(sheet))
    assert ran.outcomes == {"GOOD0001": "accepted"}, ran.output
    assert service.stored("GOOD0001") == [answers]
