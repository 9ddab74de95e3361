"""Prepare: source files to validated submissions. All that needs no Surpass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from pipeline.errors import SourceUnreadable
from pipeline.facts import Interpreted, SourceFile, Validated
from pipeline.interpret import Blanks, interpret, shipped, unused
from pipeline.read import identify, tables
from pipeline.validate import validate


def prepare(paths: Sequence[Path], blanks: Blanks, advance: Callable[[], None]) -> Validated:
    """Read, interpret and validate every file. What cannot be read is a finding, not an end."""
    seen: dict[str, SourceFile] = {}
    sources = []
    for path, name in zip(paths, _names(paths), strict=True):
        sources.append(_interpreted(path, name, blanks, seen))
        advance()
    return validate(sources)


def _interpreted(path: Path, name: str, blanks: Blanks, seen: dict[str, SourceFile]) -> Interpreted:
    try:
        source = identify(path, name)
        sheets, oddities = tables(source)
    except SourceUnreadable as error:
        nothing = SourceFile(path, name, sha256="")
        return unused(nothing, (), "file-unreadable", "", why=str(error))
    if source.sha256 in seen:
        other = seen[source.sha256].name
        return unused(source, sheets, "file-repeated", f"same bytes as {other}", other=other)
    seen[source.sha256] = source
    return interpret(source, sheets, oddities, shipped(), blanks)


def _names(paths: Sequence[Path]) -> list[str]:
    """What reports call the files: their names; with the folder too where two share a name.

    Each is another, even for a file that is given twice, and can be written as UTF-8.
    """
    shared = Counter(path.name for path in paths)
    names: list[str] = []
    for path in paths:
        name = path.name if shared[path.name] == 1 else str(path)
        name = name.encode(errors="replace").decode()
        again = (f"{name} ({number})" for number in count(2))
        names.append(name if name not in names else next(n for n in again if n not in names))
    return names
