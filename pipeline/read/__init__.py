"""Read: source files into tables in which every cell is text.

What a file is comes from its bytes, not from its name.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.errors import SourceUnreadable
from pipeline.facts import SourceFile, Table
from pipeline.read import delimited, workbook

__all__ = ["identify", "tables"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def identify(path: Path, name: str | None = None) -> SourceFile:
    """Know a source file by the SHA-256 of its bytes. SourceUnreadable where it will not open."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceUnreadable(error.strerror or type(error).__name__) from error
    return SourceFile(path=path, name=name or path.name, sha256=digest)


def tables(source: SourceFile) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    """The source file's sheets, and the codes of what was odd in reading it.

    Raises SourceUnreadable with a reason that a person understands. The bytes are read once: what
    is interpreted is what the digest is of, even when somebody saves over the file meanwhile.
    """
    try:
        content = source.path.read_bytes()
    except OSError as error:
        raise SourceUnreadable(error.strerror or type(error).__name__) from error
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise SourceUnreadable("it changed while it was being read; drop it again when it is whole")
    if content.startswith((workbook.ZIP, _OLE)):
        sheets = workbook.sheets(content)
        if all(sheet.cells.empty for sheet in sheets):
            raise SourceUnreadable("it is empty")
        return sheets, ()
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if start.startswith((b"<html", b"<!doctype", b"<?xml", b"<table", b"<head", b"<meta")):
        raise SourceUnreadable("it is a web page (HTML or XML), whatever its name says")
    return delimited.sheet(content)
