"""Engines of ledgers, kept from run to run: an engine remembers how it compiled its statements.

That is most of what a ledger of three rows costs. A server's connection is kept, too: to make one
takes a quarter of a run, and what a dead process had not committed is rolled back in it as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from unittest import mock

import sqlalchemy as sa

from pipeline.ledger import database


@contextmanager
def engines_kept() -> Iterator[None]:
    """Within this block whoever opens a ledger anew gets the engine that it had before."""
    with mock.patch("pipeline.ledger.history.connect", _kept):
        yield


@contextmanager
def looked_into(url: str) -> Iterator[sa.Connection]:
    """The ledger as its database holds it; what is done here is no point of a run."""
    engine = _for_looking(url)
    try:
        with engine.connect() as connection:
            connection.info["harness"] = True
            yield connection
    finally:
        engine.dispose()


@cache
def _kept(url: str, _lost: str | None = None) -> sa.Engine:
    """Its schema was looked at when it was opened first; no run changes it."""
    engine = database.connect(url)
    if engine.dialect.name != "sqlite":
        engine.dispose = _not_yet  # type: ignore[method-assign]  # of this one engine
    return engine


def _not_yet(close: bool = True) -> None:
    """The next run has use for it."""


@cache
def _for_looking(url: str) -> sa.Engine:
    return sa.create_engine(url)
