"""Read: source files into tables in which every cell is text.

What a file is comes from its bytes, not from its name.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from pipeline.errors import SourceUnreadable
from pipeline.model import SourceFile, Table
from pipeline.read import delimited, kinds, workbook
from pipeline.read.encoding import decoded

__all__ = ["identify", "identify_and_read", "tables"]

_TEXTS = ("csv", "txt", "tsv", "tab", "asc", "dat", "prn")  # endings that promise text


def identify(path: Path, name: str | None = None) -> SourceFile:
    """Know a source file by the SHA-256 of its bytes. SourceUnreadable where it will not open."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceUnreadable(error.strerror or type(error).__name__) from error
    return SourceFile(path=path, name=name or path.name, sha256=digest)


def identify_and_read(path: Path, name: str | None = None) -> tuple[SourceFile, bytes]:
    """The same, and the bytes, by one reading of the file."""
    content = _read_bytes(path)
    digest = hashlib.sha256(content).hexdigest()
    return SourceFile(path=path, name=name or path.name, sha256=digest), content


def tables(
    source: SourceFile,
    delimiter: str | None = None,
    quoted: bool = True,
    encoding: str | None = None,
    *,
    content: bytes | None = None,
) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """The source file's sheets, and the codes of what was odd in reading it.

    Of a text file a layout can fix the ``delimiter`` (one character), that quotation marks are
    text like any other (not ``quoted``), and the ``encoding``; else they are found in it.

    Raises SourceUnreadable with a reason that a person understands. The bytes are read once, here
    unless they are given as ``content``: what is interpreted is what the digest is of, even when
    somebody saves over the file meanwhile.
    """
    content = _content(source) if content is None else content
    kind = kinds.kind(content)
    if kind != kinds.TEXT:
        sheets = workbook.sheets(content, kind, kinds.WORKBOOKS[kind] + _though(source, kind))
        if all(sheet.cells.empty for sheet in sheets):
            raise SourceUnreadable("it is empty")
        return sheets, ()
    text, called, oddities = decoded(content, encoding)
    if not text.strip():
        raise SourceUnreadable("it is empty")
    kinds.refuse_markup(text)
    table = delimited.sheet(text, called, delimiter, quoted)
    return (replace(table, read_as=table.read_as + _though(source, kind)),), oddities


def _content(source: SourceFile) -> bytes:
    content = _read_bytes(source.path)
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise SourceUnreadable("it changed while it was being read; drop it again when it is whole")
    return content


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceUnreadable(error.strerror or type(error).__name__) from error


def _though(source: SourceFile, kind: str) -> str:
    """What to add where the name's ending promises another kind of file."""
    ending = source.path.suffix.lower().removeprefix(".")
    promised = kinds.TEXT if ending in _TEXTS else ending
    if promised == kind or promised not in (kinds.TEXT, *kinds.WORKBOOKS):
        return ""
    return f", though its name ends in .{ending}"
