"""How pages are made from templates: what goes into one is escaped, visible, and written alike.

Jinja2 escapes every text for HTML, by its own setting and not by ours at each place; ``_finalize``
makes visible what does not show, and cuts what is longer than anybody reads.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.account import ToDo
from pipeline.foreign_text import visible
from pipeline.report.values import local_time
from pipeline.with_noun import with_noun
from schemas.words import SETTLED, Outcome, Who

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment(templates: Path = _TEMPLATES) -> Environment:
    """The environment of the templates in a folder, made once."""
    made = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    made.filters |= {"number": number, "local": local_time, "noun": with_noun, "who": _who}
    made.globals |= {"meaning": _meaning, "tone": _tone}
    return made


def _finalize(value: object) -> object:
    """What stands for a value on the page: nothing for none, and no sign that cannot be seen."""
    if value is None:
        return ""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def number(value: float | None) -> str:
    """A number with thin spaces between thousands, without a tail of zeros; a dash for none."""
    if value is None or pd.isna(value):
        return "\u2013"
    return f"{value:,.2f}".rstrip("0").rstrip(".").replace(",", "\u202f") if value else "0"


_WHO = {Who.SENDER: "Sender of the file", Who.OFFICE: "Exam office", Who.IT: "IT"}


def _who(part: ToDo) -> str:
    return _WHO[part.who]


def _meaning(word: str) -> str:
    return Outcome(word).meaning


_TONES = {
    **dict.fromkeys(SETTLED, "good"),
    **dict.fromkeys((Outcome.HELD, Outcome.NOT_OPEN, Outcome.UNCONFIRMED), "warn"),
}


def _tone(word: str) -> str:
    """The colour of an outcome, beside its word."""
    return _TONES.get(Outcome(word), "bad")
