"""The two shapes of a table, each to one row per session and question."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.facts import cell_column
from pipeline.interpret.recognise import Recognised


def unfold(cells: pd.DataFrame, fit: Recognised) -> pd.DataFrame:
    """Entries as they stand: row, column, id_column, id_text, question, text; nothing read yet.

    ``cells`` holds the used rows only, indexed by row number from 0.
    """
    return _long(cells, fit) if fit.layout.shape == "long" else _wide(cells, fit)


def _long(cells: pd.DataFrame, fit: Recognised) -> pd.DataFrame:
    assert fit.question is not None  # noqa: S101  # what shape long means
    assert fit.value is not None  # noqa: S101
    return pd.DataFrame(
        {
            "row": cells.index.to_numpy() + 1,
            "column": cell_column(fit.value),
            "id_column": cell_column(fit.keycode),
            "id_text": cells[fit.keycode].to_numpy(),
            "question": cells[fit.question].to_numpy(),
            "text": cells[fit.value].to_numpy(),
        }
    )


def _wide(cells: pd.DataFrame, fit: Recognised) -> pd.DataFrame:
    columns = [*fit.questions]
    rows, width = len(cells), len(columns)
    return pd.DataFrame(
        {
            "row": np.repeat(cells.index.to_numpy() + 1, width),
            "column": np.tile([cell_column(at) for at in columns], rows),
            "id_column": cell_column(fit.keycode),
            "id_text": np.repeat(cells[fit.keycode].to_numpy(), width),
            "question": np.tile([*fit.questions.values()], rows),
            "text": cells[columns].to_numpy().ravel(),
        }
    )
