"""Files that are refused as a whole, beside others of their run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from pipeline.inbox.place import Place, place_for
from tests.validate.prepared import Prepared


def assert_refused(
    came: Prepared, refused: Collection[int], becomes: Mapping[str, int], *, more_than: int
) -> None:
    """These files by number, each of more rows, and no other; submissions by outcome as stated."""
    sources = came.validated.sources
    assert {at for at, source in enumerate(sources) if not source.readable} == {*refused}
    assert Counter(outcome for _, outcome in came.becomes) == becomes
    reconciled = came.reconciled()
    assert reconciled.balanced
    if refused:
        others = len(refused) < len(sources)
        assert place_for(reconciled) is (Place.ATTENTION if others else Place.REJECTED)
    for at in refused:
        source = reconciled.sources[at]
        assert (source.rows_used, source.entries, source.submissions) == (0, 0, 0)
        assert source.rows_set_aside == source.rows_read > more_than
