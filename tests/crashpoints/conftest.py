"""Where the ledgers of these runs lie."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.crashpoints.disks import in_memory
from tests.postgres import postgres_server as postgres_server  # a fixture, by its name


@pytest.fixture(scope="module", autouse=True)
def what_stays_is_not_looked_through() -> Iterator[None]:
    """Each run makes much that goes at once; what all of them share is not looked through again."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    """A folder, in memory where the system has one: tens of thousands of ledgers are written."""
    folder = Path(mkdtemp(prefix="papermarks-", dir=in_memory()))
    yield folder
    shutil.rmtree(folder)
