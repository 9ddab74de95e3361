"""The reports of a home as web pages: ``python -m flows.service.report_server HOME REPORTS PORT``.

A browser follows no link from a web page to a file, so Prefect's page can lead here alone. What is
in a report is personal; this machine may have other users, and its browser other sites' pages. So:

* it listens on 127.0.0.1, and wants a string that is made at the first start and that its owner
  alone can read (``prefect/sign-in-reports``); a browser asks for it, and keeps it for this port;
* it answers only to its own address, so that no other name can be made to lead here;
* it answers a browser that opens a page, and none that loads a part of another site's page;
* it has the index and the page of each run, nothing else, and takes nothing.

It is given no setting of papermarks, so that it has no secret of Surpass.
"""

from __future__ import annotations

import base64
import hmac
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse

from flows.prefect_side import sign_in
from flows.service import lifeline
from flows.service.report_links import HOST, READY, address
from pipeline.run_id import RUN_ID
from schemas.words import REPORT_PAGE

_MAX_PAGE_BYTES = 50_000_000
_MAX_REQUESTS = 20  # at once
_KEEP_ALIVE_S = 5
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_HOW_TO_SIGN_IN = (
    f"Sign in to see the reports. The user is papermarks. The password stands behind the colon in "
    f"the file prefect/{sign_in.REPORTS_FILE}, in the folder of papermarks.\n"
)
_NOT_HERE = "There is no such page here. An older report may have been purged.\n"
_Answer = Callable[[Request], Awaitable[Response]]


def pages(reports: Path, port: int, string: str) -> FastAPI:
    """The application: the pages of a folder of reports, for who has the string."""
    app = FastAPI(openapi_url=None)
    wanted = f"Basic {base64.b64encode(string.encode()).decode()}".encode()

    @app.middleware("http")
    async def guard(request: Request, answer: _Answer) -> Response:
        response = _refusal(request, port, wanted) or await answer(request)
        response.headers.update(_HEADERS)
        return response

    @app.api_route("/", methods=["GET", "HEAD"])
    @app.api_route("/index.html", methods=["GET", "HEAD"])
    def index() -> Response:
        # Here: it imports pandas, and most of the time nobody looks at a report.
        from pipeline.report.index import build_index

        return _as_page(build_index(reports, pages_alone=True)) if reports.is_dir() else _not_here()

    @app.api_route("/{run}/" + REPORT_PAGE, methods=["GET", "HEAD"])
    def page(run: str) -> Response:
        content = _page_of(reports, run)
        return _not_here() if content is None else _as_page(content)

    @app.get(READY)
    def ready() -> Response:
        return PlainTextResponse("")

    @app.exception_handler(404)
    async def not_here(_request: Request, _error: Exception) -> Response:
        return _not_here()

    return app


def _refusal(request: Request, port: int, wanted: bytes) -> Response | None:
    """What is answered in place of a page; None where it may be seen."""
    said = request.headers
    if said.get("host") != f"{HOST}:{port}":
        return PlainTextResponse(f"Open {address(port)}/ in place of this.\n", 403)
    # What a browser says of itself: only who opens a page in a window of its own has to see one.
    if said.get("sec-fetch-mode", "navigate") != "navigate":
        return PlainTextResponse("Only a page can be opened.\n", 403)
    if said.get("sec-fetch-dest", "document") != "document":
        return PlainTextResponse("Only a page can be opened, in no frame.\n", 403)
    given = said.get("authorization", "").encode()
    if not hmac.compare_digest(given, wanted):
        ask = {"WWW-Authenticate": 'Basic realm="Reports of papermarks", charset="UTF-8"'}
        return PlainTextResponse(_HOW_TO_SIGN_IN, 401, ask)
    return None


def _page_of(reports: Path, run: str) -> bytes | None:
    """The page of a run; None where there is none that could be one of ours."""
    folder = reports / run
    page = folder / REPORT_PAGE
    if not RUN_ID.fullmatch(run) or folder.is_symlink() or page.is_symlink():
        return None
    try:
        if not page.is_file() or page.stat().st_size > _MAX_PAGE_BYTES:
            return None
        return page.read_bytes()
    except OSError:  # purged meanwhile, or not to be read
        return None


def _as_page(content: bytes) -> Response:
    return Response(content, media_type="text/html; charset=utf-8")


def _not_here() -> Response:
    return PlainTextResponse(_NOT_HERE, 404)


def main(home: Path, reports: Path, port: int) -> None:
    """Serve until standard input ends."""
    lifeline.exit_when_stdin_closes(lambda: os._exit(0))  # it writes nothing
    import uvicorn

    app = pages(reports, port, sign_in.sign_in(home, sign_in.REPORTS_FILE))
    uvicorn.run(
        app,
        host=HOST,
        port=port,
        log_level="error",
        access_log=False,
        server_header=False,
        limit_concurrency=_MAX_REQUESTS,
        timeout_keep_alive=_KEEP_ALIVE_S,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
