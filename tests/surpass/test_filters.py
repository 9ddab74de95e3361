"""What a list is filtered by, and how that goes out."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from flows.cli.session import list_sessions
from pipeline.errors import InputError
from pipeline.surpass import filters
from tests.serving import access, all_of, asked, reply, saying
from tests.surpass.answers import SESSION

# As a filter takes them: plain values bare, others in quotes, blanks as %20.
FILTERS: dict[str, tuple[dict[str, str | int], str]] = {
    "plain": ({"centre/reference": "12345"}, "centre/reference eq 12345"),
    "plain, with signs": ({"test/reference": "BIO_1.a-b"}, "test/reference eq BIO_1.a-b"),
    "plus": ({"centre/reference": "C+1"}, "centre/reference eq C+1"),
    "a blank": ({"centre/reference": "North 1"}, "centre/reference eq 'North 1'"),
    "letters of other alphabets": (
        {"candidate/reference": "Žižek"},
        "candidate/reference eq 'Žižek'",
    ),
    "signs of an address": ({"candidate/reference": "a&b=c#d"}, "candidate/reference eq 'a&b=c#d'"),
    "and within a word": ({"candidate/reference": "SANDY"}, "candidate/reference eq SANDY"),
    "two conditions": (
        {"centre/reference": "C 1", "state": 19},
        "centre/reference eq 'C 1' and state eq 19",
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_values_of_a_filter_are_quoted_and_encoded(name: str) -> None:
    where, written = FILTERS[name]
    with saying(reply(SESSION)) as server:
        asked(access(server.url), lambda surpass: all_of(surpass.sessions(where)))
    query = server.requests[0].target.partition("?")[2]
    (sent,) = (part.partition("=")[2] for part in query.split("&") if "filter=" in part)
    assert unquote(sent) == written  # no '+' stands for a blank
    assert " " not in sent
    assert "%20" in sent


UNSAYABLE = ["North and South", "NORTH AND SOUTH", "O'Neill", ""]


@pytest.mark.parametrize("value", UNSAYABLE)
def test_what_a_filter_cannot_say_is_not_asked_for(value: str) -> None:
    assert not filters.can_ask_for(value)
    with saying(reply(SESSION)) as server:
        with pytest.raises(ValueError, match="cannot ask for a centre/reference"):
            asked(
                access(server.url),
                lambda surpass: all_of(surpass.sessions({"centre/reference": value})),
            )
        assert server.requests == []
    with pytest.raises(InputError, match="no quote and no ' and '"):
        list_sessions([f"centre/reference={value}"])
