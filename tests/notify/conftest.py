"""Where a run is told to: a real web server and a real SMTP server, on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from tests.webhook import webhook as webhook  # a fixture, by its name


class Letterbox:
    """An SMTP server's handler that keeps the letters."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.logins: list[tuple[str, str]] = []
        self.to: list[str] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.letters.append(BytesParser().parsebytes(envelope.content))
        self.to += envelope.rcpt_tos
        return "250 kept"

    def login(
        self, _server: object, _session: object, _envelope: object, _how: object, data: object
    ) -> AuthResult:
        """Only one password is right."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"s3cret", handled=False)


@contextmanager
def smtp(**options: Any) -> Iterator[tuple[Letterbox, int]]:
    """A server that listens on a port of its own while the block runs."""
    box = Letterbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=port, authenticator=box.login, **options
    )
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()
