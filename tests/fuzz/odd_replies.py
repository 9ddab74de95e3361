"""Replies that no Surpass ever gave: any status, any headers, and bodies of every odd kind.

None of them is a lie that is told well: what a reply says in the documented form was true.
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

_STATUSES = (
    200, 200, 200, 201, 202, 203, 204, 205, 206, 226, 299, 300, 301, 302, 303, 304, 307, 308, 400,
    400, 403, 404, 404, 405, 406, 408, 409, 410, 411, 413, 415, 418, 422, 423, 425, 428, 429, 431,
    451, 499, 500, 500, 501, 502, 503, 503, 504, 505, 507, 511, 520, 599, 600, 999,
)  # fmt: skip
_WAITS = (
    "0",
    "1",
    "7",
    "-1",
    "soon",
    "1e9",
    "9" * 500,
    "\u0665",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "",
)
_ENCODINGS = ("utf-16", "utf-8-sig", "utf-32")
_HEADERS: dict[str, tuple[str, ...]] = {
    "Content-Type": ("application/json", "text/html", "application/xml", "x" * 5000, "a/b;c=\xff"),
    "Content-Encoding": ("identity", "gzip", "deflate", "br", "zstd", "odd", "gzip, gzip"),
    "Location": ("/login", "https://elsewhere.invalid/", "http://", "\x01", "//", "javascript:1"),
    "Set-Cookie": ("a=b", "=", ";" * 100, "a=b; Max-Age=x; Domain=elsewhere.invalid"),
    "Date": ("", "today", "Thu, 99 Foo 2026", "0"),
    "Link": ("<x>; rel=next",),
    "WWW-Authenticate": ("Negotiate", "Basic realm=\"", ""),
    "X-Odd": ("\u00ff" * 10, "y" * 60_000, ""),
}  # fmt: skip
_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 0.5, 1e308, 10**17, 10**30, float("nan"), float("inf"), "", " ", "1",
    "null", "\ud800", "\x00", "\u202e", "x" * 3000, [], [[]], [None], {}, {"": None},
    {"Value": "A"},
    [{"ErrorCode": "x", "Message": None}], [{"Message": "[/red]\x1b[31m"}], {"a": {"b": [1, {}]}},
)  # fmt: skip


@dataclass(frozen=True)
class OddReply:
    """What comes back, and what it was made from."""

    kind: str
    status: int
    headers: dict[str, str]
    content: bytes
    is_refusal: bool  # in the documented form: it says that nothing was taken


def odd_reply(draw: Random, truth: tuple[int, bytes]) -> OddReply:
    """A reply in place of the true one."""
    kind = draw.choice(sorted(_BODIES))
    content = _BODIES[kind](draw, truth[1])
    status = truth[0] if draw.random() < 0.4 else draw.choice(_STATUSES)
    headers = {
        name: draw.choice(_HEADERS[name])
        for name in draw.sample(sorted(_HEADERS), draw.randint(0, 3))
    }
    if draw.random() < 0.2:
        headers["Retry-After"] = draw.choice(_WAITS)
    refusal = status == 429 or (status == 503 and "Retry-After" in headers) or _has_errors(content)
    if headers.get("Content-Encoding") == "gzip" and draw.random() < 0.7:
        content = gzip.compress(content)
    return OddReply(kind, status, headers, content, refusal)


def _has_errors(content: bytes) -> bool:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(body, dict) and bool(body.get("errors"))


def _edited(draw: Random, content: bytes) -> bytes:
    edited = bytearray(content)
    for _ in range(draw.randint(1, 6)):
        at = draw.randint(0, len(edited))
        edited[at : at + draw.randint(0, 6)] = draw.randbytes(draw.randint(0, 4))
    return bytes(edited)


def _changed(draw: Random, content: bytes) -> bytes:
    """The reply's JSON with one to three of its values replaced, left out or given twice."""
    try:
        body = json.loads(content)
    except ValueError:
        return _edited(draw, content)
    for _ in range(draw.randint(1, 3)):
        body = _with_one_changed(draw, body)
    return json.dumps(body).encode()


def _with_one_changed(draw: Random, body: Any) -> Any:
    changed = copy.deepcopy(body)
    places: list[tuple[Any, Any]] = []
    _walk(changed, places)
    if not places:
        return draw.choice(_ODD)
    holder, key = draw.choice(places)
    way = draw.random()
    if way < 0.2:
        del holder[key]
    elif way < 0.3 and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    else:
        holder[key] = copy.deepcopy(draw.choice(_ODD))
    return changed


def _walk(body: Any, places: list[tuple[Any, Any]]) -> None:
    parts = (
        body.items()
        if isinstance(body, dict)
        else enumerate(body)
        if isinstance(body, list)
        else ()
    )
    for key, value in [*parts]:
        places.append((body, key))
        _walk(value, places)


def _deep(draw: Random, _: bytes) -> bytes:
    depth = draw.choice((10, 2_000, 100_000))
    return draw.choice((b"[", b'{"response":')) * depth


_BODIES: dict[str, Callable[[Random, bytes], bytes]] = {
    "true": lambda _, true: true,
    "edited": _edited,
    "changed": _changed,
    "changed more": lambda draw, true: _changed(draw, _changed(draw, true)),
    "cut": lambda draw, true: true[: draw.randint(0, len(true))],
    "empty": lambda *_: b"",
    "page": lambda *_: b"<html><body><h1>Request Rejected</h1></body></html>",
    "noise": lambda draw, _: draw.randbytes(draw.choice((1, 10, 1000))),
    "deep": _deep,
    "other encoding": lambda draw, true: true.decode().encode(draw.choice(_ENCODINGS)),
    "value": lambda draw, _: json.dumps(draw.choice(_ODD)).encode(),
    "twice": lambda _, true: true * 2,
    "nothing there": lambda *_: json.dumps({"response": [], "errors": None}).encode(),
    "errors": lambda draw, _: json.dumps({"errors": draw.choice(_ODD)}).encode(),
}  # fmt: skip
