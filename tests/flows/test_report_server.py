"""The report server: the pages of the reports for who signs in, and nothing for anybody else."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn

from flows.prefect_side import sign_in
from flows.service import report_links
from flows.service.report_server import pages
from pipeline.account import Account
from pipeline.report import write
from tests import plain_http
from tests.flows.commands import until
from tests.report.html_page import Page
from tests.validate.prepared import prepared

_CONTENT = "Keycode,Q1,Q2\nKEYCODE1,1,2\nKEYCODE2,3,x\n"


@dataclass(frozen=True)
class _Served:
    url: str
    home: Path
    account: Account
    string: str

    @property
    def auth(self) -> httpx.BasicAuth:
        return httpx.BasicAuth(*self.string.split(":"))

    @property
    def page(self) -> str:
        return f"/{self.account.run.id}/reconciliation.html"


@contextmanager
def _serving(home: Path) -> Iterator[int]:
    """The server on a free port, in a thread."""
    with socket.create_server((report_links.HOST, 0)) as listener:
        port = listener.getsockname()[1]
        string = sign_in.sign_in(home, sign_in.REPORTS_FILE)
        app = pages(home / "reports", port, string)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield port
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Served]:
    home = tmp_path_factory.mktemp("home")
    (home / "in").mkdir()
    account = prepared(home / "in", _CONTENT).account()
    folder = write(account, home / "reports")
    (folder / "marks - to mend.xlsx").write_bytes(b"the sender's own")
    (home / "reports" / "outstanding-2026-11-26.xlsx").write_bytes(b"who waits")
    (home / "papermarks.toml").write_text("secret")
    (home / "reports" / "20260101-000000-000-abcd").symlink_to(home / "in")
    (home / "in" / "reconciliation.html").write_text("elsewhere")
    with _serving(home) as port:
        string = sign_in.sign_in(home, sign_in.REPORTS_FILE)
        yield _Served(report_links.address(port), home, account, string)


def test_who_signs_in_sees_the_index_and_from_there_each_page(served: _Served) -> None:
    with httpx.Client(base_url=served.url, auth=served.auth) as browser:
        index = Page(browser.get("/").raise_for_status().content)
        links = [str(link.attributes["href"]) for link in index.all("a")]
        assert links == [served.page.removeprefix("/")]
        answer = browser.get(f"/{links[0]}").raise_for_status()
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        on_disk = served.home / "reports" / links[0]
        assert answer.content == on_disk.read_bytes()
        assert browser.head(served.page).status_code == 200


@dataclass(frozen=True)
class _Asked:
    """A request of somebody who must see nothing."""

    name: str
    status: int
    path: str | None = None  # None: the run's page
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    signed_in: bool = True


_IMAGE = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
_SCRIPT = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
_FRAME = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
_WRONG = {"Authorization": "Basic cGFwZXJtYXJrczp4"}
_EMPTY = {"Authorization": "Basic"}
_REFUSED = (
    _Asked("not signed in", 401, signed_in=False),
    _Asked("not signed in, index", 401, "/", signed_in=False),
    _Asked("not signed in, is it here", 401, report_links.READY, signed_in=False),
    _Asked("not signed in, a file that is not there", 401, "/nothing", signed_in=False),
    _Asked("another string", 401, headers=_WRONG, signed_in=False),
    _Asked("no string", 401, headers=_EMPTY, signed_in=False),
    _Asked("a name of another site that leads here", 403, headers={"Host": "evil.example:4201"}),
    _Asked("a name that is this machine's", 403, headers={"Host": "localhost:4201"}),
    _Asked("another port", 403, headers={"Host": "127.0.0.1:1"}),
    _Asked("an image of another page", 403, headers=_IMAGE),
    _Asked("a script of another page", 403, headers=_SCRIPT),
    _Asked("a frame of another page", 403, headers=_FRAME),
    _Asked("a form", 405, method="POST"),
    _Asked("deleting", 405, method="DELETE"),
    _Asked("the workbook", 404, "/{run}/reconciliation.xlsx"),
    _Asked("the JSON", 404, "/{run}/reconciliation.json"),
    _Asked("the sender's file", 404, "/{run}/marks%20-%20to%20mend.xlsx"),
    _Asked("a list of the folder", 404, "/{run}/"),
    _Asked("who waits", 404, "/outstanding-2026-11-26.xlsx"),
    _Asked("a run that is not there", 404, "/20260102-000000-000-abcd/reconciliation.html"),
    _Asked("no run", 404, "/in/reconciliation.html"),
    _Asked("a link to elsewhere", 404, "/20260101-000000-000-abcd/reconciliation.html"),
    _Asked("above", 404, "/../in/reconciliation.html"),
    _Asked("above, encoded", 404, "/%2e%2e%2fin/reconciliation.html"),
    _Asked("the settings", 404, "/..%2Fpapermarks.toml"),
    _Asked("another separator", 404, "/..%5Cin/reconciliation.html"),
    _Asked("its documentation", 404, "/docs"),
    _Asked("its schema", 404, "/openapi.json"),
)  # fmt: skip


@pytest.mark.parametrize("asked", _REFUSED, ids=lambda asked: asked.name)
def test_nobody_sees_anything_else(served: _Served, asked: _Asked) -> None:
    path = (asked.path or served.page).format(run=served.account.run.id)
    headers = {"Host": served.url.removeprefix("http://"), "Origin": "https://evil.example"}
    if asked.signed_in:
        headers["Authorization"] = served.auth._auth_header
    status, said, body = _raw(served.url, asked.method, path, {**headers, **asked.headers})
    assert status == asked.status
    assert b"KEYCODE" not in body
    assert b"secret" not in body
    assert b"elsewhere" not in body
    assert not [name for name in said if name.startswith("access-control")]
    assert ("www-authenticate" in said) is (status == 401)


def _raw(
    url: str, method: str, path: str, headers: Mapping[str, str]
) -> tuple[int, dict[str, str], bytes]:
    """A request as it is written here: a client would put its path right."""
    host, port = url.removeprefix("http://").split(":")
    lines = [f"{method} {path} HTTP/1.0", *(f"{name}: {text}" for name, text in headers.items())]
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode())
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    first, *said = head.decode("latin-1").split("\r\n")
    named = (line.partition(":") for line in said)
    return int(first.split()[1]), {name.lower(): text.strip() for name, _, text in named}, body


def test_what_another_page_may_do_with_an_answer_is_said(served: _Served) -> None:
    for auth in (served.auth, None):
        said = plain_http.get(f"{served.url}{served.page}", auth=auth).headers
        assert "default-src 'none'" in said["content-security-policy"]
        assert "frame-ancestors 'none'" in said["content-security-policy"]
        assert said["cross-origin-resource-policy"] == "same-origin"
        assert said["referrer-policy"] == "no-referrer"
        assert said["x-content-type-options"] == "nosniff"
        assert said["cache-control"] == "no-store"


def test_its_string_is_its_owners_alone_and_not_that_of_prefect(served: _Served) -> None:
    file = served.home / "prefect" / sign_in.REPORTS_FILE
    assert sign_in.sign_in(served.home) != served.string
    assert sign_in.sign_in(served.home, sign_in.REPORTS_FILE) == served.string
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_run_links_to_its_page_where_a_server_of_ours_answers(served: _Served) -> None:
    home, run = served.home, served.account.run.id
    assert report_links.link_to_report(home, run) is None, "none was started"
    port = int(served.url.rpartition(":")[2])
    report_links.remember_address(home, port)
    link = report_links.link_to_report(home, run)
    assert link == f"{served.url}{served.page}"
    assert plain_http.get(link, auth=served.auth).status_code == 200
    with _serving(home / "another") as others:  # somebody else's has its place
        report_links.remember_address(home, others)
        assert report_links.link_to_report(home, run) is None
    report_links.remember_address(home, others)
    assert report_links.link_to_report(home, run) is None, "it has ended"
    report_links.remember_address(home, None)
    assert report_links.link_to_report(home, run) is None


@pytest.mark.long
def test_as_a_process_it_has_no_setting_and_ends_with_its_starter(served: _Served) -> None:
    with socket.create_server((report_links.HOST, 0)) as free:
        port = free.getsockname()[1]
    env = report_links.environment({**os.environ, "PAPERMARKS_SURPASS_PASSWORD": "secret"})
    assert "PAPERMARKS_SURPASS_PASSWORD" not in env
    command = report_links.command(served.home, served.home / "reports", port)
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE) as started:  # noqa: S603
        until(lambda: report_links.answers(port))
        page = plain_http.get(f"{report_links.address(port)}{served.page}", auth=served.auth)
        assert page.status_code == 200
        assert started.stdin is not None
        started.stdin.close()
        assert started.wait(60) == 0
