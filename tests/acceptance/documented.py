"""A second server for the main job: standard library only, nothing but what is documented.

It shares no line with the sandbox, so that a misunderstanding of ours in both is found out.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "office", "s3cret-of-the-office"
_BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass
class Service:
    """Sessions by keycode, their states, and every request that came."""

    states: dict[str, str]
    items: dict[str, dict[str, int]] = field(default_factory=dict)  # keycode: question: maximum
    posts: list[tuple[str, dict[str, list[str]], object]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def posted(self) -> dict[str, list[tuple[str, object]]]:
        """What was posted for each keycode: (last part of the path, body)."""
        found: dict[str, list[tuple[str, object]]] = {}
        for path, _, body in self.posts:
            *_, keycode, call = path.strip("/").split("/")
            found.setdefault(keycode, []).append((call, body))
        return found


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

        def _reply(self, status: int, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _allowed(self) -> bool:
            with service.lock:
                service.requests.append((self.command, self.path))
            if self.headers["Authorization"] == _BASIC:
                return True
            self._reply(401, {"errors": [{"ErrorCode": 1, "Message": "who are you?"}]})
            return False

        def do_GET(self) -> None:  # the library's name
            if not self._allowed():
                return
            match = re.fullmatch(r"/api/v2/TestSession/(\w+)", urlsplit(self.path).path)
            keycode = match[1] if match else ""
            if keycode not in service.states:
                self._reply(404, _single([], [{"ErrorCode": 2, "Message": "no such session"}]))
                return
            session: dict[str, object] = {
                "id": sum(map(ord, keycode)),
                "href": self.path,
                "keycode": keycode,
                "testState": service.states[keycode],
            }
            if keycode in service.items and "returnAdditionalInformation=true" in self.path:
                items = service.items[keycode]
                session["availableMarks"] = sum(items.values())
                session["sections"] = [
                    {
                        "items": [
                            {"questionNumber": q, "availableMarks": m} for q, m in items.items()
                        ]
                    }
                ]
            self._reply(200, _single([session], []))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not self._allowed():
                return
            parts = urlsplit(self.path)
            match = re.fullmatch(
                r"/api/v2/TestSession/(\w+)/(ItemMarks/|ItemResponses)", parts.path
            )
            with service.lock:
                service.posts.append((parts.path, parse_qs(parts.query), body))
                keycode = match[1] if match else ""
                taken = service.states.get(keycode) == "PaperResponseUpload"
                if taken:
                    service.states[keycode] = "AwaitingMarking"
            errors = [] if taken else [{"ErrorCode": 3, "Message": "not open"}]
            self._reply(200, {"id": 1, "reference": "", "href": "", "errors": errors})

    return Handler


def _single(sessions: list[dict[str, object]], errors: list[dict[str, object]]) -> object:
    paging = dict.fromkeys(("count", "top", "skip", "pageCount", "nextPageLink", "prevPageLink"))
    return {**paging, "response": sessions, "errors": errors, "serverTimeZone": "Europe/London"}


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """Serve while the block runs; gives the base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
