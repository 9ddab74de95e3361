"""What was measured, as a table and as JSON, with the machine's name."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """One figure: a median of some rounds."""

    case: str
    who: str
    value: float


def load() -> str:
    """What else the machine does: figures of a busy one say little, their ratios more."""
    return f"{os.getloadavg()[0]:.1f} processes ran or waited, of the last minute"


def machine() -> str:
    """What it ran on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].partition(":")[2].strip() if names else cpu
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def as_table(title: str, unit: str, measured: Sequence[Measured], base: str = "ours") -> str:
    """Markdown: a row for each case, a column for each competitor, and ours divided by it."""
    cases = list(dict.fromkeys(figure.case for figure in measured))
    whos = list(dict.fromkeys(figure.who for figure in measured))
    values = {(figure.case, figure.who): figure.value for figure in measured}
    compared = f"; in brackets: {base} divided by it" if base in whos and len(whos) > 1 else ""
    lines = [
        f"**{title}**, {unit}{compared}",
        "",
        "| | " + " | ".join(whos) + " |",
        "|---" * (len(whos) + 1) + "|",
    ]
    for case in cases:
        cells = []
        for who in whos:
            value = values.get((case, who))
            if value is None:
                cells.append("")
                continue
            of_base = values.get((case, base))
            ratio = "" if who == base or of_base is None else f" ({of_base / value:.2f})"
            cells.append(f"{_shown(value)}{ratio}")
        lines.append(f"| {case} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _shown(value: float) -> str:
    """With as many places as are worth telling."""
    places = 0 if value >= 1000 else 1 if value >= 10 else 2
    return f"{value:,.{places}f}"


def as_json(parts: dict[str, Sequence[Measured]]) -> str:
    """The same for programs."""
    return json.dumps(
        {
            "machine": machine(),
            "parts": {
                part: [figure.__dict__ for figure in measured] for part, measured in parts.items()
            },
        },
        indent=2,
    )
