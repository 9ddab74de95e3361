"""Where the sample files lie: they come with the distribution."""

from __future__ import annotations

from pathlib import Path

import sample_data

SAMPLES = sample_data.HERE


def sample_files() -> tuple[Path, ...]:
    """The source files among them, in order."""
    return tuple(
        path
        for path in sorted(SAMPLES.iterdir())
        if path.suffix in {".csv", ".xlsx"} and path.name != "sessions.csv"
    )
