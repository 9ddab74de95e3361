"""Which sessions are named: by a keycode, or by a candidate's reference that is to be looked up."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.columns import as_objects, first_of, groups, matches
from schemas.entries import KEYCODE
from schemas.frames import UNUSED, DataFrame, UnusedKeycode, typed


def session_numbers(rows: pd.DataFrame) -> NDArray[np.int64]:
    """The number of the session that each row or entry names, from 0 as they come.

    A candidate whose session is not known is one for all rows of the same test and centre. A row
    that names nobody is one of its own: two such rows are not known to be one candidate.
    """
    named, known = (rows["keycode"] != "").to_numpy(), groups([rows["keycode"]])
    if named.all():
        return known
    unfound = ~named & (rows["candidate"] != "").to_numpy()
    candidates = groups([rows[name] for name in ("candidate", "test", "centre")])
    numbers, what = np.where(named, known, candidates), np.where(named, 0, 1)
    if not (named | unfound).all():
        places = groups([rows[name] for name in ("file", "sheet", "row")])
        numbers = np.where(named | unfound, numbers, places)
        what = np.where(named | unfound, what, 2)
    return groups([pd.Series(what), pd.Series(numbers)])


def ids_of(rows: pd.DataFrame) -> DataFrame[UnusedKeycode]:
    """Where each id of the rows or entries stands first; and what may be one within another."""
    whose = ["keycode", "candidate", "id_text"]
    firsts = first_of(groups([rows[name] for name in whose]))
    ids = rows[["file", "sheet", "row", "id_column", *whose]].iloc[firsts]
    ids = as_objects(ids.rename(columns={"id_column": "column"}))
    nobodys = ids[~matches(ids["keycode"], KEYCODE)]
    within = [ids_within(text) for text in nobodys["id_text"]]
    parts = nobodys.assign(keycode=pd.Series(within, nobodys.index, dtype=object))
    parts = parts.explode("keycode").dropna(subset="keycode")
    found = pd.concat(
        [
            each.loc[each["keycode"] != "", UNUSED]
            for each in (
                ids,
                ids.assign(keycode=ids["candidate"]),
                parts,
                parts.assign(keycode=parts["keycode"].astype(object).str.upper()),
            )
        ],
        ignore_index=True,
    )
    return typed(found.drop_duplicates("keycode"), UnusedKeycode)


def ids_within(text: str) -> list[str]:
    """The parts of an id that may be ids themselves, as in ``B10P1AAB (amended)``."""
    return [part for part in _PART.findall(text) if _IS_ID.match(part.upper())]


_PART = re.compile(r"[^\W_]+(?:[-_/.][^\W_]+)*")
_IS_ID = re.compile(rf"{KEYCODE}$|(?=.{{4}})(?:[^0-9]*[0-9]){{2}}")  # no word, no row's number
