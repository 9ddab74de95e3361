"""What the tests of whole stages share, and how they are divided among processes."""

from __future__ import annotations

import gc
import os
import signal
import sys

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from pipeline.sandbox import Sandbox
from pipeline.surpass import Access
from tests.reading_process import end_reading

_ONE_SERVER = "tests/flows/prefect_server/"  # its files share a process
_DIVIDED = "tests/crashpoints/"  # each test by itself: a pair of points and its like take minutes
_LONGEST = (_ONE_SERVER, "tests/flows/", "tests/security/")


@pytest.fixture
def sandbox(surpass: tuple[Sandbox, Access]) -> Sandbox:
    """A module's Surpass, as new."""
    surpass[0].reset()
    return surpass[0]


@pytest.fixture
def login(surpass: tuple[Sandbox, Access], sandbox: Sandbox) -> Access:
    """How to sign in there."""
    return surpass[1]


class _ByFile(LoadFileScheduling):
    """The tests of one file share a process, with its servers; but for the pairs of points."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(_DIVIDED):
            return nodeid
        return _ONE_SERVER if nodeid.startswith(_ONE_SERVER) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByFile:
    """Divide the tests among processes."""
    return _ByFile(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than cores: many a test waits for a server or a command."""
    return 1 + (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First what takes longest: the others are done meanwhile."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONGEST))


def pytest_collection_finish() -> None:
    """What was collected stays: Python need not look through it for garbage again and again."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Let the process that reads files end by itself: what is killed is not counted as executed."""
    end_reading()


# Hundreds of processes are started: each would compile all modules again if none kept the result.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Where the tests run in the background, SIGINT is ignored, and so it is in whatever they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
