"""Sessions that may stand elsewhere too: in a sheet that was not used, in an id that is none."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.findings import concat_findings, make_findings
from pipeline.model import Interpreted, cell_of
from pipeline.named_sessions import ids_within
from schemas.columns import as_objects, distinct, matches
from schemas.entries import KEYCODE
from schemas.frames import DataFrame, Finding, NumberedEntry

_LOOK_ALIKES = str.maketrans("01", "OI")


def look_alikes(entries: DataFrame[NumberedEntry]) -> DataFrame[Finding]:
    """Keycodes of this run that a tired eye takes for one another."""
    keycodes = pd.Series(distinct(entries["keycode"])[1], dtype=object)
    keycodes = keycodes[matches(keycodes, KEYCODE)]
    alike = keycodes[keycodes.str.translate(_LOOK_ALIKES).duplicated(keep=False)]
    if alike.empty:
        return concat_findings([])
    firsts = entries[entries["keycode"].isin(alike)].drop_duplicates("keycode")
    firsts = as_objects(firsts).assign(
        column=firsts["id_column"].astype(object),
        question=None,
        seen_as=firsts["keycode"].astype(object).str.translate(_LOOK_ALIKES),
    )
    twins = firsts.groupby("seen_as")["keycode"].agg(list)
    other = [
        ", ".join(code for code in twins[seen_as] if code != this_one)
        for this_one, seen_as in zip(firsts["keycode"], firsts["seen_as"], strict=True)
    ]
    return make_findings("keycode-look-alike", firsts, other=other)


def in_unused_sheets(
    sources: Sequence[Interpreted], entries: DataFrame[NumberedEntry]
) -> DataFrame[Finding]:
    """Sessions of which a part may stand where nothing could be used."""
    unused = pd.concat([source.unused for source in sources], ignore_index=True)
    if unused.empty:
        return concat_findings([])
    unused = unused.drop_duplicates("keycode").set_index("keycode")
    there = entries["keycode"].isin(unused.index) | entries["candidate"].isin(unused.index)
    firsts = as_objects(entries[there].drop_duplicates("submission"))
    keycodes = firsts["keycode"]
    firsts["unused"] = keycodes.where(keycodes.isin(unused.index), firsts["candidate"])
    places = unused.loc[firsts["unused"]].to_dict("records")
    return make_findings(
        "session-elsewhere",
        firsts.assign(column=firsts["id_column"], question=None, whose=firsts["unused"]),
        other=[cell_of(place) for place in places],
    )


def in_other_ids(entries: DataFrame[NumberedEntry]) -> DataFrame[Finding]:
    """Sessions whose id is a part of another row's, as in ``B10P1AAB (amended)``.

    Nobody is found by such an id. Its marks may be those that count.
    """
    if matches(entries["keycode"], KEYCODE).all():
        return concat_findings([])
    ids = as_objects(entries.drop_duplicates("submission"))
    nobodys = (~matches(ids["keycode"], KEYCODE)).nonzero()[0].tolist()
    whole = ids["keycode"].where(ids["keycode"] != "", ids["candidate"])
    at_of: dict[str, int] = {}
    for column in (ids["id_text"], whole, ids["candidate"]):
        at_of |= {str(text).strip().upper(): at for at, text in enumerate(column)}
    found: dict[int, int] = {}
    for at in nobodys:
        parts = {part.upper() for part in ids_within(ids["id_text"].iloc[at])}
        named = {at_of[part] for part in parts & at_of.keys()} - {at}
        found |= dict.fromkeys(named, at)
    firsts = ids.iloc[[*found]]
    others = ids.iloc[[*found.values()]].assign(column=lambda rows: rows["id_column"])
    return make_findings(
        "id-within-another",
        firsts.assign(column=firsts["id_column"], question=None, whose=whole.iloc[[*found]]),
        text=others["id_text"].tolist(),
        other=[cell_of(place) for place in others.to_dict("records")],
    )
