"""What the README promises is what the code has."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from flows.cli import layouts
from pipeline.errors import ExitCode
from pipeline.settings import Settings
from schemas.words import Outcome

_README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_table(name: str) -> None:
    field = Settings.model_fields[name]
    default = field.default
    if default is PydanticUndefined:
        shown = "`~/papermarks`"
    elif isinstance(default, bool):
        shown = f"`{str(default).lower()}`"
    else:
        shown = "" if default is None else f"`{default}`"
    assert f"| `{name.upper()}` | {shown} | {field.description} |" in _README


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_in_the_table(outcome: Outcome) -> None:
    assert f"| `{outcome}` | {outcome.meaning} |" in _README


def test_every_exit_code_is_in_the_table() -> None:
    assert all(f"\n| {code} | " in _README for code in ExitCode)


def test_the_table_of_layouts_is_what_the_command_prints() -> None:
    assert f"<!-- layouts -->\n{layouts.markdown()}\n<!-- /layouts -->" in _README
