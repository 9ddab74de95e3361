"""The journal: what was asked of the sandbox, in order, and what became of it.

It is the witness for 'applied exactly once': it also knows what the client could not, such as marks
that were taken although the answer was lost.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.sandbox.faults import FaultKind

# A status that was sent; `cut`: the connection was closed instead; `open`: no answer yet.
Status = int | Literal["cut", "open"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. ``body`` is as received; ``applied``: it changed a session's marks."""

    number: int
    method: str
    path: str
    query: str
    keycode: str | None
    body: bytes
    fault: FaultKind | None = None
    status: Status = "open"
    applied: bool = False


class Journal:
    """All requests in the order of arrival; the server writes, any thread may read."""

    def __init__(self) -> None:
        """An empty journal; numbers start at 1 and are never used again, not even after `clear`."""
        self._entries: dict[int, Entry] = {}
        self._last = 0
        self._lock = threading.Lock()

    def open(
        self,
        method: str,
        path: str,
        query: str,
        keycode: str | None,
        body: bytes,
        fault: FaultKind | None,
    ) -> int:
        """Write down a request that came in; returns its number."""
        with self._lock:
            self._last += 1
            self._entries[self._last] = Entry(self._last, method, path, query, keycode, body, fault)
            return self._last

    def note_applied(self, number: int) -> None:
        """Note that the request's marks or responses were stored."""
        with self._lock:
            if number in self._entries:  # not so after a `clear` in between
                self._entries[number] = replace(self._entries[number], applied=True)

    def close(self, number: int, status: Status) -> None:
        """Write down how the request ended. Done before the answer goes out, so a client that has
        its answer also finds it here.
        """
        with self._lock:
            if number in self._entries:
                self._entries[number] = replace(self._entries[number], status=status)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All requests so far, in the order of arrival."""
        with self._lock:
            return tuple(self._entries.values())

    def posts(self, keycode: str | None = None) -> tuple[Entry, ...]:
        """The POSTs, of one session or of all."""
        return tuple(
            entry
            for entry in self.entries
            if entry.method == "POST" and keycode in (None, entry.keycode)
        )

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()
