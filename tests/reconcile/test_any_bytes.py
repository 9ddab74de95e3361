"""Whatever bytes are dropped: findings at most, never a traceback, and every run balances."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.source_files import with_part_changed, workbook
from tests.validate.prepared import prepared

_ROWS: list[list[object]] = [
    ["Midshire", None, "x"],
    ["Keycode", "Q1", "Q2"],
    ["KEYCODE1", 1, "NA"],
    ["KEYCODE2", 2.5, "=B3*2"],
    ["Total", "=1/0", None],
]
_BOOK = workbook({"Paper 1": _ROWS, "Notes": [["Rounded up"]]})
_PARTS = zipfile.ZipFile(BytesIO(_BOOK)).namelist()
_TEXT = b'Keycode;"Q1";Q2\r\nKEYCODE1;1;"NA"\r\n"KEYCODE2";2,5;\r\n\r\nTotal;3;0\r\n'
_Edit = tuple[int, int, bytes]  # where, how many bytes go, what comes
_EDITS = st.lists(
    st.tuples(st.integers(0, 100_000), st.integers(0, 12), st.binary(max_size=8)),
    min_size=1,
    max_size=6,
)


def _edited(content: bytes, edits: list[_Edit]) -> bytes:
    for at, gone, come in edits:
        start = at % (len(content) + 1)
        content = content[:start] + come + content[start + gone :]
    return content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytes")


def _only_findings(folder: Path, content: bytes) -> None:
    came = prepared(folder, content)
    assert came.reconciled().balanced
    (source,) = came.reconciled().sources
    assert source.readable or came.errors != []


@settings(max_examples=15, deadline=None)
@given(
    start=st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xff\xfe", b"\xef\xbb\xbf"]),
    content=st.binary(max_size=300),
)
def test_random_bytes(folder: Path, start: bytes, content: bytes) -> None:
    _only_findings(folder, start + content)


@settings(max_examples=15, deadline=None)
@given(edits=_EDITS)
def test_a_damaged_text_file(folder: Path, edits: list[_Edit]) -> None:
    _only_findings(folder, _edited(_TEXT, edits))


@settings(max_examples=15, deadline=None)
@given(edits=_EDITS)
def test_a_damaged_workbook(folder: Path, edits: list[_Edit]) -> None:
    _only_findings(folder, _edited(_BOOK, edits))


@settings(max_examples=15, deadline=None)
@given(edits=_EDITS, part=st.sampled_from(_PARTS))
def test_a_workbook_with_a_damaged_part(folder: Path, edits: list[_Edit], part: str) -> None:
    _only_findings(folder, with_part_changed(_BOOK, part, lambda old: _edited(old, edits)))
