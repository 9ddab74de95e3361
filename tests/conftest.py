"""What the tests of whole stages share: a module's ``surpass``, as new for each test."""

from __future__ import annotations

import signal

import pytest

from pipeline.sandbox import Sandbox
from pipeline.surpass import Access
from tests.reading_process import end_reading


@pytest.fixture
def sandbox(surpass: tuple[Sandbox, Access]) -> Sandbox:
    surpass[0].reset()
    return surpass[0]


@pytest.fixture
def login(surpass: tuple[Sandbox, Access], sandbox: Sandbox) -> Access:
    return surpass[1]


def pytest_sessionfinish() -> None:
    """Let the process that reads files end by itself: what is killed is not counted as executed."""
    end_reading()


# Where the tests run in the background, SIGINT is ignored, and so it is in whatever they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
