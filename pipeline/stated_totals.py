"""The totals that a file states itself, beside the marks: what the sender has added up.

A wide sheet states one in each row. Where rows carry one mark each, a session's rows state one
together.
"""

from __future__ import annotations

import pandas as pd

from schemas.columns import distinct, matches, replaced
from schemas.frames import DataFrame, StatedTotal, typed
from schemas.words import Kind, Meaning

_NUMBER = r"[0-9]{1,9}(?:[.,][0-9]{1,6})?"


def stated_totals(entries: pd.DataFrame) -> DataFrame[StatedTotal]:
    """The first entry of each stated total, with ``stated`` and the ``sum`` of its marks.

    A blank cell counts nothing; where one cell is no number ``sum`` is null.
    """
    stated = entries[(entries["kind"] == str(Kind.MARKS)) & matches(entries["total"], _NUMBER)]
    if stated.empty:
        return typed(stated.assign(stated=0.0, sum=0.0), StatedTotal)
    numbers = stated.assign(
        number=_numbers(
            replaced(stated["value"], (stated["meaning"] != str(Meaning.VALUE)).to_numpy(), "0")
        ),
        stated=_numbers(stated["total"]),
    )
    total_number = _of_one_total(numbers)
    sums = numbers["number"].groupby(total_number).transform("sum")
    incomplete = numbers["number"].isna().groupby(total_number).transform("any")
    first = ~total_number.duplicated()
    return typed(numbers.assign(sum=sums.mask(incomplete))[first], StatedTotal)


def _numbers(texts: pd.Series[str]) -> pd.Series[float]:
    codes, found = distinct(texts)
    whole = matches(pd.Series(found, dtype=object), _NUMBER)
    read = [
        float(text.replace(",", ".")) if fits else float("nan")
        for text, fits in zip(found, whole, strict=True)
    ]
    return pd.Series([*read, float("nan")], dtype=float).take(codes).set_axis(texts.index)


def _of_one_total(entries: pd.DataFrame) -> pd.Series[int]:
    """What belongs to one total, by number: a row; where rows have one mark each, a session's."""
    sheet = entries.groupby(["file", "sheet"], sort=False).ngroup()
    row = pd.Series(
        pd.factorize(sheet * (entries["row"].max() + 1) + entries["row"])[0], sheet.index
    )
    long = row.groupby(row).transform("size").groupby(sheet).transform("max") == 1
    return row.mask(long, -entries["submission"].astype("int64"))
