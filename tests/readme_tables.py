"""The tables of the READMEs that are made from the code.

``python -m tests.readme_tables --write`` writes them anew, between their marks
``<!-- name -->`` and ``<!-- /name -->``; without ``--write`` it says which are out of date.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import PydanticUndefined

from flows.cli import layouts
from flows.cli.rules import markdown as rules
from pipeline.settings import Settings
from schemas.rules import RULES
from schemas.words import Outcome
from tests import dependencies

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Table:
    """One table: in which README it stands, and what it must be."""

    name: str
    readme: str
    make: Callable[[], str]

    @property
    def written(self) -> str | None:
        """What stands between its marks; None where there are no marks."""
        found = self._between.search((ROOT / self.readme).read_text("utf-8"))
        return None if found is None else found[1]

    def write(self) -> None:
        """Put what it must be between its marks."""
        path, made = ROOT / self.readme, self.make()
        text, count = self._between.subn(lambda _: self._marked(made), path.read_text("utf-8"))
        if count != 1:
            raise SystemExit(f"{self.readme} must have {self._marked('…')!r} once")
        path.write_text(text, "utf-8")

    @property
    def _between(self) -> re.Pattern[str]:
        return re.compile(re.escape(self._marked("\0")).replace("\0", "(.*?)"), re.DOTALL)

    def _marked(self, text: str) -> str:
        return f"<!-- {self.name} -->\n{text}\n<!-- /{self.name} -->"


def _settings() -> str:
    rows = [
        f"| `{name.upper()}` | {_default(name)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| setting `PAPERMARKS_…` | default | meaning |", "|---|---|---|", *rows])


def _default(name: str) -> str:
    default = Settings.model_fields[name].default
    if default is PydanticUndefined:
        return "`~/papermarks`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return "" if default is None else f"`{default}`"


def _outcomes() -> str:
    rows = [f"| `{outcome}` | {outcome.meaning} |" for outcome in Outcome]
    return "\n".join(["| outcome | meaning |", "|---|---|", *rows])


def _rooms() -> str:
    """The layers of the import contract, as a drawing."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (contract,) = (each for each in contracts if each["name"] == "the rooms of the pipeline")
    return "\n".join(["```text", *contract["layers"], "```"])


TABLES = (
    Table("settings", "flows/README.md", _settings),
    Table("layouts", "schemas/README.md", layouts.markdown),
    Table("rules", "schemas/README.md", lambda: rules([*RULES.values()])),
    Table("dependencies", "SECURITY.md", dependencies.table),
    Table("rooms", "pipeline/README.md", _rooms),
    Table("outcomes", "pipeline/README.md", _outcomes),
)


def main(words: list[str]) -> None:
    """Write the tables, or say which are out of date."""
    for table in TABLES:
        if words == ["--write"]:
            table.write()
        elif table.written != table.make():
            raise SystemExit(f"{table.readme}: the table '{table.name}' is out of date")


if __name__ == "__main__":
    main(sys.argv[1:])
