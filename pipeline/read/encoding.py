"""The text of a text file: its encoding is told from its bytes."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from pipeline.errors import SourceUnreadable
from pipeline.read.code_pages import likely_pages

_BOMS = {codecs.BOM_UTF8: "UTF-8-sig", codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_LOOKED_AT = 4096  # bytes that tell UTF-16 without its mark
_MANY, _FEW = 0.4, 0.05  # shares of NULs in UTF-16 of mostly Western letters
_NEITHER = "it is neither a workbook nor text"
_UNKNOWN = (
    "it is text in an encoding that is not known, neither UTF-8 nor Windows-1252 ({why}): save it "
    "as 'CSV UTF-8'"
)
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1a\x1b")
_END_OF_TEXT = re.compile("\x1a[\x1a\\s\x00]*\\Z")  # Ctrl-Z, as old programs end a text


@dataclass(frozen=True)
class Decoded:
    """A text, and how it was read."""

    text: str
    encoding: str  # its name
    assumed: bool = False  # whether the bytes do not say it
    looks_like: str = ""  # the code pages that it looks like, where that is another


def decoded(content: bytes, encoding: str | None) -> Decoded:
    """The text of these bytes. SourceUnreadable where there is none.

    ``encoding`` is the one that a layout fixes.
    """
    fixed = encoding or _marked(content) or _unmarked_utf_16(content)
    found = _guessed(content) if fixed is None else _as(content, fixed)
    text = _END_OF_TEXT.sub("", found.text)
    if "\x00" in text:
        raise SourceUnreadable(_NEITHER)
    return replace(found, text=text.removeprefix("\ufeff"))


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


def _as(content: bytes, encoding: str) -> Decoded:
    name = encoding.removesuffix("-sig")
    try:
        return Decoded(content.decode(encoding), name)
    except LookupError as error:
        raise SourceUnreadable(f"'{encoding}' is not the name of an encoding") from error
    except ValueError as error:
        raise SourceUnreadable(f"it says it is {name}, but is not") from error


def _guessed(content: bytes) -> Decoded:
    try:
        return Decoded(content.decode(), "UTF-8")
    except UnicodeDecodeError:
        pass
    pages = " or ".join(likely_pages(content))
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        if not _looks_like_text(content):
            raise SourceUnreadable(_NEITHER) from error
        why = f"it looks like {pages}" if pages else "the bytes cannot say which"
        raise SourceUnreadable(_UNKNOWN.format(why=why)) from error
    return Decoded(text, "Windows-1252", assumed=True, looks_like=pages)


def _looks_like_text(content: bytes) -> bool:
    """Whether bytes of no known encoding are lines with separators all the same."""
    lines = content.splitlines()
    divided = any(sign in content for sign in b",;\t")
    return _CONTROLS.isdisjoint(content) and divided and len(lines) > 1
