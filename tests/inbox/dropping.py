"""People who drop files: at random moments, in random pieces, in all the ways that there are."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.inbox.drop_folder import SETTLE_S, sheet


class Droppers:
    """Drops files from some threads at once, and knows what must come of them.

    ``last`` are the contents of all files that nobody took back; ``gone`` those that were replaced
    by another content, which may have been taken before, or not.
    """

    def __init__(self, inbox: Path, keycodes: list[str], rng: random.Random) -> None:
        self.last: list[bytes] = []
        self.gone: list[bytes] = []
        self._inbox = inbox
        self._keycodes = iter(keycodes)
        self._rng = rng
        self._lock = threading.Lock()
        self._count = 0

    def drop(self, files: int) -> None:
        """So many files; with some more where one is dropped under several names."""
        while len(self.last) < files:
            drop = self._rng.choices(_DROPS, _WEIGHTS)[0]
            drop(self, self._path(), self._content())
            time.sleep(self._rng.expovariate(40))

    def whole(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        self._expect(content)

    def in_pieces(self, path: Path, content: bytes) -> None:
        """Written bit by bit, by a program that has it open all the time, whatever it takes."""
        with path.open("wb", buffering=0) as file:
            for piece in self._pieces(content):
                file.write(piece)
                self._pause(2 * SETTLE_S)
        self._expect(content)

    def under_another_name(self, path: Path, content: bytes) -> None:
        """As browsers do: renamed when it is whole."""
        part = path.with_name(path.name + self._rng.choice([".part", ".crdownload", ".tmp"]))
        part.write_bytes(content[: len(content) // 2])
        self._pause(2 * SETTLE_S)
        part.write_bytes(content)
        part.replace(path)
        self._expect(content)

    def renamed(self, path: Path, content: bytes) -> None:
        """Dropped, then given another name, unless it was taken meanwhile."""
        path.write_bytes(content)
        self._pause(2 * SETTLE_S)
        with suppress(FileNotFoundError):
            path.rename(self._path())
        self._expect(content)

    def replaced(self, path: Path, content: bytes) -> None:
        """Another content under the same name, all at once."""
        path.write_bytes(content)
        self._pause(2 * SETTLE_S)
        other = self._content()
        part = path.with_name(path.name + ".part")
        part.write_bytes(other)
        part.replace(path)
        self.gone.append(content)
        self._expect(other)

    def rewritten(self, path: Path, content: bytes) -> None:
        """Another content into the same file, or a new one where it was taken meanwhile."""
        path.write_bytes(content)
        self._pause(2 * SETTLE_S)
        other = self._content()
        with path.open("wb", buffering=0) as file:
            for piece in self._pieces(other):
                file.write(piece)
                self._pause(SETTLE_S)
        self.gone.append(content)
        self._expect(other)

    def duplicated(self, path: Path, content: bytes) -> None:
        """The same content under two names."""
        for name in (path, self._path()):
            name.write_bytes(content)
            self._expect(content)

    def empty_first(self, path: Path, content: bytes) -> None:
        """The name is made long before there is anything in it."""
        path.touch()
        self._pause(4 * SETTLE_S)
        path.write_bytes(content)
        self._expect(content)

    def _expect(self, content: bytes) -> None:
        with self._lock:
            self.last.append(content)

    def _path(self) -> Path:
        """Some names come again and again, and some are in folders."""
        with self._lock:
            self._count += 1
            name = self._rng.choice([f"marks {self._count}.csv", f"{self._count}", "marks.csv"])
            if name == "marks.csv":  # again and again, but each time in a folder of its own
                name = f"{self._rng.choice(['biology', 'chemistry'])}/{self._count}/{name}"
        path = self._inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _content(self) -> bytes:
        with self._lock:
            keycodes = [next(self._keycodes) for _ in range(self._rng.randint(1, 3))]
        return sheet(*keycodes)

    def _pieces(self, content: bytes) -> list[bytes]:
        cuts = sorted(self._rng.sample(range(1, len(content)), 2))
        return [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]

    def _pause(self, most: float) -> None:
        time.sleep(self._rng.uniform(0, most))


_Drop = Callable[[Droppers, Path, bytes], None]
_DROPS: list[_Drop] = [
    Droppers.whole,
    Droppers.in_pieces,
    Droppers.under_another_name,
    Droppers.renamed,
    Droppers.replaced,
    Droppers.rewritten,
    Droppers.duplicated,
    Droppers.empty_first,
]
_WEIGHTS = [2, 3, 2, 1, 1, 1, 2, 1]
