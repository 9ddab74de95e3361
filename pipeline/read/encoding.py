"""The text of a text file: its encoding is told from its bytes."""

from __future__ import annotations

import codecs
import re

from pipeline.errors import SourceUnreadable

_BOMS = {codecs.BOM_UTF8: "UTF-8-sig", codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_LOOKED_AT = 4096  # bytes that tell UTF-16 without its mark
_MANY, _FEW = 0.4, 0.05  # shares of NULs in UTF-16 of mostly Western letters
_NEITHER = "it is neither a workbook nor text"
_UNKNOWN = (
    "it is text in an encoding that is not known, neither UTF-8 nor Windows-1252 (the bytes cannot "
    "say which): save it as 'CSV UTF-8'"
)
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1a\x1b")
_END_OF_TEXT = re.compile("\x1a[\x1a\\s\x00]*\\Z")  # Ctrl-Z, as old programs end a text


def decoded(content: bytes, encoding: str | None) -> tuple[str, str, tuple[str, ...]]:
    """The text, the name of its encoding, and the codes of what was odd.

    ``encoding`` is the one that a layout fixes. SourceUnreadable where there is no text.
    """
    fixed = encoding or _marked(content) or _unmarked_utf_16(content)
    text, name, oddities = _guessed(content) if fixed is None else _as(content, fixed)
    text = _END_OF_TEXT.sub("", text)
    if "\x00" in text:
        raise SourceUnreadable(_NEITHER)
    return text.removeprefix("\ufeff"), name, oddities


def _marked(content: bytes) -> str | None:
    return next((name for mark, name in _BOMS.items() if content.startswith(mark)), None)


def _unmarked_utf_16(content: bytes) -> str | None:
    """UTF-16 of which half of the bytes are NULs: those of one end of each character."""
    pairs = content[: min(_LOOKED_AT, len(content) // 2 * 2)]
    if not pairs:
        return None
    first, second = (pairs[at::2].count(0) / len(pairs) * 2 for at in (0, 1))
    if first < _FEW and second > _MANY:
        return "UTF-16-LE"
    return "UTF-16-BE" if second < _FEW and first > _MANY else None


def _as(content: bytes, encoding: str) -> tuple[str, str, tuple[str, ...]]:
    name = encoding.removesuffix("-sig")
    try:
        return content.decode(encoding), name, ()
    except LookupError as error:
        raise SourceUnreadable(f"'{encoding}' is not the name of an encoding") from error
    except ValueError as error:
        raise SourceUnreadable(f"it says it is {name}, but is not") from error


def _guessed(content: bytes) -> tuple[str, str, tuple[str, ...]]:
    try:
        return content.decode(), "UTF-8", ()
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "Windows-1252", ("encoding-assumed",)
    except UnicodeDecodeError as error:
        raise SourceUnreadable(_UNKNOWN if _looks_like_text(content) else _NEITHER) from error


def _looks_like_text(content: bytes) -> bool:
    """Whether bytes of no known encoding are lines with separators all the same."""
    lines = content.splitlines()
    divided = any(sign in content for sign in b",;\t")
    return _CONTROLS.isdisjoint(content) and divided and len(lines) > 1
