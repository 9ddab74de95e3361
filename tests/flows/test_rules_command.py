"""``papermarks rules``, and the README's table that it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli.app import app
from flows.cli.rules import markdown
from schemas.rules import RULES

_README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def _said(*words: str) -> str:
    done = CliRunner().invoke(app, ["rules", *words], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_readme_has_the_table() -> None:
    """``papermarks rules --markdown`` between its marks: a rule that changes is told there."""
    between = _README.split("<!-- rules -->\n")[1].split("<!-- /rules -->")[0]
    assert between == markdown([*RULES.values()]) + "\n" == _said("--markdown")


def test_all_rules_are_listed_errors_and_warnings_apart() -> None:
    told = _said()
    errors, warnings = told.split("Warnings")
    for rule in RULES.values():
        assert f" {rule.code} " in (warnings if rule.outcome is None else errors)


@pytest.mark.parametrize("code", ["mark-blank", "column-constant"])
def test_one_rule_is_told_in_full(code: str) -> None:
    told, rule = _said(code), RULES[code]
    assert all(part in told for part in (code, rule.message, rule.to_do, rule.example))


def test_json_has_every_word_of_every_rule() -> None:
    told = json.loads(_said("--json"))
    assert [one["code"] for one in told] == [*RULES]
    assert all(one["example"] == RULES[one["code"]].example for one in told)
    (one,) = json.loads(_said("mark-blank", "--json"))
    assert (one["severity"], one["outcome"]) == ("error", "invalid")


def test_a_rule_that_there_is_not_is_a_sentence() -> None:
    done = CliRunner().invoke(app, ["rules", "mark-blnk"])
    assert done.exit_code != 0
    assert "there is no rule mark-blnk" in str(done.exception)
