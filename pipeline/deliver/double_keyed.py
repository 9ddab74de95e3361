"""Double keying: a session is sent once two keyings of it, A and B, say the same.

The other keying is looked for in the ledger, which has every entry that was ever read: the last one
of the session from a file of the other letter. So each of the two files may come first, and may be
mended and come again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from pipeline.findings import concat_findings, make_findings
from pipeline.model import AlreadySent, Submission
from pipeline.validate.keyings import (
    Keying,
    Verdict,
    compare_keyings,
    keying_of,
    other_keying,
)
from schemas.frames import DataFrame, Entry, Finding, NumberedEntry

LastKeyings = Callable[[Collection[str], Callable[[str], bool]], DataFrame[Entry]]
"""The entries of these sessions in the last file that has them and whose name is such a one."""

_NO_NAME = "the name of its file must end in A or B, such as marks A.xlsx and marks B.xlsx"


def held_for_second_keying(
    submissions: Sequence[Submission],
    entries: DataFrame[NumberedEntry],
    known: AlreadySent,
    last_keyings: LastKeyings,
) -> AlreadySent:
    """What is ``known``, and findings for all others of which both keyings do not say the same."""
    open_ = [one.number for one in submissions if one.number not in known.numbers]
    mine = entries[entries["submission"].isin(open_)]
    letters = {name: keying_of(str(name)) for name in mine["file"].unique()}
    keyings = mine["file"].map(letters)
    parts = [_missing(mine[keyings.isna()], _NO_NAME)]
    for keying in ("A", "B"):
        of_keying = mine[keyings == keying]
        if not of_keying.empty:
            wanted = other_keying(keying)
            keycodes = of_keying["keycode"].unique().tolist()
            other = last_keyings(keycodes, partial(_is_keying, wanted))
            parts += _compared(of_keying, other, wanted)
    findings = concat_findings(parts)
    return replace(
        known,
        findings=concat_findings([known.findings, findings]),
        numbers=known.numbers | {int(number) for number in findings["submission"].dropna()},
    )


def _is_keying(wanted: Keying, name: str) -> bool:
    return keying_of(name) == wanted


def _compared(
    mine: DataFrame[NumberedEntry], other: DataFrame[Entry], keying: Keying
) -> list[DataFrame[Finding]]:
    there = mine["keycode"].isin(other["keycode"])
    why = f"no file of keying {keying} has it yet"
    parts = [_missing(mine[~there], why)]
    if there.any():
        parts += _differing(mine[there], other, keying)
    return parts


def _missing(entries: DataFrame[NumberedEntry], why: str) -> DataFrame[Finding]:
    """The sessions, as places that are in no cell: nothing is wrong in the file."""
    places = entries.drop_duplicates("submission").assign(
        sheet="", row=None, column=None, question=None
    )
    return make_findings("second-keying-missing", places, why=why)


def _differing(
    mine: DataFrame[NumberedEntry], other: DataFrame[Entry], keying: Keying
) -> list[DataFrame[Finding]]:
    compared = compare_keyings(mine, other)
    differ = compared[compared["verdict"] != str(Verdict.SAME)]
    if differ.empty:
        return []
    said = {
        (str(one["keycode"]), str(one["question"])): _other_says(one)
        for one in differ.to_dict("records")
    }
    cells = mine.drop_duplicates(["keycode", "question"])
    keys = list(zip(cells["keycode"], cells["question"], strict=True))
    here = cells[[key in said for key in keys]]
    others = [said[key] for key in keys if key in said]
    parts = [make_findings("second-keying-differs", here, keying=keying, other=others)]
    # Questions that the other has alone: told where the row says whose it is.
    alone = differ[differ["verdict"] == str(Verdict.ONLY_B)]
    firsts = mine.drop_duplicates("keycode").set_index("keycode", drop=False)
    at = firsts.loc[alone["keycode"].tolist()].assign(question=alone["question"].tolist())
    at = at.assign(column=at["id_column"], text="").reset_index(drop=True)
    values = [said[str(one["keycode"]), str(one["question"])] for one in alone.to_dict("records")]
    return [*parts, make_findings("second-keying-differs", at, keying=keying, other=values)]


def _other_says(one: Mapping[object, object]) -> str:
    if one["verdict"] == str(Verdict.ONLY_A):
        return "not there"
    if one["verdict"] == str(Verdict.TWICE):
        return "there more than once"
    return f"'{one['b']}' ({one['cell_b']})"
