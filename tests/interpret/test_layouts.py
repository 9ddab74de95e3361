"""Layout files: those that we ship are whole, and a wrong one is told by its key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.errors import LayoutError
from pipeline.interpret import ReadingOptions, interpret, shipped
from pipeline.interpret.layouts import parse
from pipeline.model import SourceFile, Table

_GOOD = """
name = "ours"
title = "Ours"
standing = "ours"
kind = "marks"
shape = "wide"
[id]
keycode = ["Keycode"]
[questions]
heading = 'Q([0-9]+)'
"""


def test_every_layout_that_we_ship_has_the_name_of_its_file() -> None:
    folder = Path(__file__).parents[2] / "schemas" / "layouts"
    assert [layout.name for layout in shipped()] == sorted(file.stem for file in folder.iterdir())


@dataclass(frozen=True)
class Case:
    good: str
    bad: str
    reading: str


WRONG = {
    "no quotes": Case(good='name = "ours"', bad="name = ours", reading="not TOML"),
    "name": Case(good='name = "ours"', bad='name = "Ours!"', reading="name: "),
    "kind": Case(good='kind = "marks"', bad='kind = "guesses"', reading="kind: "),
    "unknown key": Case(good='title = "Ours"', bad='titel = "Ours"', reading="titel: "),
    "no group": Case(good="'Q([0-9]+)'", bad="'Q[0-9]+'", reading="exactly one group"),
    "bad expression": Case(good="'Q([0-9]+)'", bad="'Q([0-9]+'", reading="questions.heading"),
    "no shape": Case(good='shape = "wide"', bad="", reading="shape: "),
    "words": Case(good="[id]", bad="[words]\nmultiple = '['\n[id]", reading="words.multiple"),
    "where": Case(good="heading = ", bad="where = 'Key'\nheading = ", reading="questions.where"),
    "no questions": Case(
        good="[questions]\nheading = 'Q([0-9]+)'", bad="", reading="shape wide needs"
    ),
    "another shape": Case(good='shape = "wide"', bad='shape = "long"', reading="shape long needs"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_layout_file_is_told(name: str) -> None:
    case = WRONG[name]
    assert parse(_GOOD, "ours.toml").name == "ours"
    with pytest.raises(LayoutError, match=f"layout ours[.]toml: .*{case.reading}"):
        parse(_GOOD.replace(case.good, case.bad), "ours.toml")


def test_two_layouts_for_which_as_much_speaks_are_ambiguous() -> None:
    twins = [parse(_GOOD, "a"), parse(_GOOD.replace('"ours"', '"theirs"', 1), "b")]
    table = Table.of("", [["Keycode", "Q1"], ["KEYCODE1", "5"]])
    source = SourceFile(Path("marks.csv"), "marks.csv", "")
    came = interpret(source, lambda _: ([table], ()), twins, ReadingOptions())
    assert came.findings["rule"].tolist() == ["layout-ambiguous"]
    assert "ours and theirs" in came.findings["message"][0]
    assert (len(came.entries), came.rows_read, len(came.set_aside)) == (0, 2, 2)
