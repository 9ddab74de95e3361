"""Letters: what is in them, and over which connections they go."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.notify.conftest import smtp
from tests.notify.notified import REPORT, SUBJECT, SUMMARY, mail, notified
from tests.security.certificates import self_signed


def test_a_letter_names_the_file_the_cells_and_where_the_report_is() -> None:
    to = ("a@example.org", "b@example.org")
    with smtp() as (box, port):
        assert notified(SUMMARY, mail(port, *to)) == ()
    assert box.to == [*to]
    letter = box.letters[0]
    assert " ".join(letter["Subject"].split()) == f"papermarks: {SUBJECT}"
    assert "papermarks@example.org" in letter["From"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "text/plain"
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().replace("\r\n", "\n").strip() == (
        "Run 20261123-020000-abcd\n"
        "Files: northfield.xlsx, southfield.csv\n\n"
        "5 submissions from 9 rows: 3 accepted, 2 held. It balances.\n"
        "Findings: 1 error and 4 warnings.\n\n"
        "To do (papermarks rules CODE says more of each):\n"
        "- office: candidate-absent-with-marks in northfield.xlsx: C3, C4\n"
        "- IT: stopped\n\n"
        f"Report: {REPORT}"
    )


def test_a_letter_says_loudly_which_surpass_it_was() -> None:
    with smtp() as (box, port):
        summary = replace(SUMMARY, profile="live")
        assert notified(summary, mail(port)) == ()
    (letter,) = box.letters
    assert " ".join(letter["Subject"].split()) == f"papermarks [LIVE]: {SUBJECT}"
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().startswith("Run 20261123-020000-abcd (LIVE)")


def test_over_starttls_with_a_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, trusted = _certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # the office trusts its own
    with smtp(tls_context=trusted, require_starttls=True, auth_required=True) as (box, port):

        def send(scheme: str, login: str) -> tuple[str, ...]:
            return notified(SUMMARY, mail(port, scheme=scheme, login=login, host="localhost"))

        assert send("mailtos", "office:s3cret@") == ()
        (wrong,) = send("mailtos", "office:wr0ng@")
        (plain,) = send("mailto", "")
    assert len(box.letters) == 1
    assert box.logins[0][1] == "s3cret"
    assert "535" in wrong
    assert "wr0ng" not in wrong
    assert "530" in plain


def test_over_tls_from_the_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, trusted = _certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with smtp(ssl_context=trusted) as (box, port):
        targets = mail(port, scheme="mailtos", host="localhost", more="&mode=ssl")
        assert notified(SUMMARY, targets) == ()
    assert len(box.letters) == 1


@pytest.mark.parametrize("more", ["", "&verify=no"], ids=["not trusted", "verify=no is refused"])
def test_a_certificate_that_is_not_trusted_is_not_written_to(tmp_path: Path, more: str) -> None:
    _, untrusted = _certificate(tmp_path)
    with smtp(tls_context=untrusted) as (box, port):
        targets = mail(port, scheme="mailtos", host="localhost", more=more)
        (failed,) = notified(SUMMARY, targets)
    assert "certificate" in failed.lower() or "verify=no is refused" in failed
    assert box.letters == []


def test_what_apprise_writes_into_its_log_stays_there(caplog: pytest.LogCaptureFixture) -> None:
    """It writes the addresses of people."""
    caplog.set_level("DEBUG")
    with smtp() as (_, port):
        assert notified(SUMMARY, mail(port)) == ()
    assert not [record for record in caplog.records if record.name.startswith("apprise")]


def _certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate that vouches for itself, and the TLS of a server that shows it."""
    file = self_signed(folder / "both.pem", from_days=-1, until_days=1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context


def _flooding(listening: socket.socket) -> None:
    """A mail server whose greeting has no end."""
    with suppress(OSError):
        connection, _ = listening.accept()
        with connection:
            while True:
                connection.sendall(b"220-" + b"x" * 8000 + b"\r\n")


def test_a_mail_server_that_answers_without_end_is_given_up() -> None:
    """By its process's memory or time, and never by ours."""
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_flooding, args=(listening,), daemon=True)
        thread.start()
        (failed,) = notified(SUMMARY, mail(listening.getsockname()[1]))
        listening.close()
    thread.join(30)
    assert "was not notified of the run" in failed
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes
