"""A server whose every connection a function answers: for answers that no real server gives."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_TIMEOUT_S = 10


@contextmanager
def answering_each(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """It serves while the block runs, one connection after the other; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):  # the test is over
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        connection.settimeout(_TIMEOUT_S)
                        answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(3 * _TIMEOUT_S)
