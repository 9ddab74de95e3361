"""Read: source files into tables in which every cell is text.

What a file is comes from its bytes, not from its name. They are looked into by a process of their
own (see child.py): a file that ends, fills or holds up its reader is a finding, and no more.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from pipeline.errors import ReadingUnavailable, SourceUnreadable
from pipeline.machine_faults import explain, is_of_the_machine
from pipeline.read import child, kinds
from pipeline.read.limits import DEFAULTS, ReadLimits, refuse_size
from pipeline.read.parse import Reading, ReadOptions
from pipeline.source import SourceFile

__all__ = ["FileReader", "ReadLimits", "Reading", "identify", "identify_and_read", "tables"]

_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # which Windows has not
_CHANGED = "it changed while it was being read; drop it again when it is whole"
_NO_FILES = {
    stat.S_ISDIR: "a directory",
    stat.S_ISFIFO: "a pipe of programs",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}


def identify(path: Path, name: str | None = None) -> SourceFile:
    """Know a source file by the SHA-256 of its bytes. SourceUnreadable where it will not open."""
    with _opened(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return SourceFile(path=path, name=name or path.name, sha256=digest)


def identify_and_read(
    path: Path, name: str | None = None, limits: ReadLimits = DEFAULTS
) -> tuple[SourceFile, bytes]:
    """The same, and the bytes, by one reading of the file."""
    content = _read_bytes(path, limits)
    digest = hashlib.sha256(content).hexdigest()
    return SourceFile(path, name or path.name, digest, _owner(path)), content


def tables(
    source: SourceFile,
    delimiter: str | None = None,
    quoted: bool = True,
    encoding: str | None = None,
    *,
    content: bytes | None = None,
    limits: ReadLimits = DEFAULTS,
) -> Reading:
    """The source file's sheets, and the codes of what was odd in reading it.

    Of a text file a layout can fix the ``delimiter`` (one character), that quotation marks are
    text like any other (not ``quoted``), and the ``encoding``; else they are found in it.

    Raises SourceUnreadable with a reason that a person understands. The bytes are read once, here
    unless they are given as ``content``: what is interpreted is what the digest is of, even when
    somebody saves over the file meanwhile.
    """
    content = _content(source, limits) if content is None else content
    return FileReader(source, content, limits).tables(delimiter, quoted, encoding)


class FileReader:
    """Reads one file's bytes in more than one way, within the time that one file may take."""

    def __init__(self, source: SourceFile, content: bytes, limits: ReadLimits = DEFAULTS) -> None:
        """Read nothing yet."""
        self._content = content
        self._ending = source.path.suffix.lower().removeprefix(".")
        self._limits = limits
        self._left_s = limits.seconds
        self._known: dict[ReadOptions, Reading | SourceUnreadable] = {}

    def tables(self, delimiter: str | None, quoted: bool, encoding: str | None) -> Reading:
        """As `tables` says; each way once, and a workbook, which has but one way, once."""
        options = ReadOptions(self._ending)
        if not kinds.is_packed(self._content):
            options = ReadOptions(self._ending, delimiter, quoted, encoding)
        if options not in self._known:
            self._known[options] = self._read(options)
        known = self._known[options]
        if isinstance(known, SourceUnreadable):
            raise known
        return known

    def _read(self, options: ReadOptions) -> Reading | SourceUnreadable:
        started = time.monotonic()
        try:
            return child.read(self._content, options, self._limits, within_s=self._left_s)
        except SourceUnreadable as error:
            return error
        finally:
            self._left_s -= time.monotonic() - started


def _content(source: SourceFile, limits: ReadLimits) -> bytes:
    content = _read_bytes(source.path, limits)
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise SourceUnreadable(_CHANGED)
    return content


def _read_bytes(path: Path, limits: ReadLimits) -> bytes:
    with _opened(path) as file:
        refuse_size(os.fstat(file.fileno()).st_size, limits)
        content = file.read(limits.file_bytes + 1)
    refuse_size(len(content), limits)  # it may have grown
    return content


def _owner(path: Path) -> str:
    """The account that the file belongs to: its name, or else its number; "" where none is told."""
    try:
        try:
            return path.owner()
        except KeyError:  # a share may have accounts that this machine does not know
            return str(path.stat().st_uid)
    except (OSError, NotImplementedError):  # it is gone meanwhile; Windows
        return ""


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """An ordinary file, open to read; a pipe would be waited for, and a device never ends."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                what = next((what for is_it, what in _NO_FILES.items() if is_it(mode)), "no file")
                raise SourceUnreadable(f"it is {what}, no file that could be read")
            yield file
    except OSError as error:
        if is_of_the_machine(error):
            raise ReadingUnavailable(explain(error)) from error
        raise SourceUnreadable(error.strerror or type(error).__name__) from error


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | _NO_WAIT)
