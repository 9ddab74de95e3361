"""No connection to Surpass: nothing was sent, and a sentence says why and what to do."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.account import RunSummary
from pipeline.doctor.surpass import probe
from pipeline.errors import SettingsError, Unreachable
from pipeline.notify import NotifyTargets, notify
from pipeline.surpass import Access, Surpass
from tests.security.certificates import answering, self_signed
from tests.serving import access, reply, single

_GOOD = reply(single(id=1, keycode="AB12CD34", testState="PaperResponseUpload"))

_SUMMARY = RunSummary(
    run="20260602-093000-test",
    rows=1,
    submissions=1,
    outcomes={"accepted": 1},
    errors=0,
    warnings=0,
    unreadable=0,
    stopped=False,
    balanced=True,
)


def _asked(where: Access) -> object:
    """By the client's own wire, whose certificates are the usual ones."""

    async def ask() -> object:
        async with Surpass(where) as surpass:
            return await surpass.session("AB12CD34")

    return asyncio.run(ask())


@dataclass(frozen=True)
class _Certificate:
    expected: str
    name: str = "localhost"
    from_days: int = -10
    until_days: int = 10
    trusted: bool = True  # by CA_FILE


_CERTIFICATES = {
    "expired": _Certificate("has expired", until_days=-1),
    "not valid yet": _Certificate("not valid yet", from_days=5),
    "for another name": _Certificate("for another name", name="surpass.example"),
    "of an unknown authority": _Certificate("set CA_FILE to it", trusted=False),
}


@pytest.mark.parametrize("name", _CERTIFICATES)
def test_a_certificate_that_is_not_good_ends_in_a_sentence(name: str, tmp_path: Path) -> None:
    case = _CERTIFICATES[name]
    file = self_signed(
        tmp_path / "server.pem",
        name=case.name,
        from_days=case.from_days,
        until_days=case.until_days,
    )
    with answering(file, _GOOD) as (url, requests):
        where = access(url, max_attempts=1, ca_file=file if case.trusted else None)
        with pytest.raises(Unreachable, match=case.expected) as raised:
            _asked(where)
        diagnosis = probe(where)
        targets = NotifyTargets(webhook=f"{url}/s3cret", ca_file=where.ca_file)
        (not_notified,) = asyncio.run(notify(_SUMMARY, "report", targets))
    assert raised.value.not_taken
    assert requests == []
    assert case.expected in getattr(diagnosis, "sentence", "")
    assert case.expected in not_notified
    assert "s3cret" not in not_notified


def test_an_authority_of_the_offices_own_is_trusted_beside_the_usual_ones(tmp_path: Path) -> None:
    file = self_signed(tmp_path / "server.pem", from_days=-1, until_days=1)
    with answering(file, _GOOD) as (url, requests):
        assert _asked(access(url, ca_file=file))
        assert getattr(probe(access(url, ca_file=file)), "status_code", None) == 200
        targets = NotifyTargets(webhook=f"{url}/hook", ca_file=file)
        assert asyncio.run(notify(_SUMMARY, "report", targets)) == ()
    assert len(requests) == 3


@pytest.mark.parametrize("content", [None, b"no certificate"], ids=["not there", "no PEM"])
def test_a_file_of_certificates_that_is_none_is_said(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"PAPERMARKS_CA_FILE: .*ca\.pem: "):
        _asked(access("https://localhost:1", ca_file=file))


def test_a_broken_ssl_cert_file_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    with pytest.raises(SettingsError, match="SSL_CERT_FILE"):
        _asked(access("https://localhost:1"))


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


_ADDRESSES: dict[str, tuple[Callable[[], str], str]] = {
    "a name that nobody has": (lambda: "https://surpass.invalid", "(DNS)"),
    "nobody listens": (lambda: f"https://127.0.0.1:{_closed_port()}", "nothing answers there"),
}


@pytest.mark.parametrize("proxy", [False, True], ids=["our wire", "httpx's own"])
@pytest.mark.parametrize("name", _ADDRESSES)
def test_no_way_to_it_ends_in_a_sentence(
    name: str, proxy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_url, expected = _ADDRESSES[name]
    if proxy:  # that is for other schemes only: httpx then goes straight, by its own wire
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with pytest.raises(Unreachable) as raised:
        _asked(access(make_url(), max_attempts=1))
    assert expected in str(raised.value)


_WITHOUT_HANDLES = """
import asyncio, resource, sys
from pipeline.surpass import Access, Surpass
async def ask():
    async with Surpass(Access(sys.argv[1], "u", "p", max_attempts=1)) as surpass:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
        await surpass.session("AB12CD34")
try:
    asyncio.run(ask())
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.name != "posix", reason="a limit that Windows has not")
def test_no_file_handles_left_ends_in_a_sentence() -> None:
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", _WITHOUT_HANDLES, "http://127.0.0.1:1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("Unreachable no connection to 127.0.0.1: Too many files are open")
    assert "ulimit -n" in done.stdout
