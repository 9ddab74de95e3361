"""What the tests of whole stages share: a module's ``surpass``, as new for each test."""

from __future__ import annotations

import pytest

from pipeline.sandbox import Sandbox
from pipeline.surpass import Access


@pytest.fixture
def sandbox(surpass: tuple[Sandbox, Access]) -> Sandbox:
    surpass[0].reset()
    return surpass[0]


@pytest.fixture
def login(surpass: tuple[Sandbox, Access], sandbox: Sandbox) -> Access:
    return surpass[1]
