from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

import httpx
import pytest

from pipeline.sandbox import Fault, FaultKind, Sandbox, SandboxSession, serve_in_thread
from tests import plain_http

KEYCODE = "H76RBD8P"
USER = ("sandbox", "sandbox")


@pytest.fixture
def fresh() -> Sandbox:
    return Sandbox([SandboxSession.paper(KEYCODE, {"1": 5})])


@pytest.mark.parametrize(
    "kind", [FaultKind.HANG_BEFORE, FaultKind.HANG_AFTER, FaultKind.LATENCY], ids=str
)
def test_stopping_ends_what_hangs(fresh: Sandbox, kind: FaultKind) -> None:
    """An hour's silence: without its end the test would not finish."""
    fresh.faults.set(Fault(kind, seconds=3600))
    errors: list[Exception] = []

    def ask(url: str) -> None:
        try:
            plain_http.get(f"{url}/api/v2/TestSession/{KEYCODE}", auth=USER, timeout=60)
        except httpx.TransportError as error:
            errors.append(error)

    with serve_in_thread(fresh) as url:
        client = threading.Thread(target=ask, args=(url,))
        client.start()
        _wait_for(lambda: len(fresh.journal.entries) == 1)
    client.join()
    assert isinstance(errors[0], httpx.RemoteProtocolError | httpx.ReadError)
    assert fresh.journal.entries[0].status == "cut"


def test_a_client_that_never_finishes_sending_does_not_hold_the_server(
    fresh: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    half = b"POST /api/v2/TestSession HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"
    with socket.socket() as client:
        with serve_in_thread(fresh) as url:
            address = httpx.URL(url)
            client.connect((address.host, address.port))
            client.sendall(half)
            assert plain_http.get(f"{url}/api/v2/TestSession", auth=USER).status_code == 200
        assert client.recv(1) == b""
    assert [entry.method for entry in fresh.journal.entries] == ["GET"]
    assert caplog.records == []


def test_a_service_goes_away_and_comes_back_with_what_it_had(fresh: Sandbox) -> None:
    with serve_in_thread(fresh) as url:
        plain_http.post(
            f"{url}/api/v2/TestSession/{KEYCODE}/ItemMarks/?completionDate=2025-06-02T09:00:00",
            json=[{"questionNumber": "1", "mark": 2}],
            auth=USER,
        )
    with pytest.raises(httpx.ConnectError):
        plain_http.get(url)
    port = httpx.URL(url).port or 0
    with serve_in_thread(fresh, port=port) as again:
        assert again == url
        item = plain_http.get(f"{again}/api/v2/TestSession/{KEYCODE}", auth=USER).json()[
            "response"
        ][0]
    assert item["testState"] == "Marked"


def test_a_port_in_use_is_an_error_at_once(fresh: Sandbox) -> None:
    with serve_in_thread(fresh) as url, pytest.raises(OSError, match="in use"):  # noqa: SIM117
        with serve_in_thread(fresh, port=httpx.URL(url).port or 0):
            pass


def test_two_sessions_cannot_share_a_keycode() -> None:
    with pytest.raises(ValueError, match=KEYCODE):
        Sandbox([SandboxSession.paper(KEYCODE), SandboxSession.paper(KEYCODE)])


FOREGROUND = f"""
from pipeline.sandbox import Sandbox, SandboxSession, serve
serve(Sandbox([SandboxSession.paper({KEYCODE!r})]), ready=lambda url: print(url, flush=True))
print("ended")
"""


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_in_the_foreground_until_ctrl_c() -> None:
    with subprocess.Popen(  # noqa: S603 - our own code, written above
        [sys.executable, "-W", "error", "-c", FOREGROUND], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert plain_http.get(f"{url}/api/v2/TestSession", auth=USER).json()["count"] == 1
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert (rest, process.returncode) == ("ended\n", 0)


def _wait_for(condition: Callable[[], bool]) -> None:
    ready = threading.Event()
    for _ in range(1000):
        if condition():
            return
        ready.wait(0.01)
    pytest.fail("it never came")
