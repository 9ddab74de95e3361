"""Whatever is done to the bytes of a file: tables, or a reason; never anything else."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import SourceUnreadable
from tests.read.by_hand import ods, ods_cell, ods_row, ole, xlsb, xlsb_row, zipped
from tests.read.source_files import dropped, read, workbook

_FORMULA = 'table:formula="of:=SUM([.B2:.C2])" office:value-type="float"'
_WHOLE = {
    "text": b'Keycode;"Q1";Q2\r\nKEYCODE1;1;"NA"\r\n"KEYCODE2";2,5;\r\n\r\nTotal;3;0\r\n',
    "UTF-16": 'Keycode\t"Q1"\r\nKEYCODE1\t1\r\n'.encode("utf-16-le"),
    "xls": (Path(__file__).parent / "files" / "marks.xls").read_bytes(),
    "doc": ole({"Data": b"", "WordDocument": b""}),
}
_ZIPPED = {
    "xlsx": workbook({"Marks": [["Keycode", "Q1"], ["KEYCODE1", 2.5], ["KEYCODE2", "=B2*2"]]}),
    "xlsb": xlsb(xlsb_row(0, "Keycode", "Q1"), xlsb_row(1, "KEYCODE1", 5.0), xlsb_row(3, b"\x17")),
    "ods": ods({"Marks": ods_row("Keycode", "Q1") + ods_row("KEYCODE1", ods_cell("", _FORMULA))}),
}
_PARTS = [
    (kind, name)
    for kind, content in _ZIPPED.items()
    for name in zipfile.ZipFile(BytesIO(content)).namelist()
]
# Numbers that a format may take for a length or a place; kept from filling the memory by the tests
# of stray cells.
_COME = st.binary(max_size=8) | st.sampled_from([b"\xff\xff", b"\xff" * 4, b"\0" * 4, b"-1", b"99"])
_EDITS = st.lists(
    st.tuples(st.integers(0, 100_000), st.integers(0, 40), _COME), min_size=1, max_size=6
)
_quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_thorough = settings(_quick, max_examples=2_000)


def _edited(content: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for at, gone, come in edits:
        start = at % (len(content) + 1)
        content = content[:start] + come + content[start + gone :]
    return content


def _read_or_told(folder: Path, content: bytes) -> None:
    try:
        tables, _ = read(dropped(folder, content))
    except SourceUnreadable:
        return
    for table in tables:
        assert all(type(cell) is str for cell in table.cells.to_numpy().ravel())
        for marked in (table.numbers, table.dates):
            assert marked is None or marked.shape == table.cells.shape
        assert table.widths is None or len(table.widths) == len(table.cells)
        assert all(row < len(table.cells) for row in table.hidden_rows)
        assert table.read_as


def _damaged(folder: Path, kind: str, edits: list[tuple[int, int, bytes]]) -> None:
    _read_or_told(folder, _edited({**_WHOLE, **_ZIPPED}[kind], edits))


def _with_a_damaged_part(
    folder: Path, part: tuple[str, str], edits: list[tuple[int, int, bytes]]
) -> None:
    kind, name = part
    with zipfile.ZipFile(BytesIO(_ZIPPED[kind])) as old:
        parts = {each: old.read(each) for each in old.namelist()}
    _read_or_told(folder, zipped(parts | {name: _edited(parts[name], edits)}))


_kinds = pytest.mark.parametrize("kind", [*_WHOLE, *_ZIPPED])


@_kinds
@_quick
@given(edits=_EDITS)
def test_a_damaged_file(tmp_path: Path, kind: str, edits: list[tuple[int, int, bytes]]) -> None:
    _damaged(tmp_path, kind, edits)


@_quick
@given(part=st.sampled_from(_PARTS), edits=_EDITS)
def test_a_damaged_part(
    tmp_path: Path, part: tuple[str, str], edits: list[tuple[int, int, bytes]]
) -> None:
    _with_a_damaged_part(tmp_path, part, edits)


@pytest.mark.long
@_kinds
@_thorough
@given(edits=_EDITS)
def test_any_damaged_file(tmp_path: Path, kind: str, edits: list[tuple[int, int, bytes]]) -> None:
    _damaged(tmp_path, kind, edits)


@pytest.mark.long
@_thorough
@given(part=st.sampled_from(_PARTS), edits=_EDITS)
def test_any_damaged_part(
    tmp_path: Path, part: tuple[str, str], edits: list[tuple[int, int, bytes]]
) -> None:
    _with_a_damaged_part(tmp_path, part, edits)
