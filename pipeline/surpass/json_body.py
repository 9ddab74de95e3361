"""JSON as Surpass's answers may hold it, and as requests carry it."""

from __future__ import annotations

import json
import math

import orjson

_MOST_DIGITS = 18  # of a whole number, that every database keeps

# Each digit becomes 0, and all else a blank: so that a long number is found without a pattern.
_DIGITS = bytes(ord("0") if chr(byte) in "0123456789" else ord(" ") for byte in range(256))
_TOO_LONG = b"0" * (_MOST_DIGITS + 1)


def dump(body: object) -> bytes:
    """The body of a request."""
    return orjson.dumps(body)


def load(content: bytes) -> object:
    """The body's JSON; None where it is none, such as an error page of something on the way.

    None too where it holds what JSON has not, or what nothing of ours could keep: NaN, a number
    beyond any range, half of a character.
    """
    if _TOO_LONG not in content.translate(_DIGITS):
        try:
            return orjson.loads(content)
        except ValueError:
            pass  # in another encoding, it may still be JSON
    return _load_with_care(content)


def _load_with_care(content: bytes) -> object:
    """The same, slowly: every number looked at."""
    try:
        body = json.loads(
            content, parse_constant=_refused, parse_float=_float, parse_int=_whole_number
        )
        if b"\\ud" in content.lower():
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):  # the latter: nested beyond all reason
        return None
    return body


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond any range")
    return number


def _whole_number(text: str) -> int:
    if len(text.removeprefix("-")) > _MOST_DIGITS:
        raise ValueError("a number beyond any range")
    return int(text)
