"""Ask Surpass, and take each answer as it comes: what is odd about it is what is looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from pipeline.surpass import Access

_LIST_SIZE = 40  # sessions of a list
Body = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """One HTTP answer as it came."""

    status: int
    body: Body | None  # None where it is no JSON object

    @property
    def sessions(self) -> tuple[Body, ...]:
        """The sessions in the answer, from its field ``response``."""
        response = (self.body or {}).get("response")
        return tuple(element for element in as_list(response) if isinstance(element, Mapping))

    @property
    def has_errors(self) -> bool:
        """Whether the answer carries errors of Surpass's own."""
        return bool((self.body or {}).get("errors"))

    @property
    def is_good(self) -> bool:
        """Whether the answer brings what was asked for."""
        return self.status == HTTPStatus.OK and self.body is not None and not self.has_errors


# --- asking


def client(access: Access) -> httpx.Client:
    """A client of its own, that retries nothing."""
    return httpx.Client(
        base_url=access.url.rstrip("/").removesuffix("/api/v2") + "/api/v2/",
        auth=httpx.BasicAuth(access.username, access.password),
        headers={"accept": "application/json", "accept-language": "en-GB"},
        timeout=access.timeout,
    )


def path(resource: str, key: str) -> str:
    """The address of one thing."""
    return f"{resource}/{quote(key, safe='')}"


def get_list(http: httpx.Client, where: str | None = None, top: int = _LIST_SIZE) -> Answer:
    """The list of sessions that meet this filter."""
    # Written by hand: the clients that are known send a blank as %20, never as +.
    narrowed = f"&$filter={quote(where, safe='/')}" if where else ""
    return get(http, "TestSession", f"$top={top}&includeAdditionalInfo=true{narrowed}")


def get(http: httpx.Client, path: str, query: str = "") -> Answer:
    """One answer, whatever it is."""
    answer = http.get(f"{path}?{query}" if query else path)
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        body = None
    return Answer(answer.status_code, body if isinstance(body, dict) else None)


def as_list(value: object) -> Sequence[object]:
    """The elements; none where it is no list."""
    return value if isinstance(value, list) else ()
