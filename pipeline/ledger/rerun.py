"""Take up: what an earlier run left to do, from the ledger; its files are not needed."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from pipeline.errors import InputError
from pipeline.findings import concat_findings
from pipeline.ledger import Ledger
from pipeline.model import Interpreted, SourceFile
from schemas.columns import as_categories
from schemas.frames import ASIDE, ENTRY_TEXTS, DataFrame, Entry, SetAside, typed


def take_up(ledger: Ledger, run: str, batches: Collection[int]) -> tuple[Interpreted, ...]:
    """The run's unfinished submissions, as if read from their files again.

    The rows read are those that these submissions came from; none is set aside.
    """
    try:
        entries, files = ledger.unfinished(run, batches)
    except LookupError as error:
        raise InputError(f"there is no run {run}; papermarks runs lists them") from error
    if entries.empty:
        what = f"batch {', '.join(map(str, sorted(batches)))} of run" if batches else "run"
        raise InputError(f"{what} {run} left nothing to do")
    by_file = entries.groupby("file", sort=False)
    return tuple(_source(files[str(name)], typed(part, Entry)) for name, part in by_file)


def _source(file: SourceFile, entries: DataFrame[Entry]) -> Interpreted:
    return Interpreted(
        source=file,
        layouts=("ledger",),
        rows_read=len(entries.drop_duplicates(["sheet", "row"])),
        entries=typed(as_categories(entries.reset_index(drop=True), ENTRY_TEXTS), Entry),
        set_aside=typed(pd.DataFrame(columns=ASIDE), SetAside),
        findings=concat_findings([]),
    )
