"""Run the sandbox on a real socket, in a thread or in the foreground."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from pipeline.sandbox.app import create_app
from pipeline.sandbox.gate import CUT_IN_SCOPE, Gate
from pipeline.sandbox.store import Sandbox

_TICK_S = 0.1
_STEP_S = 0.002
_LAST_RESORT_S = 2  # what hangs is ended by the gate


@contextmanager
def serve_in_thread(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve while the block runs; gives the base URL, such as ``http://127.0.0.1:53411``.

    Port 0 takes a free one. The sandbox outlives the server, so a service that goes away and comes
    back is one block after another. When the block is left, requests that hang are ended, and what
    is still to come of late POSTs comes at once.
    """
    with _listen(host, port) as listener:
        server = _Server(sandbox)
        thread = threading.Thread(target=server.run, args=([listener],), name="sandbox")
        thread.start()
        try:
            # The socket listens already: a client that comes before the server is up just waits.
            yield _url(listener)
        finally:
            server.end()
            thread.join()


def serve(
    sandbox: Sandbox,
    host: str = "127.0.0.1",
    port: int = 0,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve in the foreground until Ctrl-C; ``ready`` is told the base URL."""
    with _listen(host, port) as listener, suppress(KeyboardInterrupt):
        if ready is not None:
            ready(_url(listener))
        _Server(sandbox).run([listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small parts at once (TCP_NODELAY) only where the protocol is named, which
    # socket.create_server does not do; each answer would then be 40 ms late.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it lets two servers share one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn, which must not wait at its end for requests that hang on purpose."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._wake: Callable[[], object] = lambda: None
        self._gate = Gate(create_app(sandbox), sandbox)
        super().__init__(
            uvicorn.Config(
                self._gate,
                http=_Connection,
                loop="asyncio",
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,  # leave the logging of whoever runs us alone
                log_level="warning",
                access_log=False,
                proxy_headers=False,
                # Longer than clients keep an idle connection: no cut but those switched on.
                timeout_keep_alive=75,
            )
        )

    def end(self) -> None:
        """End it, from another thread: at once."""
        self.should_exit = True
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._wake()

    async def main_loop(self) -> None:
        """As uvicorn's, which looks ten times a second whether it should end; this one is woken."""
        woken = asyncio.Event()
        self._wake = partial(asyncio.get_running_loop().call_soon_threadsafe, woken.set)
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), _TICK_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, which waits in steps of a tenth of a second: the tests end many servers."""
        self._gate.release()
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in [*self.server_state.connections]:
            connection.shutdown()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_answered(), _LAST_RESORT_S)
        for task in [*self.server_state.tasks]:
            task.cancel()
        # Their timers end with the event loop. Surpass stores what it was busy storing, whatever
        # becomes of the line to it; so nothing is dropped.
        self._sandbox.settle_late()

    async def _all_answered(self) -> None:
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110  # no event
            await asyncio.sleep(_STEP_S)


class _Connection(H11Protocol):
    """One connection; tells the gate how to cut it, which ASGI has no word for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def with_cut(scope: Scope, receive: Receive, send: Send) -> None:
            scope[CUT_IN_SCOPE] = transport.abort
            await app(scope, receive, send)

        self.app = with_cut
