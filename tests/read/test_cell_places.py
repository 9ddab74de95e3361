"""Where the cells of a sheet stand, in columns of bytes, against a pattern that reads each."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SourceUnreadable
from pipeline.read import cell_places
from pipeline.source import cell_column, column_number

_PLACES = st.tuples(st.integers(0, 18_277), st.integers(1, 9_999_999))
_NAMES = _PLACES.map(lambda place: f"{cell_column(place[0])}{place[1]}")
_CELLS = _NAMES.map(lambda name: f'<c r="{name}"><v>1</v></c>')
_ROWS = st.integers(1, 4).map(lambda row: f'<row ht="9" r="{row}">')
_OF_FEW_ROWS = st.builds('<c s="1" r="{}{}">'.format, st.sampled_from("ABC"), st.integers(1, 4))
_OTHERS = st.sampled_from(
    ['<v r="7">', '<c s="1" ', '<v>r="</v>', 'r="A', 'r="AAAA1"', 'r="A0B1"', 'r="7A"']
)


@given(st.lists(_CELLS | _ROWS | _OF_FEW_ROWS | _OTHERS, max_size=30), st.integers(1, 60))
def test_it_finds_what_the_pattern_finds(pieces: list[str], at_once: int) -> None:
    """However many bytes are looked at at once."""
    part = " ".join(pieces)
    found = re.findall(r'r="([A-Z]{1,3})([0-9]{1,7})"', part)
    columns = max((column_number(letters) + 1 for letters, row in found if int(row)), default=0)
    cells = re.findall(r'<c [^<>]*?\br="([A-Z]{1,3}[0-9]{1,7})"', part)
    foreign = any(
        int(number) != int(within[0])
        for begun in part.split("<row ")[1:]
        if (within := re.findall(r'\Aht="9" r="([0-9]+)"', begun))
        for number in re.findall(r'<c [^<>]*?\br="[A-Z]{1,3}([0-9]{1,7})"', begun)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cell_places, "_AT_ONCE", at_once)
        if len({*cells}) < len(cells) or foreign:
            why = "stands twice" if len({*cells}) < len(cells) else "stands in row"
            with pytest.raises(SourceUnreadable, match=why):
                cell_places.count_columns(part.encode())
        else:
            assert cell_places.count_columns(part.encode()) == columns
