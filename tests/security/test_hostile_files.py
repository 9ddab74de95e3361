"""Files that were made to end, fill or hold up their reader: each is a finding, and no more."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from flows.dropfolder.watcher import sweep
from pipeline.errors import SourceUnreadable
from pipeline.inbox import Place
from pipeline.read import ReadLimits, child, identify, identify_and_read, plain_sheets, tables, xlsx
from pipeline.read.limits import DEFAULTS, limits_of, refuse_packed
from pipeline.read.parse import ReadOptions
from pipeline.sandbox import serve_in_thread
from tests.inbox.drop_folder import drop, sandbox, settings, sheet
from tests.read.source_files import dropped, workbook
from tests.security import hostile_files
from tests.security.hostile_files import part

_GOOD = b"Keycode,Q1\nAB12CD34,5\n"


@pytest.mark.parametrize("name", hostile_files.NAMES)
def test_each_is_told_why_it_cannot_be_read(name: str, tmp_path: Path) -> None:
    path = dropped(tmp_path, hostile_files.content(name), name)
    with pytest.raises(SourceUnreadable) as raised:
        tables(identify(path))
    assert "our fault" not in str(raised.value)
    assert "takes longer" not in str(raised.value)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(hostile_files.NAMES[::5], id="some"),
        pytest.param(hostile_files.NAMES, id="all", marks=pytest.mark.long),
    ],
)
def test_good_files_beside_them_are_done(names: tuple[str, ...], tmp_path: Path) -> None:
    """One sweep over all of them: the last file is as well off as the first."""
    home = tmp_path / "papermarks"
    good = {f"good-{number}.csv": f"HOSTGOO{number}" for number in range(3)}
    with serve_in_thread(sandbox(good.values())) as url:
        middle = len(names) // 2
        for name in ("good-0.csv", *names[:middle], "good-1.csv", *names[middle:], "good-2.csv"):
            drop(home, name, sheet(good[name]) if name in good else hostile_files.content(name))
        lines: list[str] = []
        results = asyncio.run(sweep(settings(home, url), log=lines.append))
    places = {result.file: result.place for result in results}
    assert {name: places[name] for name in good} == dict.fromkeys(good, Place.DONE)
    assert {places[name] for name in names} == {Place.REJECTED}, places
    assert not [*(home / "inbox").rglob("*.*")]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: hostile_files.xlsx(part()), id="nothing hostile"),
        pytest.param(hostile_files.deep, id="half a million elements in each other"),
    ],
)
def test_a_workbook_made_here_is_read_but_for_what_is_hostile_in_it(
    make: Callable[[], bytes], tmp_path: Path
) -> None:
    """Or these files would be refused for what they lack, and nothing hostile ever be met."""
    path = dropped(tmp_path, make(), "marks.xlsx")
    (table,), _ = tables(identify(path))
    assert table.cells.to_numpy().tolist() == [["Keycode", "Q1"], ["HOSTILE1", "1"]]


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory as Linux keeps them")
def test_what_eats_memory_is_stopped(tmp_path: Path) -> None:
    """A sheet that is allowed by every count, but for the memory it takes."""
    small = replace(DEFAULTS, memory_mb=100)
    rows = '<row r="400000"><c r="X400000"><v>1</v></c></row>'
    path = dropped(tmp_path, hostile_files.xlsx(part(rows)), "marks.xlsx")
    with pytest.raises(SourceUnreadable, match="100 MB of memory"):
        tables(identify(path), limits=small)
    assert tables(identify(dropped(tmp_path, _GOOD)))[0][0].cells.shape == (2, 2)


def test_what_takes_too_long_is_given_up(tmp_path: Path) -> None:
    path = dropped(tmp_path, workbook({"A": [[n] * 50 for n in range(2000)]}), "marks.xlsx")
    with pytest.raises(SourceUnreadable, match="takes longer than 0 seconds: divide it"):
        tables(identify(path), limits=replace(DEFAULTS, seconds=0.001))
    assert tables(identify(path))[0][0].cells.shape == (2000, 50)


def test_the_time_is_for_all_ways_of_reading_a_file_together(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="takes longer"):
        child.read(_GOOD, ReadOptions("csv"), DEFAULTS, within_s=0.0)


def test_a_reader_that_somebody_killed_is_started_again(tmp_path: Path) -> None:
    path = dropped(tmp_path, _GOOD)
    tables(identify(path))
    child._kept[0]._process.kill()
    child._kept[0]._process.wait()
    assert tables(identify(path))[0][0].cells.shape == (2, 2)


def test_the_reader_is_kept_from_file_to_file(tmp_path: Path) -> None:
    path = dropped(tmp_path, _GOOD)
    tables(identify(path))
    first = child._kept[0]
    tables(identify(path))
    assert child._kept == [first]


@pytest.mark.skipif(sys.platform != "linux", reason="the environment of a process, by Linux")
def test_the_reader_has_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERMARKS_SURPASS_PASSWORD", "tr0ub4dor")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "papermarks:s3cret")
    child._end()
    tables(identify(dropped(tmp_path, _GOOD)))
    environment = Path(f"/proc/{child._kept[0]._process.pid}/environ").read_text()
    assert "tr0ub4dor" not in environment
    assert "s3cret" not in environment


_SMALL = ReadLimits(file_mb=1, unpacked_mb=2, sheets=2, rows=5, columns=4, cells=12)


@dataclass(frozen=True)
class Case:
    content: bytes
    name: str
    why: str


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(content=b"Keycode,Q1\n" * 100_000, name="a.csv", why="larger than 1 MB"), id="file"
        ),
        pytest.param(
            Case(content=b"a,b\n" * 6, name="a.csv", why="reaches over 6 rows"), id="rows of a text"
        ),
        pytest.param(
            Case(content=b"a,b,c,d,e\n", name="a.csv", why="5 columns"), id="columns of a text"
        ),
        pytest.param(
            Case(content=b"a,b,c,d\n" * 4, name="a.csv", why="4 rows and 4 columns"),
            id="cells of a text",
        ),
        pytest.param(
            Case(
                content=workbook({"A": [[1]], "B": [[1]], "C": [[1]]}),
                name="a.xlsx",
                why="3 sheets",
            ),
            id="sheets",
        ),
        pytest.param(
            Case(
                content=workbook({"A": [[1, 2]] * 4, "B": [[1, 2]] * 4}),
                name="a.xlsx",
                why="16 cells",
            ),
            id="all cells",
        ),
        pytest.param(
            Case(
                content=hostile_files.xlsx(part(), more={"a": "0" * 2_000_000}),
                name="a.xlsx",
                why="2 MB",
            ),
            id="unpacked",
        ),
    ],
)
def test_each_limit_is_a_setting_that_the_reason_names(case: Case, tmp_path: Path) -> None:
    path = dropped(tmp_path, case.content, case.name)
    with pytest.raises(SourceUnreadable, match=case.why):
        tables(*identify_and_read(path, limits=_SMALL)[:1], limits=_SMALL)


def test_a_cell_that_is_too_long_is_named(tmp_path: Path) -> None:
    path = dropped(tmp_path, b"Keycode,Q1\nAB12CD34," + b"5" * 200 + b"\n")
    with pytest.raises(SourceUnreadable, match="cell B2 has 200 characters"):
        tables(identify(path), limits=replace(DEFAULTS, cell_characters=100))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        pytest.param(hostile_files.with_a_text("x" * 3_000_000), "cell A3 has", id="in its cell"),
        pytest.param(
            hostile_files.xlsx(part(), more={"xl/sharedStrings.xml": "<t>" + "x" * 3_000_000}),
            "a cell has",
            id="in the shared texts",
        ),
    ],
)
def test_a_far_too_long_text_is_refused_before_a_parser_sees_it(content: bytes, named: str) -> None:
    with (
        zipfile.ZipFile(io.BytesIO(content)) as parts,
        pytest.raises(SourceUnreadable, match=f"{named} more than 32767 characters"),
    ):
        refuse_packed(content, parts, DEFAULTS)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(hostile_files.with_a_text("&#x1F4A9;" * 32_767), id="each is nine bytes"),
        pytest.param(hostile_files.with_a_text("<r>" + "x" * 30_000 + "</r>"), id="in runs"),
        pytest.param(
            hostile_files.xlsx(part(), more={"xl/media/a.png": "x" * 3_000_000}), id="a picture"
        ),
    ],
)
def test_what_excel_can_hold_is_not_refused(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        refuse_packed(content, parts, DEFAULTS)


def test_the_limits_that_are_told_are_those_that_hold() -> None:
    said = " ".join((Path(__file__).parents[2] / "SECURITY.md").read_text(encoding="utf-8").split())
    limits = DEFAULTS
    assert (
        f"{limits.seconds:.0f} seconds, {limits.memory_mb} MB of memory, files of "
        f"{limits.file_mb} MB, {limits.unpacked_mb} MB unpacked, {limits.sheets} sheets, "
        f"{limits.rows:,} rows, {limits.columns:,} columns, {limits.cells:,} cells over all "
        f"sheets, {limits.cell_characters:,} characters a cell"
    ) in said


def test_the_defaults_are_those_of_the_settings(tmp_path: Path) -> None:
    assert limits_of(settings(tmp_path, "http://localhost")) == DEFAULTS


@pytest.mark.skipif(os.name != "posix", reason="files that are none, as POSIX has them")
@pytest.mark.parametrize("what", ["pipe", "device", "directory", "link in a circle"])
def test_what_is_no_file_is_neither_waited_for_nor_read(what: str, tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    if what == "pipe":
        os.mkfifo(path)
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "directory":
        path.mkdir()
    else:
        path.symlink_to(path)
    with pytest.raises(SourceUnreadable):
        identify(path)
    with pytest.raises(SourceUnreadable):
        identify_and_read(path)


@pytest.mark.parametrize(
    "unit",
    [
        '<row r="3" ',
        '<row hidden="1" ',
        "<x:row",
        '<c r="A3" t="e"',
        '<c r="A3" t="e"><f>',
        '<c r="A3"><f>1</f>',
        "<c><f><v>",
        'r="A3" t="e" <f ',
        "<f>",
        "<aaaaaaaa",
    ],
)
def test_work_grows_as_a_sheet_does(unit: str) -> None:
    """Were one of the patterns to run on, a megabyte of these would take an hour, not a moment."""
    inner = (unit * (1_000_000 // len(unit))).encode()
    for content in (inner, b"<row " + inner, b'<c r="A1" t="e"' + inner, b"<c>" + inner):
        plain_sheets.is_plain(content, is_sheet=True)
        with suppress(SourceUnreadable):  # of rows that stand twice
            xlsx._extras_of(content, {b"1": "0%"})
