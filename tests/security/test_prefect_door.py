"""Prefect's server of ``papermarks serve`` is closed to who has not our string, and so are ours.

Whoever may change a deployment can have commands run: a stranger on this machine, or a page of the
internet in a browser on it, must be refused whatever it asks.
"""

from __future__ import annotations

import json
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import websockets
from websockets.sync.client import connect as connect_web_socket

from flows.prefect_side import connect, sign_in
from flows.prefect_side.server import address
from pipeline.errors import SettingsError
from pipeline.sandbox import Sandbox, serve_in_thread
from pipeline.settings import password
from tests import plain_http
from tests.flows.commands import child, papermarks, query, signed_in, until
from tests.flows.conftest import free_port
from tests.one_answer import answering_each

_FOREIGN = "https://evil.example"
_PASSWORD = "an0ther-secret"


@dataclass(frozen=True)
class _Served:
    api: str
    home: Path
    string: str
    output: str
    server_environment: str


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Served]:
    """An office's own ``papermarks serve``, with a Prefect server of its own."""
    folder = tmp_path_factory.mktemp("office")
    home = folder / "papermarks"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    api = address(port)
    with serve_in_thread(Sandbox([])) as url:
        office = kept | {
            "PAPERMARKS_HOME": str(home),
            "PAPERMARKS_PREFECT_PORT": str(port),
            "PAPERMARKS_REPORTS_PORT": str(free_port()),
            "PAPERMARKS_SURPASS_URL": url,
            "PAPERMARKS_SURPASS_USERNAME": "papermarks",
            "PAPERMARKS_SURPASS_PASSWORD": _PASSWORD,
        }
        with papermarks(office, folder / "serve.log", "serve") as serve:
            until(lambda: "Watching" in serve.output(), serve.output)
            string = sign_in.sign_in(home)
            until(lambda: len(_deployments(api, string)) == 3, serve.output)
            server = child(serve.process.pid, "flows.prefect_side.server")
            environment = Path(f"/proc/{server}/environ")
            variables = environment.read_text() if environment.exists() else ""
            yield _Served(api, home, string, serve.output(), variables)
            assert serve.end() == 0, serve.output()


def _deployments(api: str, string: str) -> dict[str, str]:
    there = query(api, "deployments", {}, signed_in(api, string))
    return {each["name"]: each["id"] for each in there}


_PULL_STEPS = {"pull_steps": [{"prefect.deployments.steps.run_shell_script": {"script": "id"}}]}
_REQUESTS: dict[str, tuple[str, str, object]] = {
    "change what a deployment runs": ("PATCH", "/deployments/{deployment}", _PULL_STEPS),
    "start a run": ("POST", "/deployments/{deployment}/create_flow_run", {}),
    "list the runs": ("POST", "/flow_runs/filter", {}),
    "read the logs": ("POST", "/logs/filter", {}),
    "make an automation": ("POST", "/automations/", {}),
    "read the settings": ("GET", "/admin/settings", None),
    "get a token against forgery": ("GET", "/csrf-token?client=stranger", None),
}


@pytest.mark.parametrize("what", _REQUESTS)
@pytest.mark.parametrize("string", [None, "admin:pass", "papermarks:"], ids=["none", "a", "b"])
def test_a_stranger_is_refused(served: _Served, what: str, string: str | None) -> None:
    method, path, body = _REQUESTS[what]
    url = served.api + path.format(
        deployment=_deployments(served.api, served.string)["sweep-inbox"]
    )
    auth = None if string is None else httpx.BasicAuth(*string.split(":"))
    assert plain_http.request(method, url, json=body, auth=auth).status_code in {401, 403}


