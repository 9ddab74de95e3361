"""A server whose every connection a function answers: for answers that no real server gives."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_TIMEOUT_S = 10
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")


def read_request(connection: socket.socket) -> bytes:
    """A whole request. Who closes with some of it unread resets the connection, answer and all."""
    request = b""
    while part := connection.recv(65536):
        request += part
        head, found, body = request.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if found and len(body) >= (int(length[1]) if length else 0):
            break
    return request


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
