"""Every cell of a candidate's row went somewhere: counted here by another reader."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.faults import generated, second_reader
from tests.validate.prepared import interpreted

_SEEDS, _FEW = 60, 30


@pytest.mark.parametrize("first", range(0, _SEEDS, _FEW))
def test_the_cells_on_candidates_rows_are_entries_or_have_a_role(
    tmp_path: Path, first: int
) -> None:
    paths = [_written(tmp_path, seed) for seed in range(first, first + _FEW)]
    looked_at = 0
    for path, source in zip(paths, interpreted(paths), strict=True):
        if not source.readable:
            continue
        looked_at += 1
        rows = second_reader.rows(path)
        used = source.rows_read - len(source.set_aside)
        assert source.rows_read == len(rows)
        assert source.cells_read == used * max(map(len, rows))
        assert len(source.entries) + sum(source.cells_by_role.values()) == source.cells_read
        assert len(source.entries) == used * second_reader.questions_in_a_row(rows)
    assert looked_at > _FEW / 4


def _written(folder: Path, seed: int) -> Path:
    draw = Random(seed)
    below = folder / str(seed)
    below.mkdir()
    return generated.written(generated.sheet(draw), below, draw)
