"""The tripwire over the totals that rows state."""

from __future__ import annotations

import pandas as pd

from pipeline.findings import concat_findings, make_findings
from schemas.entries import matches
from schemas.frames import at_id
from schemas.words import Kind, Meaning

_NUMBER = r"[0-9]{1,9}(?:[.,][0-9]{1,6})?"
_SAME = 1e-6  # of sums of decimals
_MOST = 0.5
_FEW = 5  # rows, from which it is seen that a column of totals is no sum of the marks


def unequal_totals(entries: pd.DataFrame) -> pd.DataFrame:
    """Rows whose marks do not add up to the total that they state. Blank cells count nothing."""
    stated = entries[(entries["kind"] == str(Kind.MARKS)) & matches(entries["total"], _NUMBER)]
    if stated.empty:
        return concat_findings([])
    numbers = stated.assign(
        number=_numbers(stated["value"].where(stated["meaning"] == Meaning.VALUE, "0")),
        stated=_numbers(stated["total"]),
    )
    total_number = _of_one_total(numbers)
    sums = numbers["number"].groupby(total_number).transform("sum")
    # One mark that is no number, and there is no sum.
    none = numbers["number"].isna().groupby(total_number).transform("any")
    firsts = numbers.assign(sum=sums)[~none & ~total_number.duplicated()]
    differs = (firsts["sum"] - firsts["stated"]).abs() > _SAME
    differing = firsts[differs & _speaks(firsts, differs)]
    return concat_findings(
        [
            make_findings(
                "total-differs",
                at_id(differing),
                count=[f"{value:g}" for value in differing["sum"]],
            ),
            _throughout(firsts.assign(differs=differs)),
        ]
    )


def _throughout(rows: pd.DataFrame) -> pd.DataFrame:
    """Sheets in most of whose rows the marks do not add up: said of the sheet as a whole."""
    sheets = rows.groupby(["file", "sheet"], sort=False, as_index=False).agg(
        found=("differs", "size"), count=("differs", "sum"), share=("differs", "mean")
    )
    most = sheets[(sheets["share"] > _MOST) & (sheets["found"] >= _FEW)]
    return make_findings("totals-differ", most[["file", "sheet", "found", "count"]])


def _numbers(texts: pd.Series[str]) -> pd.Series[float]:
    codes, distinct = pd.factorize(texts)
    whole = matches(pd.Series(distinct, dtype=object), _NUMBER)
    read = [
        float(text.replace(",", ".")) if fits else float("nan")
        for text, fits in zip(distinct, whole, strict=True)
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


def _speaks(firsts: pd.DataFrame, differs: pd.Series[bool]) -> pd.Series[bool]:
    """Where most rows of a sheet differ its total is another thing, told once: at the first."""
    sheet = [firsts["file"], firsts["sheet"]]
    share = differs.groupby(sheet).transform("mean")
    size = differs.groupby(sheet).transform("size")
    first = ~firsts.assign(differs=differs).duplicated(["file", "sheet", "differs"])
    return (share <= _MOST) | (size < _FEW) | first
