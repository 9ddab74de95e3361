"""Which files are taken, and what they are called where another has the name already."""

from __future__ import annotations

from itertools import islice
from pathlib import Path, PurePosixPath

import pytest

from pipeline.inbox import printable
from pipeline.inbox.moving import make_folder, move_file, move_folder
from pipeline.inbox.names import is_ignored, numbered


@pytest.mark.parametrize(
    "name",
    [
        "~$marks.xlsx",
        ".~lock.marks.ods#",
        ".DS_Store",
        "._marks.csv",
        "marks.csv.part",
        "marks.csv.PARTIAL",
        "marks.csv.filepart",
        "Unconfirmed 1234.crdownload",
        "marks.csv.download",
        "marks.tmp",
        "~WRL0001.tmp",
        "marks.csv~",
        "Thumbs.db",
        "desktop.ini",
        "marks - Shortcut.lnk",
        "reconciliation.xlsx",
        "reconciliation.json",
    ],
)
def test_is_ignored(name: str) -> None:
    assert is_ignored(name)


@pytest.mark.parametrize(
    "name",
    [
        "marks.csv",
        "MARKS.XLSX",
        "marks",
        "party.csv",
        "tmp.csv",
        "a.part.csv",
        "$marks.csv",
        "é.ods",
    ],
)
def test_is_claimed(name: str) -> None:
    assert not is_ignored(name)


@pytest.mark.parametrize(
    ("name", "others"),
    [
        pytest.param("marks.csv", ["marks (2).csv", "marks (3).csv"], id="before the ending"),
        pytest.param("marks", ["marks (2)", "marks (3)"], id="without an ending"),
        pytest.param(
            "maths.paper.1.xlsx",
            ["maths.paper.1 (2).xlsx", "maths.paper.1 (3).xlsx"],
            id="before the last ending",
        ),
        pytest.param(
            "marks (2).csv", ["marks (2) (2).csv", "marks (2) (3).csv"], id="that has one already"
        ),
    ],
)
def test_a_second_of_the_same_name(name: str, others: list[str]) -> None:
    assert [path.name for path in islice(numbered(Path(name)), 3)] == [name, *others]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("bio/märks.csv", "bio/märks.csv", id="letters of any language"),
        pytest.param("two\nlines\x1b[31m.csv", "two?lines?[31m.csv", id="what moves the cursor"),
        pytest.param("broken\udcff.csv", "broken?.csv", id="bytes that are no text"),
    ],
)
def test_a_name_is_one_line_of_text(path: str, text: str) -> None:
    assert printable(PurePosixPath(path)) == text


def test_a_file_is_never_moved_over_another(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / "marks.csv").write_text(str(number))
        move_file(tmp_path / "marks.csv", make_folder(tmp_path, Path("done")) / "marks.csv")
    assert {path.name: path.read_text() for path in (tmp_path / "done").iterdir()} == {
        "marks.csv": "0",
        "marks (2).csv": "1",
        "marks (3).csv": "2",
        "marks (4).csv": "3",
    }


def test_nor_a_folder(tmp_path: Path) -> None:
    (tmp_path / "put").mkdir()
    (tmp_path / "put" / "x (2)").write_text("a file")
    for number in range(3):
        (tmp_path / "x").mkdir()
        (tmp_path / "x" / "x").write_text(str(number))
        move_folder(tmp_path / "x", tmp_path / "put" / "x")
    assert {
        path.relative_to(tmp_path / "put").as_posix(): path.read_text()
        for path in (tmp_path / "put").rglob("*")
        if path.is_file()
    } == {"x/x": "0", "x (2)": "a file", "x (3)/x": "1", "x (4)/x": "2"}


def test_a_file_with_a_folders_name_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "biology").write_text("a file")
    folder = make_folder(tmp_path, Path("biology/june"))
    assert folder == tmp_path / "biology (2)" / "june"
    assert make_folder(tmp_path, Path("biology/june")) == folder
