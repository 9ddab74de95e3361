"""JSON of an answer: read fast, and judged as the standard library with care would."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.surpass import json_body

_NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20), st.floats(allow_nan=True), st.sampled_from(["1e400", "-0"])
)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)


@given(_VALUES, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]), st.booleans())
def test_it_is_what_careful_reading_makes_of_it(value: Any, encoding: str, ascii_: bool) -> None:
    content = json.dumps(value, ensure_ascii=ascii_).encode(encoding, "replace")
    assert json_body.load(content) == json_body._load_with_care(content)


@pytest.mark.parametrize(
    ("content", "body"),
    [
        pytest.param(b"123456789012345678", 123456789012345678, id="18 digits"),
        pytest.param(b"-123456789012345678", -123456789012345678, id="18 digits and a sign"),
        pytest.param(b"1234567890123456789", None, id="more than any database keeps"),
        pytest.param(b'"1234567890123456789"', "1234567890123456789", id="as text"),
        pytest.param(b"0.1234567890123456789", 0.1234567890123456789, id="behind the point"),
        pytest.param(b"1e400", None, id="beyond any range"),
        pytest.param(b"NaN", None, id="no number"),
        pytest.param(b'"\\ud800"', None, id="half of a character"),
        pytest.param(b"[" * 100_000, None, id="nested beyond all reason"),
        pytest.param(b"<html>", None, id="a page"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_what_is_no_json_of_ours_is_none(content: bytes, body: object) -> None:
    assert json_body.load(content) == body