def test_a_page_of_another_site_is_refused_even_signed_in(served: _Served) -> None:
    """What a browser sends for it, the preflight first; and what needs none."""
    url = f"{served.api}/deployments/{_deployments(served.api, served.string)['sweep-inbox']}"
    asks = {"Origin": _FOREIGN, "Access-Control-Request-Method": "PATCH"}
    preflight = httpx.options(url, headers=asks)
    assert preflight.status_code >= 400
    assert "access-control-allow-origin" not in preflight.headers

    basic = httpx.BasicAuth(*served.string.split(":"))
    without_preflight = plain_http.post(
        f"{url}/create_flow_run",
        content=b"{}",
        headers={"Origin": _FOREIGN, "Content-Type": "text/plain"},
        auth=basic,
    )
    assert without_preflight.status_code == 403

    read = plain_http.get(
        f"{served.api}/admin/version", headers={"Origin": _FOREIGN}, auth=basic
    )  # what it could send, it cannot read
    assert "access-control-allow-origin" not in read.headers


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_form_of_another_page_starts_nothing(served: _Served, kind: str) -> None:
    """What a page may send without asking first, and without our string."""
    deployment = _deployments(served.api, served.string)["sweep-inbox"]
    for body in (b"{}", b'{"a":"="}', b"state=Scheduled"):
        answer = plain_http.post(
            f"{served.api}/deployments/{deployment}/create_flow_run",
            content=body,
            headers={"Origin": _FOREIGN, "Content-Type": kind, "Sec-Fetch-Mode": "no-cors"},
        )
        assert answer.status_code in {401, 403}
        assert "access-control-allow-origin" not in answer.headers
    runs = query(served.api, "flow_runs", {}, signed_in(served.api, served.string))
    assert [run["name"] for run in runs if not run["auto_scheduled"]] == []


def _lets_in(api: str, path: str, said: object) -> bool:
    """Whether a web socket, as a page of another site opens one, is let in with these words."""
    url = f"{api.replace('http', 'ws', 1)}{path}"
    protocols = [websockets.Subprotocol("prefect")]
    origin = websockets.Origin(_FOREIGN)
    try:
        with connect_web_socket(url, origin=origin, subprotocols=protocols) as speaking:
            speaking.send(json.dumps(said))
            answer = json.loads(speaking.recv(timeout=30))
    except (websockets.ConnectionClosed, websockets.InvalidStatus):
        return False
    return isinstance(answer, dict) and answer.get("type") == "auth_success"


@pytest.mark.parametrize("path", ["/events/in", "/events/out", "/logs/out"])
def test_a_web_socket_of_a_stranger_hears_and_says_nothing(served: _Served, path: str) -> None:
    """Browsers ask nobody for leave before a page of another site opens one."""
    for said in (
        {"event": "papermarks.forged", "id": "x"},
        {"type": "auth"},
        {"type": "auth", "token": None},
        {"type": "auth", "token": "wrong"},
    ):
        assert not _lets_in(served.api, path, said)
    assert _lets_in(served.api, path, {"type": "auth", "token": served.string})


def test_its_own_page_can_sign_in(served: _Served) -> None:
    own = served.api.removesuffix("/api")
    settings = plain_http.get(f"{own}/ui-settings").json()
    assert (settings["auth"], settings["csrf_enabled"]) == ("BASIC", True)
    asks = {"Origin": own, "Access-Control-Request-Method": "POST"}
    preflight = httpx.options(f"{served.api}/flow_runs/filter", headers=asks)
    assert preflight.headers["access-control-allow-origin"] == own
    assert {"sweep-inbox", "nightly"} <= {*_deployments(served.api, served.string)}


def test_where_to_find_the_string_is_said_but_not_the_string(served: _Served) -> None:
    file = served.home / "prefect" / sign_in.FILE
    assert str(file) in served.output
    assert served.string.partition(":")[2] not in served.output
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_server_has_no_secret_of_surpass(served: _Served) -> None:
    assert _PASSWORD not in served.server_environment
    assert "PAPERMARKS_" not in served.server_environment


