"""What a sample file comes to, as a text to compare: entries, rows set aside, findings.

``python -m tests.layouts.golden NAME…`` writes the goldens of these samples anew (all without a
name). Read the difference before you commit it: a golden is a promise, not a record.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from pipeline.interpret import ReadingOptions, shipped
from pipeline.interpret.prepare import prepare
from pipeline.model import Interpreted
from sample_data import LAYOUTS

GOLDENS = Path(__file__).parent / "goldens"
_ENTRY = ["sheet", "row", "column", "keycode", "candidate", "version", "question", "text"]


def samples() -> list[Path]:
    """The sample files, one or more for each layout: ``zipgrade.csv``, ``zipgrade.older.csv``."""
    return sorted(p for p in LAYOUTS.iterdir() if p.is_file() and p.suffix not in {".md", ".py"})


def layout_of(sample: Path) -> str:
    """The layout that a sample is of, by its name."""
    return sample.name.split(".")[0]


def read(sample: Path) -> Interpreted:
    """The sample, interpreted among all layouts that we ship."""
    (source,) = prepare([sample], shipped(), ReadingOptions(), lambda: None)
    return source


def reading(source: Interpreted) -> str:
    """Everything that was made of a file, a line each."""
    entries = source.entries[[*_ENTRY, "meaning", "value"]].astype(object).fillna("").astype(str)
    return "\n".join(
        [
            f"layout: {', '.join(source.layouts) or 'none'}; read as {source.read_as}",
            f"rows: {source.rows_read} read",
            *_lines("entry", entries),
            *_lines("aside", source.set_aside[["sheet", "row", "reason"]]),
            *_lines("finding", source.findings[["rule", "sheet", "row", "column", "message"]]),
            "",
        ]
    )


def _lines(what: str, frame: pd.DataFrame) -> list[str]:
    rows = frame.astype(object).where(frame.notna(), "").itertuples(index=False, name=None)
    return [" | ".join([what, *map(repr, map(str, row))]) for row in rows]


def main(names: list[str]) -> None:
    """Write goldens anew."""
    GOLDENS.mkdir(exist_ok=True)
    for sample in samples():
        if not names or sample.name in names:
            (GOLDENS / f"{sample.name}.txt").write_text(reading(read(sample)), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
