"""Prepare: source files to entries. All that needs neither Surpass nor the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path

from pipeline.errors import PapermarksError, SourceUnreadable, defect
from pipeline.interpret import Reading, ReadingOptions, interpret, unused
from pipeline.interpret.mended import interpret_any
from pipeline.machine_faults import explain, system_error
from pipeline.model import Interpreted, SourceFile
from pipeline.read import FileReader, ReadLimits, identify_and_read, tables
from pipeline.read.kinds import is_packed
from pipeline.read.limits import DEFAULTS
from pipeline.read.slip import slip_beside
from schemas.layout import Layout, Text

Keep = Callable[[str, bytes], None]
"""What keeps a source file: its SHA-256, its bytes."""


def prepare(
    paths: Sequence[Path],
    layouts: Sequence[Layout],
    options: ReadingOptions,
    advance: Callable[[], None],
    names: Sequence[str] = (),
    limits: ReadLimits = DEFAULTS,
    keep: Keep | None = None,
) -> tuple[Interpreted, ...]:
    """Read and interpret every file. What cannot be read is a finding, not an end.

    ``names`` is what reports call the files, where that is not what they are called on the disk.
    ``keep`` is given each file's bytes before they are interpreted; its errors end the run.
    """
    seen: dict[str, SourceFile] = {}
    how = _How(layouts, replace(options, alone=len(paths) == 1), limits, keep)
    sources = []
    for path, name in zip(paths, names or _names(paths), strict=True):
        sources.append(_interpreted(path, name, seen, how))
        advance()
    return tuple(sources)


@dataclass(frozen=True)
class _How:
    """How every file of a run is read."""

    layouts: Sequence[Layout]
    options: ReadingOptions
    limits: ReadLimits
    keep: Keep | None


def _interpreted(path: Path, name: str, seen: dict[str, SourceFile], how: _How) -> Interpreted:
    source, limits = SourceFile(path, name, sha256=""), how.limits
    try:
        source, content = identify_and_read(path, name, limits)
        if how.keep is not None:
            how.keep(source.sha256, content)
        if source.sha256 in seen:
            other = seen[source.sha256].name
            sheets, _ = tables(source, content=content, limits=limits)
            return unused(source, sheets, "file-repeated", f"same bytes as {other}", other=other)
        reader = _reader(source, content, limits)
        interpret_it = interpret_any if is_packed(content) else interpret
        interpreted = interpret_it(source, reader, how.layouts, how.options)
        slips = (*interpreted.slips, *slip_beside(path)) if interpreted.readable else ()
        interpreted = replace(interpreted, slips=slips)
    except SourceUnreadable as error:
        return unused(source, (), "file-unreadable", "", why=str(error))
    except PapermarksError:  # which says itself what it is, and is not about this file
        raise
    except Exception as error:  # the other files of the run are well
        return unused(source, (), "file-unreadable", "", why=_problem(error))
    seen[source.sha256] = source
    return interpreted


def _problem(error: Exception) -> str:
    if (fault := system_error(error)) is not None:
        return f"{explain(fault)}; or divide the file"
    where = defect(error)
    return f"papermarks cannot make out its tables, which is our fault: please report {where}"


def _reader(source: SourceFile, content: bytes, limits: ReadLimits) -> Callable[[Text], Reading]:
    """The file's tables, read as a layout wants it."""
    file = FileReader(source, content, limits)

    @cache
    def read(text: Text) -> Reading:
        return file.tables(text.delimiter, text.quoted, text.encoding)

    return read


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
