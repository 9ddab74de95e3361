"""The receipt that lies beside a file in done/: what was done, when and by which run. No names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from schemas.words import Outcome


def receipt(
    file: str, sha256: str, run: str, outcomes: Mapping[str, int], *, note: str = ""
) -> str:
    """The text. ``outcomes`` counts the submissions by where they ended."""
    now = dt.datetime.now().astimezone()
    counts = [
        f"{count:>6} {name}: {Outcome(name).meaning}" for name, count in outcomes.items() if count
    ]
    lines = [
        f"Receipt for {file}",
        "",
        f"Filed     {now:%Y-%m-%d %H:%M:%S %z}",
        f"Run       {run}",
        f"SHA-256   {sha256}",
        "",
        *(counts or ["     0 submissions: there was nothing to send."]),
        *(["", note] if note else []),
    ]
    return "\n".join(lines) + "\n"
