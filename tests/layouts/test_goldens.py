"""Each layout that we ship has a sample of our making, and what it comes to is written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.interpret import shipped
from tests.layouts.golden import GOLDENS, layout_of, read, reading, samples


@pytest.mark.parametrize("sample", samples(), ids=lambda path: path.name)
def test_a_sample_comes_to_what_is_written_down(sample: Path) -> None:
    source = read(sample)
    assert reading(source) == (GOLDENS / f"{sample.name}.txt").read_text("utf-8")
    used = source.entries[["sheet", "row"]].drop_duplicates()
    assert source.rows_read == len(used) + len(source.set_aside)


@pytest.mark.parametrize("layout", shipped(), ids=lambda layout: layout.name)
def test_every_layout_has_a_sample_that_is_recognised_as_it(layout) -> None:  # type: ignore[no-untyped-def]
    own = [sample for sample in samples() if layout_of(sample) == layout.name]
    assert own
    for sample in own:
        source = read(sample)
        if layout.refused is None:
            assert source.layouts == (layout.name,)
            assert not source.entries.empty
        else:
            assert source.findings["rule"].tolist() == ["layout-refused"]
            assert source.entries.empty
