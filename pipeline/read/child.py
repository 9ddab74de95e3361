"""Read in a process of its own, so that no file can end, fill or hold up this one.

Parsers of foreign files abort, hang and eat memory over some of them. One process is started at the
first file and kept for the next ones; it has bounded memory and time, none of our secrets, and
hands the tables over as columns of bytes (see transfer.py). Where it ends over a file, that is a
reason why the file is unreadable, and another is started for the next.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any

from pipeline.errors import ReadingUnavailable, SourceUnreadable
from pipeline.machine_faults import explain
from pipeline.read import transfer
from pipeline.read.limits import READY, ReadLimits, too_much_memory
from pipeline.read.parse import Reading, ReadOptions
from pipeline.with_noun import with_noun

_START_S = 60.0  # that its start may take on a slow machine
_END_S = 5.0  # and its end
_TRIES = 2  # where somebody else ended it
_SECRET = ("PAPERMARKS_", "PREFECT_")  # beginnings of variables that it has no use for
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_ENDED_BY_OTHERS = (-signal.SIGTERM, -signal.SIGINT, -9)
_TOO_MUCH_TIME = -24  # SIGXCPU, which Windows has no name for


def read(content: bytes, options: ReadOptions, limits: ReadLimits, *, within_s: float) -> Reading:
    """The tables in the bytes of a source file. SourceUnreadable, with the reason.

    ``within_s`` is what is left of the time that one file may take.
    """
    if within_s <= 0:
        raise SourceUnreadable(_too_slow(limits))
    request = {"options": asdict(options), "limits": asdict(limits)}
    for _ in range(_TRIES):
        with _lock:
            ended = _ask(request, content, within_s)
        if not isinstance(ended, int):
            return ended
        if ended not in _ENDED_BY_OTHERS:
            break
    if ended == _TOO_MUCH_TIME:
        raise SourceUnreadable(_too_slow(limits))
    raise SourceUnreadable(
        "the program that reads such files broke off: it is damaged, or "
        + too_much_memory(limits)
        + "; to open it and save it again as .xlsx may help"
    )


class _Process:
    """The process that reads, and our ends of its pipes."""

    def __init__(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_SECRET)}
        self.owner = os.getpid()
        self._timed_out = threading.Event()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pipeline.read.worker"],
                env=kept | _ONE_THREAD,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                process_group=0 if os.name == "posix" else None,  # of Ctrl-C we tell it ourselves
            )
        except OSError as error:
            raise ReadingUnavailable(_not_started(explain(error))) from error
        head = self._exchange(None, (), _START_S)
        if isinstance(head, int) or head[0].get("state") != READY:
            self.end()
            raise ReadingUnavailable(_not_started(""))

    @property
    def usable(self) -> bool:
        """Whether it is there, and was started by this process and not by one that it forked."""
        return self.owner == os.getpid() and self._process.poll() is None

    def ask(
        self, request: Mapping[str, Any], content: bytes, within_s: float
    ) -> tuple[dict[str, Any], list[bytearray]] | int:
        """Its reply; the exit code where it ended instead."""
        return self._exchange(request, (content,), within_s)

    def let_go(self) -> None:
        """Let it end by itself, as it does when nobody can ask it any more."""
        with suppress(OSError, subprocess.TimeoutExpired):
            _there(self._process.stdin).close()
            self._process.wait(_END_S)
        self.end()

    def end(self) -> None:
        """Kill it, if it is there still: it has nothing to put in order."""
        if self.owner != os.getpid():
            return
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()

    def _exchange(
        self,
        request: Mapping[str, Any] | None,
        buffers: tuple[bytes, ...],
        seconds: float,
    ) -> tuple[dict[str, Any], list[bytearray]] | int:
        timer = threading.Timer(seconds, self._too_late)
        timer.daemon = True
        timer.start()
        try:
            if request is not None:
                transfer.send(_there(self._process.stdin), request, buffers)
            return transfer.receive(_there(self._process.stdout))
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            self.end()
            return _TOO_MUCH_TIME if self._timed_out.is_set() else self._process.returncode
        finally:
            timer.cancel()

    def _too_late(self) -> None:
        self._timed_out.set()
        self._process.kill()


_lock = threading.Lock()
_kept: list[_Process] = []


def _ask(request: Mapping[str, Any], content: bytes, within_s: float) -> Reading | int:
    process = _ready()
    reply = process.ask(request, content, within_s)
    if isinstance(reply, int):
        _kept.clear()
        return reply
    head, buffers = reply
    if head["last"]:
        process.let_go()
        _kept.clear()
    if reason := head.get("unreadable"):
        raise SourceUnreadable(reason)
    return transfer.unpack(head["tables"], buffers), tuple(head["oddities"])


def _ready() -> _Process:
    if _kept and _kept[0].usable:
        return _kept[0]
    _end()
    _kept.append(_Process())
    return _kept[0]


@atexit.register
def _end() -> None:
    for process in _kept:
        process.end()
    _kept.clear()


def _there(pipe: IO[bytes] | None) -> Any:
    if pipe is None:
        raise EOFError
    return pipe


def _too_slow(limits: ReadLimits) -> str:
    most = with_noun(round(limits.seconds), "second")
    return (
        f"reading it takes longer than {most}: divide it, or save it again as .xlsx; READ_SECONDS "
        "allows more"
    )


def _not_started(why: str) -> str:
    return f"the process that reads files could not be started{why and f': {why}'}"
