"""The shapes of sheets whose reading a person has confirmed: a TOML file of the office's own.

A shape is the layout, what stands over each column, and the sheet's name without its numbers: a
sheet that was read for certain once is read so again, though its rows are others.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import LayoutError
from pipeline.interpret.layouts import CONFIRMED as FILE
from pipeline.interpret.match_result import AS_READ, Match
from pipeline.interpret.roles import heading_texts
from schemas.layout import fold

_DIGITS = 12  # of a shape's name


@dataclass(frozen=True)
class Confirmation:
    """What a person has said of all sheets of a shape."""

    reading: str = ""  # which of the readings is right; "" where that was not the question
    left_out: tuple[str, ...] = ()  # the columns that hold nothing to be sent, by their letters

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Confirmation:
        """As it is kept in the file. Where it says neither, the sheet is as it was read."""
        left_out = tuple(map(str, facts.get("left_out", ())))
        return cls(str(facts.get("reading", "" if left_out else AS_READ)), left_out)


def shape_of(match: Match, *others: Match) -> str:
    """The shape of a sheet as it is read, in a few letters and digits.

    ``others`` are the readings by further layouts, where they fit as well.
    """
    parts = [
        "+".join(one.layout.name for one in (match, *others)),
        [fold(text) for text in heading_texts(match)],
        re.sub("[0-9]+", "#", fold(match.sheet.table.sheet)),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_DIGITS]


def confirmed_shapes(own: Path) -> dict[str, dict[str, Any]]:
    """What is confirmed, by shape. LayoutError where the file cannot be read."""
    path = own / FILE
    try:
        reading = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LayoutError(f"{FILE} cannot be read: {error}") from error
    shapes = reading.get("shape", {})
    if not isinstance(shapes, dict) or not all(isinstance(each, dict) for each in shapes.values()):
        raise LayoutError(f"{FILE}: each entry must be a table [shape.NAME]")
    return shapes


def confirmations(own: Path) -> dict[str, Confirmation]:
    """The same, as it is used when a sheet is read."""
    return {shape: Confirmation.of(facts) for shape, facts in confirmed_shapes(own).items()}


def as_toml(shapes: dict[str, dict[str, Any]]) -> str:
    """The file anew."""
    lines = [
        "# Readings that a person has confirmed with papermarks confirm-layout; remove one to be",
        "# asked again.",
    ]
    for shape, facts in shapes.items():
        lines += ["", f"[shape.{shape}]"]
        lines += [
            f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()
        ]
    return "\n".join(lines) + "\n"
