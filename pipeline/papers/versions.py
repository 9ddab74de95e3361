"""Number the questions as the paper does, where a version of it has them in another order.

It is done before anything is written to the ledger: what is sent, and what is known to have been
sent, goes by the paper's own numbers. What cannot be numbered stays as it is, and the check holds
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from pipeline.concurrently import concurrently
from pipeline.errors import SurpassError
from pipeline.findings import endings
from pipeline.model import Validated
from pipeline.papers.paper import Paper, Papers
from pipeline.surpass import Surpass
from pipeline.surpass.circuit_breaker import CircuitBreaker
from schemas.columns import category, distinct
from schemas.frames import DataFrame, NumberedEntry, typed


async def number_by_paper(
    read: Validated, papers: Papers, surpass: Surpass | None, breaker: CircuitBreaker
) -> Validated:
    """The entries of versions that a definition knows, by the paper's question numbers.

    Only Surpass tells a session's test form, so each such session is read once more for it.
    """
    if surpass is None or not papers.with_versions:
        return read
    stopped = {ending.submission for ending in endings(read.findings)}
    entries = read.entries
    sought = entries[~entries["submission"].isin(stopped) & is_by_position(entries)]
    firsts = sought.drop_duplicates("submission")
    keycodes = dict(zip(firsts["submission"].tolist(), firsts["keycode"].tolist(), strict=True))
    known = await _papers_of(keycodes, papers, surpass, breaker)
    return replace(read, entries=typed(_renumbered(entries, known), NumberedEntry))


def is_by_position(entries: DataFrame[NumberedEntry]) -> pd.Series[bool]:
    """Which entries are of a version, and numbered by their position in it."""
    return (entries["version"] != "") & ~entries["renumbered"].astype(bool)


async def _papers_of(
    keycodes: Mapping[int, str], papers: Papers, surpass: Surpass, breaker: CircuitBreaker
) -> dict[int, Paper]:
    """The papers with versions, by submission. A session that cannot be read has none."""

    async def ask(number: int, keycode: str) -> tuple[int, Paper | None]:
        try:
            async with breaker.slot():
                return number, papers.of(await surpass.session(keycode, additional=False))
        except SurpassError:
            return number, None  # the check reads it again, and tells why not

    replies = await concurrently(ask(*each) for each in keycodes.items())
    return {number: paper for number, paper in replies if paper is not None and paper.versions}


def _renumbered(
    entries: DataFrame[NumberedEntry], papers_of: Mapping[int, Paper]
) -> DataFrame[NumberedEntry]:
    """With the paper's numbers in the submissions of which every question has one."""
    files = {number: paper.file for number, paper in papers_of.items()}
    papers = {paper.file: paper for paper in papers_of.values()}
    numbering = pd.DataFrame(
        [
            (file, version, position, question)
            for file, paper in papers.items()
            for version, positions in paper.versions.items()
            for position, question in positions.items()
        ],
        columns=["paper", "folded", "question", "number"],
        dtype=object,
    )
    by_position = entries.loc[
        entries["submission"].isin(papers_of), ["submission", "version", "question"]
    ]
    by_position = by_position.assign(
        paper=by_position["submission"].map(files).astype(object),
        folded=by_position["version"].str.casefold(),
    )
    numbers = by_position.merge(numbering, how="left")["number"].set_axis(by_position.index)
    single = by_position.groupby("submission")["folded"].transform("nunique") == 1
    complete = single & numbers.notna().groupby(by_position["submission"]).transform("all")
    numbered = numbers[complete]
    questions = entries["question"].astype(object)
    questions[numbered.index] = numbered
    renumbered = entries["renumbered"].astype(bool) | entries.index.isin(numbered.index)
    return entries.assign(
        question=category(*distinct(questions), entries.index), renumbered=renumbered
    )
