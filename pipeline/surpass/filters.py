"""``$filter`` expressions: ``field eq value``, joined with ``and``.

Source: the clients known. Plain values go without quotes, others in single quotes. A value that
contains `` and `` breaks the filter even inside quotes, so that one is filtered on our side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLAIN = re.compile(r"[A-Za-z0-9_.+/-]+")


def can_ask_for(value: str | int) -> bool:
    """Whether a filter can ask for this value at all."""
    text = str(value)
    return bool(text) and " and " not in text.casefold() and "'" not in text


def filter_expression(where: Mapping[str, str | int]) -> str:
    """The filter that asks for all of these. ValueError for a value that cannot be said."""
    for name, value in where.items():
        if not can_ask_for(value):
            raise ValueError(f"a filter cannot ask for a {name} with ' and ' or a quote in it")
    return " and ".join(f"{name} eq {_quoted(value)}" for name, value in where.items())


def _quoted(value: str | int) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else f"'{text}'"
