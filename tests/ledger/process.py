"""A process of its own that claims sessions, and can be killed while it holds them."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from tests.forked import FORKS
from tests.ledger.records import opened


class Claimer:
    """The process, and the line to it."""

    def __init__(self, process: BaseProcess, line: Connection) -> None:
        self._process = process
        self._line = line

    def claim(self, keycodes: Sequence[str]) -> None:
        """Tell it to claim these; `got` is what it got."""
        self._line.send(keycodes)

    def got(self) -> set[str]:
        got: set[str] = self._line.recv()
        return got

    def kill(self) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()


@contextmanager
def claimers(url: str, count: int) -> Iterator[list[Claimer]]:
    """So many processes, all of which have opened the ledger at once."""
    started = []
    for _ in range(count):
        near_end, far_end = multiprocessing.Pipe()
        process = FORKS.Process(target=_claim, args=(url, far_end))
        process.start()
        far_end.close()
        started.append((process, near_end))
    try:
        for _, line in started:
            assert line.recv() == "ready"
        yield [Claimer(process, line) for process, line in started]
    finally:
        for process, line in started:
            line.close()
            process.join()
            process.close()


def _claim(url: str, line: Connection) -> None:
    with opened(url) as ledger:
        line.send("ready")
        while True:
            try:
                wanted = line.recv()
            except EOFError:
                return
            line.send(set(ledger.claim(wanted)))
