"""Text that others wrote (cells, file names, Surpass's errors), before it is shown to a person.

What moves a terminal's cursor, turns the direction of writing, or is nothing at all is made
visible, so that text can neither hide a part of itself nor pass for ours: ``AB<U+202E>21``.
"""

from __future__ import annotations

import re

MOST_SHOWN = 2000
"""Characters of one text that a terminal, a log or a message shows."""

# Controls but for tab and line breaks; marks of direction; lines' and paragraphs' separators;
# interlinear and tag characters; halves of characters, and what is no character.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)
_BREAKS = re.compile(r"[\t\r\n]+")


def visible(text: str, most: int = MOST_SHOWN) -> str:
    """The text, cut at ``most`` characters, with all that it holds to be seen."""
    cut = text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"
    return _UNSEEN.sub(_named, cut.replace("\r\n", "\n"))


def in_a_line(text: str, most: int = MOST_SHOWN) -> str:
    """The same in one line: what it says cannot pass for another line of a log."""
    return visible(_BREAKS.sub(" ", text), most)


def _named(unseen: re.Match[str]) -> str:
    return f"<U+{ord(unseen[0]):04X}>"
