"""The archive: every source file, by its content, as it was when it was read.

``archive/<SHA-256>`` in PAPERMARKS_HOME, readable by its owner alone. A file that comes again is
kept once. What was read is what is kept: the bytes are those that were hashed and interpreted.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import FolderUnavailable

_NAME = re.compile(r"[0-9a-f]{64}")
_BINARY = getattr(os, "O_BINARY", 0)  # else Windows would write other bytes
_PART = ".part"  # a file that is being written; left by a process that was killed


class Archive:
    """The folder, and what is in it."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made yet."""
        self.folder = folder

    def keep(self, sha256: str, content: bytes) -> None:
        """Keep a file's bytes. FolderUnavailable where that cannot be done.

        On the disk when this returns: nothing is sent of a file that is not.
        """
        kept = self.folder / sha256
        try:
            if kept.is_file() and kept.stat().st_size == len(content):
                os.utime(kept)  # it is wanted again: no purge takes it for old
                return
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self.folder / f"{sha256}.{secrets.token_hex(4)}{_PART}"
            try:
                _write(part, content)
                part.replace(kept)
            finally:
                part.unlink(missing_ok=True)
            _sync_folder(self.folder)
        except OSError as error:
            raise FolderUnavailable(
                f"the file cannot be archived in {self.folder}: {error.strerror}. "
                "Nothing was sent. Make room there, or make it writable; then run again"
            ) from error

    def names(self) -> Iterator[str]:
        """The SHA-256 of each file in it, sorted; nothing where there is no archive."""
        if self.folder.is_dir():
            yield from sorted(
                path.name for path in self.folder.iterdir() if _NAME.fullmatch(path.name)
            )

    def hash_of(self, name: str) -> str | None:
        """The SHA-256 of the bytes under that name now; None where there are none."""
        try:
            with (self.folder / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None

    def age_time(self, name: str) -> float:
        """When it was kept; seconds since 1970."""
        return (self.folder / name).stat().st_mtime

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        path = self.folder / name
        if path.exists():
            path.chmod(0o600)  # Windows removes no read-only file
            path.unlink()

    def remove_parts(self, before: float) -> None:
        """Remove what killed processes left half written, if it is older."""
        if self.folder.is_dir():
            for part in self.folder.glob(f"*{_PART}"):
                if part.stat().st_mtime < before:
                    part.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Write it through to the disk, for its owner alone, and never to be written again."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o400)


def _sync_folder(folder: Path) -> None:
    """So that the name outlives a power cut too; Windows opens no folders."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
