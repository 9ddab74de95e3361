"""The streams of an OLE file: what .xls, .doc and .msg, and workbooks with a password, lie in."""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from

START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_HEADER = 512
_NO_ENTRY = 0xFFFFFFFF
_LAST_SECTOR = 0xFFFFFFFA  # from here on the numbers are no sectors
_SMALL = 4096  # bytes below which a stream lies among the small ones
_SMALL_SECTOR = 64


class Streams:
    """The streams at the root of an OLE file; those of what is embedded in it are left out.

    Damage ends in ValueError, IndexError or struct.error.
    """

    def __init__(self, content: bytes) -> None:
        """Read the table of sectors, and the directory."""
        self._content = content
        self._sector: int = 1 << unpack_from("<H", content, 30)[0]
        if self._sector not in (512, 4096):
            raise ValueError("sectors of no known size")
        self._next = self._table()
        (directory,) = unpack_from("<I", content, 48)
        listed = self._chained(directory)
        if len(listed) % 128:
            raise ValueError("cut off amid its directory")
        self._entries = [listed[at : at + 128] for at in range(0, len(listed), 128)]
        self.names = {_name(self._entries[at]): at for at in self._at_root()}

    def read(self, name: str) -> bytes:
        """The bytes of the stream of this name."""
        entry = self._entries[self.names[name]]
        start, size = unpack_from("<II", entry, 116)
        if size >= _SMALL:
            return self._chained(start)[:size]
        small = self._chained(unpack_from("<I", self._entries[0], 116)[0])
        table = self._chained(unpack_from("<I", self._content, 60)[0])
        follows = list(unpack_from(f"<{len(table) // 4}I", table))
        parts = (
            small[sector * _SMALL_SECTOR : (sector + 1) * _SMALL_SECTOR]
            for sector in _chain(start, follows)
        )
        return b"".join(parts)[:size]

    def _table(self) -> list[int]:
        """For each sector the one that follows it."""
        numbers = list(unpack_from("<109I", self._content, 76))
        (more,) = unpack_from("<I", self._content, 68)
        for _ in range(len(self._content) // self._sector):
            if more >= _LAST_SECTOR:
                break
            sector_numbers = self._numbers(more)
            numbers += sector_numbers[:-1]
            more = sector_numbers[-1]
        return [at for sector in numbers if sector < _LAST_SECTOR for at in self._numbers(sector)]

    def _numbers(self, sector: int) -> list[int]:
        return list(unpack_from(f"<{self._sector // 4}I", self._content, self._at(sector)))

    def _at(self, sector: int) -> int:
        return max(_HEADER, self._sector) + sector * self._sector

    def _chained(self, start: int) -> bytes:
        ats = map(self._at, _chain(start, self._next))
        return b"".join(self._content[at : at + self._sector] for at in ats)

    def _at_root(self) -> Iterator[int]:
        """The numbers of the entries right below the root: a tree, walked through."""
        waiting, walked = [unpack_from("<I", self._entries[0], 76)[0]], set()
        while waiting:
            at = waiting.pop()
            if at == _NO_ENTRY or at in walked:
                continue
            walked.add(at)
            waiting += unpack_from("<II", self._entries[at], 68)
            yield at


def _chain(start: int, follows: list[int]) -> Iterator[int]:
    for _ in range(len(follows)):  # a damaged chain may run in a circle
        if start >= _LAST_SECTOR:
            return
        yield start
        start = follows[start]


def _name(entry: bytes) -> str:
    (size,) = unpack_from("<H", entry, 64)
    return entry[: max(min(size, 64) - 2, 0)].decode("utf-16-le", errors="replace")
