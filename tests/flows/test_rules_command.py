"""``papermarks rules``, and the table in schemas/README.md that it prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli.app import app
from flows.cli.rules import markdown
from schemas.rules import RULES
from schemas.words import Severity

_README = (Path(__file__).parents[2] / "schemas" / "README.md").read_text(encoding="utf-8")


def _output(*words: str) -> str:
    result = CliRunner().invoke(app, ["rules", *words], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_readme_has_the_table() -> None:
    """``papermarks rules --markdown`` between its marks: a rule that changes is told there."""
    between = _README.split("<!-- rules -->\n")[1].split("<!-- /rules -->")[0]
    assert between == markdown([*RULES.values()]) + "\n" == _output("--markdown")


def test_all_rules_are_listed_errors_and_warnings_apart() -> None:
    output = _output()
    errors, warnings = output.split("Warnings")
    for rule in RULES.values():
        assert f" {rule.code} " in (errors if rule.severity is Severity.ERROR else warnings)


@pytest.mark.parametrize("code", ["mark-blank", "column-constant"])
def test_one_rule_is_told_in_full(code: str) -> None:
    output, rule = _output(code), RULES[code]
    assert all(part in output for part in (code, rule.message, rule.to_do, rule.example))


def test_json_has_every_word_of_every_rule() -> None:
    document = json.loads(_output("--json"))
    assert [rule["code"] for rule in document] == [*RULES]
    assert all(rule["example"] == RULES[rule["code"]].example for rule in document)
    (rule,) = json.loads(_output("mark-blank", "--json"))
    assert (rule["severity"], rule["outcome"]) == ("error", "invalid")


def test_a_rule_that_there_is_not_is_a_sentence() -> None:
    result = CliRunner().invoke(app, ["rules", "mark-blnk"])
    assert result.exit_code != 0
    assert "there is no rule mark-blnk" in str(result.exception)
