"""Work beside everything else, in a thread for which Python does not wait at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, TypeVar

_T = TypeVar("_T")


def in_daemon_thread(work: Callable[[], _T], *, name: str) -> Future[_T]:
    """Begin the work; its result, or its error, is there when it is done.

    A pool's threads are waited for when Python ends, so that Ctrl-C would wait for a large file to
    be read, or for a server that dawdles. This one ends with the process, wherever it is: the work
    must write nothing that could be left half done.
    """
    done: Future[_T] = Future()
    done.set_running_or_notify_cancel()  # who waits may give up; the thread ends when it ends

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            give_up(done, error)
        else:
            with suppress(InvalidStateError):  # somebody gave up meanwhile
                done.set_result(result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return done


def give_up(future: Future[Any], error: BaseException) -> None:
    """End the wait for a result with this error, unless the result is there."""
    with suppress(InvalidStateError):
        future.set_exception(error)