def test_a_secret_block_of_it_can_hold_surpass_password(
    served: _Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = signed_in(served.api, served.string)
    with httpx.Client(base_url=served.api, headers=headers) as http:
        kind = http.get("/block_types/slug/secret").raise_for_status().json()["id"]
        schemas = http.post("/block_schemas/filter", json={"block_schemas": None}).json()
        schema = next(each["id"] for each in schemas if each["block_type_id"] == kind)
        block = {"name": "surpass", "block_type_id": kind, "block_schema_id": schema}
        http.post(
            "/block_documents/", json=block | {"data": {"value": "of-the-block"}}
        ).raise_for_status()
    monkeypatch.setenv("PREFECT_API_URL", served.api)
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", served.string)
    assert password.from_prefect_block("surpass") == "of-the-block"
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "papermarks:wrong")
    with pytest.raises(SettingsError, match="refused to sign us in"):
        password.from_prefect_block("other")


def test_a_command_finds_it_by_its_string(served: _Served, tmp_path: Path) -> None:
    assert connect.find_server(served.home) == served.api
    sign_in.sign_in(tmp_path)
    connect.remember_address(tmp_path, served.api)
    assert connect.find_server(tmp_path) is None


def _hangs(connection: socket.socket) -> None:
    connection.recv(1)


def _trickles(connection: socket.socket) -> None:
    stop = threading.Event()
    for byte in b"HTTP/1.1 200 OK" + b" " * 1000:
        connection.sendall(bytes([byte]))
        stop.wait(0.2)


def _floods(connection: socket.socket) -> None:
    for _ in range(10_000):
        connection.sendall(b"x" * 65536)


def _takes_anything(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


def _redirects(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n")


def _talks_other(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example ESMTP\r\n")


def _odd_status(connection: socket.socket) -> None:
    connection.sendall("HTTP/1.1 ٢٠٠ OK\r\n\r\n".encode())


@contextmanager
def _stranger(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that is none of ours; its address as that of an API."""
    with answering_each(answer) as port:
        yield address(port)


@pytest.mark.parametrize(
    "answer",
    [_hangs, _trickles, _floods, _takes_anything, _redirects, _talks_other, _odd_status],
    ids=lambda answer: answer.__name__.strip("_"),
)
def test_a_foreign_server_is_given_up(
    answer: Callable[[socket.socket], None], tmp_path: Path
) -> None:
    with _stranger(answer) as url:
        sign_in.sign_in(tmp_path)
        connect.remember_address(tmp_path, url)
        assert connect.find_server(tmp_path) is None


def test_a_foreign_server_that_refuses_never_sees_the_string(tmp_path: Path) -> None:
    """Of another user's: here one that does not listen at the address that a page could have."""
    string = sign_in.sign_in(tmp_path)
    for url in ("http://prefect.example:4200/api", "https://127.0.0.2:4200/api", "file:///api", ""):
        assert not sign_in.is_ours(url, string)


def test_one_string_for_all(tmp_path: Path) -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(sign_in.sign_in(tmp_path))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({*made}) == 1
    assert len(made) == 8
    assert [*(tmp_path / "prefect").iterdir()] == [tmp_path / "prefect" / sign_in.FILE]


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_string_that_others_could_read_is_made_anew(tmp_path: Path) -> None:
    first = sign_in.sign_in(tmp_path)
    (tmp_path / "prefect" / sign_in.FILE).chmod(0o644)
    assert sign_in.known_sign_in(tmp_path) is None
    second = sign_in.sign_in(tmp_path)
    assert second != first
    assert sign_in.sign_in(tmp_path) == second


@pytest.mark.parametrize(
    "kept",
    ["", "short:1", "no-colon" * 5, "ü:" + "f" * 36],
    ids=["empty", "short", "no colon", "not ASCII"],
)
def test_a_string_that_is_none_is_made_anew(kept: str, tmp_path: Path) -> None:
    (tmp_path / "prefect").mkdir()
    file = tmp_path / "prefect" / sign_in.FILE
    file.touch(mode=0o600)
    file.write_text(kept, encoding="utf-8")
    assert len(sign_in.sign_in(tmp_path)) > 40
