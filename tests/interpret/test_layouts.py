"""Layout files: those that we ship are whole, and a wrong one is told by its key."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("good", "bad", "reading"),
    [
        ('name = "ours"', "name = ours", "not TOML"),
        ('name = "ours"', 'name = "Ours!"', "name: "),
        ('kind = "marks"', 'kind = "guesses"', "kind: "),
        ('title = "Ours"', 'titel = "Ours"', "titel: "),
        ("'Q([0-9]+)'", "'Q[0-9]+'", "exactly one group"),
        ("'Q([0-9]+)'", "'Q([0-9]+'", "questions.heading"),
        ('shape = "wide"', "", "shape: "),
        ("[id]", "[words]\nmultiple = '['\n[id]", "words.multiple"),
        ("heading = ", "where = 'Key'\nheading = ", "questions.where"),
        ("[questions]\nheading = 'Q([0-9]+)'", "", "shape wide needs"),
        ('shape = "wide"', 'shape = "long"', "shape long needs"),
    ],
)
def test_what_is_wrong_with_a_layout_file_is_told(good: str, bad: str, reading: str) -> None:
    assert parse(_GOOD, "ours.toml").name == "ours"
    with pytest.raises(LayoutError, match=f"layout ours[.]toml: .*{reading}"):
        parse(_GOOD.replace(good, bad), "ours.toml")


def test_two_layouts_for_which_as_much_speaks_are_ambiguous() -> None:
    twins = [parse(_GOOD, "a"), parse(_GOOD.replace('"ours"', '"theirs"', 1), "b")]
    table = Table.of("", [["Keycode", "Q1"], ["KEYCODE1", "5"]])
    source = SourceFile(Path("marks.csv"), "marks.csv", "")
    came = interpret(source, lambda _: ([table], ()), twins, ReadingOptions())
    assert came.findings["rule"].tolist() == ["layout-ambiguous"]
    assert "ours and theirs" in came.findings["message"][0]
    assert (len(came.entries), came.rows_read, len(came.set_aside)) == (0, 2, 2)
