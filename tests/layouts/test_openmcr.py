"""OpenMCR: bad bubbles in ids, several answers and none, by option as F and G; its other files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layouts.dropped import came

_ABOUT = "Last Name,First Name,Middle Name,Test Form Code,Student ID,Course ID,Source File"


_ANSWERS = {
    "A": "A",
    "E": "E",
    "": "(blank)",
    "G": "(blank)",
    "F": "(multiple)",
    "[A|B]": "(multiple)",
    "[A|C|D]": "(multiple)",
}


def test_an_answer_is_one_or_none_or_held(tmp_path: Path) -> None:
    heads = ",".join(f"Q{n}" for n in range(1, len(_ANSWERS) + 1))
    reading = came(tmp_path, f"{_ABOUT},{heads}\nX,Y,,A,0000004711,,p.jpg,{','.join(_ANSWERS)}\n")
    answers = [f"{n}:{as_}" for n, as_ in enumerate(_ANSWERS.values(), start=1)]
    assert (reading.layout, reading.cells) == ("openmcr", {"0000004711": answers})


def test_a_bad_id_is_never_mended(tmp_path: Path) -> None:
    ids = ["0000004711", "00000 4712", "000000471[1|7]", "0000000000", ""]
    rows = [f"X,Y,,A,{id_},,p.jpg,B" for id_ in ids]
    reading = came(tmp_path, "\n".join([f"{_ABOUT},Q1", *rows]))
    assert reading.cells == {id_: ["1:B"] for id_ in ids[:3]} | {"": ["1:B", "1:B"]}


@pytest.mark.parametrize(
    ("heading", "layout"),
    [
        (f"{_ABOUT},Q1", "openmcr"),
        (_ABOUT.replace(",Source File", ",Q1"), "openmcr"),  # before it named its images
        (_ABOUT.replace(",Source File", ",1"), "openmcr"),  # older still
        (f"{_ABOUT},Total Score (%),Total Points,Q1", "layout-refused"),
        ("Test Form Code,Source File,Q1", "layout-unknown"),  # keys.csv
    ],
)
def test_which_of_its_files_it_is(tmp_path: Path, heading: str, layout: str) -> None:
    row = ",".join(["0000004711" if "ID" in h else "A" for h in heading.split(",")])
    assert came(tmp_path, f"{heading}\n{row}\n").layout == layout
