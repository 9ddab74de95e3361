"""Inputs that were read wrongly once, each with variants: what is sent of them, and what is said.

What is not understood for certain is never sent. The cases are named by what is wrong in the file.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.inputs.cells import CELLS, ROWS_THAT_STAY
from tests.faults.inputs.columns import COLUMNS, HEADINGS
from tests.faults.inputs.whose import BLOCKS, WHOSE
from tests.faults.offices import Came, ran

_CASES = {**WHOSE, **BLOCKS, **COLUMNS, **HEADINGS, **CELLS, **ROWS_THAT_STAY}


@pytest.mark.parametrize("name", _CASES)
def test_what_is_sent_and_what_is_said(tmp_path: Path, name: str) -> None:
    case = _CASES[name]
    came = ran(tmp_path, case.file, **case.settings)
    assert _shown(came) == case.sent
    assert came.rules == case.rules
    for message in came.report.reconciliation.findings["message"]:
        # Neither a regular expression nor an empty name.
        assert not any(slip in message for slip in ("(?", "[^", "\\", " of  is", " '' ", "None"))
        assert len(message) < 400


def _shown(came: Came) -> dict[str, str]:
    return {
        keycode: " ".join(f"{question}:{value}" for question, value in carried.items())
        for keycode, carried in came.sent.items()
    }
