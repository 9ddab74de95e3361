"""``papermarks rules``: the rule book, to read, for scripts, and as a table of a README."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer
from rich.table import Column, Table
from rich.text import Text

from flows.cli import show
from pipeline.errors import InputError
from schemas.rules import RULES, Rule
from schemas.words import Severity


def rules(
    code: Annotated[
        str | None, typer.Argument(help="Only this rule, in full, such as mark-blank.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the table of schemas/README.md.")
    ] = False,
) -> None:
    """Show what can be wrong in a file, and what to do about it."""
    if as_json and as_markdown:
        raise InputError("--json and --markdown are two forms of one thing: ask for one of them")
    wanted = [*RULES.values()] if code is None else [_rule(code)]
    if as_json:
        typer.echo(json.dumps([*map(_to_json, wanted)], indent=1, ensure_ascii=False))
    elif as_markdown:
        typer.echo(markdown(wanted))
    elif code is None:
        for severity in Severity:
            show.table(_table(severity, [rule for rule in wanted if rule.severity is severity]))
        show.note("papermarks rules CODE tells what to do, with an example.")
    else:
        _in_full(wanted[0])


def markdown(rules: list[Rule]) -> str:
    """The rules as the table in schemas/README.md: a row for each, errors first."""
    order = [*Severity]
    rows = sorted(rules, key=lambda rule: order.index(rule.severity))
    lines = [f"| `{rule.code}` | {_outcome(rule)} | {_sentence(rule)} |" for rule in rows]
    return "\n".join(["| rule | the session is | what it says |", "|---|---|---|", *lines])


def _rule(code: str) -> Rule:
    if code not in RULES:
        raise InputError(f"there is no rule {code}; papermarks rules lists them")
    return RULES[code]


def _to_json(rule: Rule) -> dict[str, str | None]:
    return {
        "code": rule.code,
        "severity": str(rule.severity),
        "outcome": None if rule.outcome is None else str(rule.outcome),
        "message": rule.message,
        "to_do": rule.to_do,
        "example": rule.example,
    }


def _outcome(rule: Rule) -> str:
    """What becomes of the session; a warning does not stop it."""
    return "sent (a warning)" if rule.outcome is None else f"`{rule.outcome}`"


def _sentence(rule: Rule) -> str:
    """What it says, without the words that are there only at times."""
    return re.sub(r" ?\{(hint|theirs|where)\}", "", rule.message).strip()


def _table(severity: Severity, rules: list[Rule]) -> Table:
    stops = severity is Severity.ERROR
    title = (
        "Errors: nothing of the session is sent"
        if stops
        else "Warnings: nothing is stopped by them"
    )
    outcome_column = [Column("The session is", no_wrap=True)] if stops else []
    table = Table(Column("Rule", no_wrap=True), *outcome_column, "What it says", title=title)
    table.title_justify = "left"
    for rule in rules:
        outcome = [Text(str(rule.outcome))] if stops else []
        table.add_row(Text(rule.code), *outcome, Text(_sentence(rule)))
    return table


def _in_full(rule: Rule) -> None:
    stops = "nothing is stopped by it" if rule.outcome is None else f"the session is {rule.outcome}"
    show.line(f"{rule.code} ({rule.severity}: {stops})")
    show.line(f"  says:    {_sentence(rule)}")
    show.line(f"  to do:   {rule.to_do}")
    show.line(f"  example: {rule.example}")
