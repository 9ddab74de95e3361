"""The address of a list's next page, as Surpass gives it, and whether it may be followed."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pipeline.errors import NotUnderstood

if TYPE_CHECKING:
    import httpx

_MAX_PAGES = 25_000  # of a list: a million sessions


def next_page_address(link: str | None, visited: Collection[str], base: httpx.URL) -> str | None:
    """The next page's address, which must lie where the first did: our password goes along."""
    if not link:
        return None
    import httpx  # here: a command that asks Surpass nothing starts sooner

    try:
        url = base.join(link)
    except httpx.InvalidURL as error:
        raise NotUnderstood("the next page of the list has no valid address") from error
    if (url.scheme, base.scheme) == ("http", "https") and url.port in (None, base.port):
        # Written by what stands behind a TLS proxy.
        url = url.copy_with(scheme="https", port=base.port)
    if (url.scheme, url.netloc) != (base.scheme, base.netloc):
        raise NotUnderstood("the next page of the list lies on another server")
    if str(url) in visited:
        raise NotUnderstood("the pages of the list go round in a circle")
    if len(visited) >= _MAX_PAGES:
        raise NotUnderstood(f"the list has over {_MAX_PAGES} pages")
    return str(url)
