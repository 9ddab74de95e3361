"""The tripwire over the totals that rows state."""

from __future__ import annotations

import pandas as pd

from pipeline.findings import concat_findings, make_findings
from pipeline.stated_totals import stated_totals
from schemas.frames import DataFrame, Finding, NumberedEntry, at_id

_SAME = 1e-6  # of sums of decimals
_MOST = 0.5
_FEW = 5  # rows, from which it is seen that a column of totals is no sum of the marks


def unequal_totals(entries: DataFrame[NumberedEntry]) -> DataFrame[Finding]:
    """Rows whose marks do not add up to the total that they state. Blank cells count nothing."""
    stated = stated_totals(entries)
    firsts = stated[stated["sum"].notna()]
    if firsts.empty:
        return concat_findings([])
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


def _speaks(firsts: pd.DataFrame, differs: pd.Series[bool]) -> pd.Series[bool]:
    """Where most rows of a sheet differ its total is another thing, told once: at the first."""
    sheet = [firsts["file"], firsts["sheet"]]
    share = differs.groupby(sheet).transform("mean")
    size = differs.groupby(sheet).transform("size")
    first = ~firsts.assign(differs=differs).duplicated(["file", "sheet", "differs"])
    return (share <= _MOST) | (size < _FEW) | first
