"""A file with this content, read among all layouts that we ship."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.model import Interpreted
from schemas.columns import as_objects
from tests.layouts.golden import read
from tests.read.source_files import dropped


@dataclass(frozen=True)
class Came:
    """What came of it."""

    source: Interpreted

    @property
    def layout(self) -> str:
        """The layout by which it was read, or the rule that says why it was not."""
        return self.source.layouts[0] if self.source.layouts else self.rules[0]

    @property
    def rules(self) -> list[str]:
        """The rules of all findings, in order."""
        return [str(rule) for rule in self.source.findings["rule"]]

    @property
    def aside(self) -> list[tuple[int, str]]:
        """Row and reason of each row that was set aside."""
        reading = self.source.set_aside
        return [
            (int(row), str(why)) for row, why in zip(reading["row"], reading["reason"], strict=True)
        ]

    @property
    def cells(self) -> dict[str, list[str]]:
        """Of each row, by its keycode or reference: what its questions hold, in their order."""
        entries = as_objects(self.source.entries)
        whose = entries["keycode"].where(entries["keycode"] != "", entries["candidate"])
        held = entries["value"].where(entries["value"].notna(), "(" + entries["meaning"] + ")")
        reading: dict[str, list[str]] = {}
        for who, number, holds in zip(whose, entries["question"], held, strict=True):
            reading.setdefault(str(who), []).append(f"{number}:{holds}")
        return reading


def came(folder: Path, content: str | bytes, name: str = "1.csv") -> Came:
    """The file, dropped and read."""
    return Came(read(dropped(folder, content, name)))
