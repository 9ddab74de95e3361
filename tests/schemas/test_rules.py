"""The rule book's sentences can be filled, and say what to do."""

from __future__ import annotations

from string import Formatter

import pytest

from schemas.rules import RULES, Rule
from schemas.words import SETTLED, Outcome, Severity

# What an entry brings, and what rules add of their own.
_WORDS = {
    "text",
    "cell",
    "keycode",
    "question",
    "row",
    "sheet",
    "candidate",
    "version",
    "total",
} | {
    "kind",
    "other",
    "why",
    "what",
    "who",
    "whose",
    "where",
    "hint",
    "found",
    "expected",
    "read_as",
    "layout",
    "state",
    "theirs",
    "run",
    "count",
    "error",
    "keying",
    "maximum",
    "mean",
    "now",
    "rare",
    "side",
    "then",
    "told_by",
}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_a_rule_says_what_is_wrong_and_what_to_do(rule: Rule) -> None:
    for sentence in (rule.message, rule.to_do):
        used = {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
        assert used <= _WORDS
        assert sentence[0].isupper() or sentence[0] in "{'"
        assert sentence.endswith((".", ")", "…", "}"))


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_a_rule_has_an_example_of_one_line(rule: Rule) -> None:
    assert rule.example.endswith(".")
    assert len(rule.example) <= 90
    assert not {"{", "}", "\n"} & set(rule.example)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_an_error_stops_a_session_and_a_warning_does_not(rule: Rule) -> None:
    """But for an absent candidate, in whom there is nothing to correct, and nothing to send."""
    if rule.outcome is Outcome.ABSENT:
        assert rule.severity is Severity.WARNING
        return
    assert (rule.outcome is None) == (rule.severity is Severity.WARNING)
    assert rule.outcome not in SETTLED
    assert rule.outcome in {None, Outcome.INVALID, Outcome.HELD, Outcome.NOT_OPEN}


def test_codes_are_the_keys_and_are_written_alike() -> None:
    assert all(code == rule.code for code, rule in RULES.items())
    assert all(code.replace("-", "").isalpha() and code.islower() for code in RULES)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_sentence(outcome: Outcome) -> None:
    assert outcome.meaning.endswith(".")
