from collections.abc import Iterator

import pytest

from tests.reading_process import end_reading


@pytest.fixture(autouse=True, scope="module")
def _reading_ends_by_itself() -> Iterator[None]:
    """Tests of other folders kill the process that reads."""
    yield
    end_reading()
