"""Names of files in the drop folder: which are ignored, and a second of the same name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import count
from pathlib import Path, PurePath

from pipeline.read.slip import ENDING as SLIP
from schemas.words import REPORT_DATA, REPORT_PAGE, REPORT_WORKBOOK

REPORTS = (REPORT_PAGE, REPORT_WORKBOOK, REPORT_DATA)
BESIDE = (REPORT_PAGE,)  # of these, what lies beside a file in attention/
RECEIPT = ".receipt.txt"  # behind the name of a file, as that of its slip
_NUMBERED = re.compile(r"(.*) \(\d+\)(\.[^.]*)?", re.DOTALL)
_LONGEST_NAME, _LONGEST_SUFFIX = 255, 100  # bytes; what is longer is no ending
NOTE = "papermarks.txt"  # in their place, where there is none

# Written by programs for themselves, or while a file is on its way; and our own reports, which come
# back when somebody drops a whole folder of attention/ again.
_IGNORED = (
    ".*",
    "~*",
    "*~",
    "*.tmp",
    "*.temp",
    "*.part",
    "*.partial",
    "*.filepart",
    "*.crdownload",
    "*.download",
    "*.opdownload",
    "*.!ut",
    "*.swp",
    "*.lock",
    "*.lnk",
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "icon\r",
    *REPORTS,
    NOTE,
    f"*{RECEIPT}",
    f"*{SLIP}",
)


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name stays where it is."""
    return any(fnmatchcase(name.lower(), pattern) for pattern in _IGNORED)


def is_report(name: str) -> bool:
    """Whether it is one of ours, which lie beside a file in attention/ or done/."""
    folded = name.lower()
    return folded in (*REPORTS, NOTE) or folded.endswith(RECEIPT)


def is_slip(name: str) -> bool:
    """Whether it is the slip of a file, which says what its sender counted."""
    return name.lower().endswith(SLIP)


def slip_of(name: str) -> str:
    """The name of the file whose slip it is."""
    return name[: -len(SLIP)]


def numbered(path: Path) -> Iterator[Path]:
    """The path itself, then ``marks (2).csv``, ``marks (3).csv``, …, of which one is free."""
    yield path
    stem, suffix = path.stem, path.suffix
    if len(os.fsencode(suffix)) > _LONGEST_SUFFIX:
        stem, suffix = path.name, ""
    for number in count(2):
        yield path.with_name(_shortened(stem, f" ({number}){suffix}"))


def unnumbered(name: str) -> str:
    """The name without the number that `numbered` gave it, if any."""
    found = _NUMBERED.fullmatch(name)
    return name if found is None else f"{found[1]}{found[2] or ''}"


def _shortened(stem: str, end: str) -> str:
    """A name with this end that a file system takes: most of them count its bytes."""
    while len(os.fsencode(stem + end)) > _LONGEST_NAME:
        stem = stem[:-1]
    return stem + end


def printable(path: PurePath) -> str:
    """A path as a line of text: whatever its bytes are, it can be printed, and is one line."""
    text = path.as_posix().encode(errors="replace").decode()
    return "".join(letter if letter.isprintable() else "?" for letter in text)
