"""The process that reads source files, ``python -m pipeline.read.worker``: see child.py.

It answers one request after the other until its standard input ends. What a parser may take from
the machine while it is at one file is bounded here: memory, processor time, and no core is dumped.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.errors import SourceUnreadable, defect
from pipeline.read.limits import READY, ReadLimits, too_much_memory
from pipeline.read.parse import Reading, ReadOptions, parse
from pipeline.read.transfer import Buffer, longest_text, pack, receive, send
from pipeline.source import cell_column

_CPU_MARGIN_S = 5  # beyond the time by the clock, after which our starter ends us
_KEPT_FREE = 4  # a quarter of the memory may stay with us from file to file; else we end


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer until the requests end."""
    at_start = _address_space()
    send(replies, {"state": READY})
    while True:
        try:
            head, (content,) = receive(requests)
        except EOFError:
            return
        limits = ReadLimits(**head["limits"])
        _limit(at_start, limits)
        answer, buffers = _answer(bytes(content), ReadOptions(**head["options"]), limits)
        del content
        grown = _address_space() - at_start
        send(replies, answer | {"last": grown > limits.memory_bytes // _KEPT_FREE}, buffers)
        del answer, buffers


def _answer(
    content: bytes, options: ReadOptions, limits: ReadLimits
) -> tuple[dict[str, Any], list[Buffer]]:
    try:
        sheets, oddities = _within(parse(content, options, limits), limits)
        heads, buffers = pack(sheets)
    except SourceUnreadable as error:
        return {"unreadable": str(error)}, []
    except MemoryError:
        pass
    except BaseException as error:  # a panic of the workbook reader is no Exception
        why = f"papermarks cannot read it, which is our fault: please report {defect(error)}"
        return {"unreadable": f"{why}; to save it again as .xlsx may help"}, []
    else:
        return {"tables": heads, "oddities": oddities}, buffers
    return {"unreadable": too_much_memory(limits)}, []


def _within(reading: Reading, limits: ReadLimits) -> Reading:
    for table in reading[0]:
        length, row, column = longest_text(table)
        if length > limits.cell_characters:
            place = ", ".join(filter(None, (table.sheet, f"{cell_column(column)}{row + 1}")))
            raise SourceUnreadable(
                f"cell {place} has {length} characters, over {limits.cell_characters}, the most "
                "that Excel has; READ_CELL_CHARACTERS allows more"
            )
    return reading


def _limit(at_start: int, limits: ReadLimits) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits: our starter's clock remains
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + limits.seconds + _CPU_MARGIN_S)
    wanted = {
        resource.RLIMIT_AS: at_start + limits.memory_bytes,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in wanted.items():
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # a system that has the name, but no such limit
            resource.setrlimit(what, (allowed, hard))


def _address_space() -> int:
    """Bytes of address space that this process has; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Serve on what were standard input and output; whatever prints, prints to nowhere."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for our starter, which ends us
    requests, replies = os.dup(sys.stdin.fileno()), os.dup(sys.stdout.fileno())
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    with (
        suppress(BrokenPipeError),  # nobody waits for it any more
        os.fdopen(requests, "rb") as incoming,
        os.fdopen(replies, "wb") as outgoing,
    ):
        serve(incoming, outgoing)


if __name__ == "__main__":
    main()
