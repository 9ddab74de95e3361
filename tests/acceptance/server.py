"""HTTP around :mod:`tests.acceptance.documented`: standard library only."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from tests.acceptance.documented import Reply, Service

USER, PASSWORD = "office", "s3cret-of-the-office"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """Serve while the block runs; gives the base URL."""
    server = _Server(("127.0.0.1", 0), _handler(service))
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield service.url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        service.wait_for_late_ones()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 16  # head and body leave together

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:  # a client that was killed
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except ConnectionError:
                self.close_connection = True

        def do_GET(self) -> None:  # the library's name
            self._respond(None)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"] or 0))
            if not self.headers.get("Content-Type", "").startswith("application/json"):
                self._send(Reply(415, "<html><body>Unsupported Media Type</body></html>"))
                return
            self._respond(json.loads(content))

        def _respond(self, body: object) -> None:
            service.record(self.command, self.path)
            if service.shape.basic_refused or self.headers["Authorization"] != BASIC:
                self._send(service.unauthorised())
                return
            parts = urlsplit(self.path)
            self._send(service.answer(self.command, unquote(parts.path), _pairs(parts.query), body))

        def _send(self, reply: Reply) -> None:
            if reply.cut:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            page = reply.body if isinstance(reply.body, str) else None
            content = (json.dumps(reply.body) if page is None else page).encode()
            self.send_response(reply.status)
            kind = "text/html" if page else "application/json; charset=utf-8"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if reply.status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="Surpass"')
            self.end_headers()
            self.wfile.write(content)

    return Handler


def _pairs(query: str) -> dict[str, str]:
    """The query's names and values. A plus is a plus: blanks come as %20."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {unquote(name): unquote(value) for name, _, value in pairs}
