"""Who is notified of a run, and that nothing of it is personal, secret, slow or fatal."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline import notify as room
from pipeline.account import RunSummary, ToDo
from pipeline.doctor import Verdict
from pipeline.doctor.notifications import check_notifications
from pipeline.errors import SettingsError
from pipeline.notify import NotifyTargets, notify, problems, targets_of
from pipeline.progress import QUIET
from pipeline.run import ingest
from pipeline.sandbox import Sandbox, SandboxSession, serve_in_thread
from pipeline.settings import Settings, load
from pipeline.stages import Job, Report, start
from pipeline.surpass import Surpass, access_of
from schemas.words import Who
from tests.notify.conftest import smtp
from tests.webhook import Webhook

_SUMMARY = RunSummary(
    run="20261123-020000-abcd",
    rows=9,
    submissions=5,
    outcomes={"accepted": 3, "held": 2},
    errors=1,
    warnings=4,
    unreadable=0,
    stopped=False,
    balanced=True,
    headline="3 of 5 sent. 2 need you: 2 to decide.",
    files=("northfield.xlsx", "southfield.csv"),
    to_do=tuple(
        ToDo(who, code, file, stops, findings=2, submissions=2, message="", to_do="")
        for who, code, file, stops in (
            (Who.OFFICE, "candidate-absent-with-marks", "northfield.xlsx", True),
            (Who.IT, "stopped", "", True),
            (Who.OFFICE, "column-constant", "northfield.xlsx", False),
        )
    ),
    cells=(("C3", "C4"), (), ("D1",)),
)
_WELL = replace(_SUMMARY, submissions=3, outcomes={"accepted": 2, "unchanged": 1}, errors=0)
_REPORT = "/srv/papermarks/reports/20261123-020000-abcd/reconciliation.html"
_SUBJECT = "northfield.xlsx and 1 more: 3 of 5 sent. 2 need you: 2 to decide."


def _notified(summary: RunSummary, targets: NotifyTargets) -> tuple[str, ...]:
    """What is said of those that could not be notified."""
    return asyncio.run(notify(summary, _REPORT, targets))


def _mail(
    port: int,
    *to: str,
    scheme: str = "mailto",
    login: str = "",
    host: str = "127.0.0.1",
    more: str = "",
) -> NotifyTargets:
    """By e-mail, as apprise writes it."""
    people = "/".join(map(quote, to or ("a@example.org",)))
    query = f"from=papermarks@example.org{more}"
    return NotifyTargets(people=(f"{scheme}://{login}{host}:{port}/{people}?{query}",))


_NEEDS_A_PERSON = {
    "something is left to do": (_SUMMARY, True),
    "all is settled": (_WELL, False),
    "warnings need nobody": (replace(_WELL, warnings=7), False),
    "errors in files": (replace(_WELL, errors=2), True),
    "an unreadable file": (replace(_WELL, unreadable=1, errors=1), True),
    "stopped": (replace(_WELL, stopped=True), True),
    "nothing": (replace(_WELL, submissions=0, outcomes={}), False),
    "nothing but an error": (replace(_WELL, submissions=0, outcomes={}, errors=1), True),
    "out of balance": (replace(_WELL, balanced=False), True),
}


@pytest.mark.parametrize(
    ("summary", "needed"), _NEEDS_A_PERSON.values(), ids=_NEEDS_A_PERSON.keys()
)
def test_a_person_is_needed_where_something_is_left(summary: RunSummary, needed: bool) -> None:
    assert summary.needs_a_person is needed


def test_a_webhook_gets_the_counts_and_a_text_for_chats(webhook: Webhook) -> None:
    assert _notified(_SUMMARY, NotifyTargets(webhook=webhook.url)) == ()
    assert webhook.bodies == [
        {
            "text": f"papermarks: {_SUBJECT} (run 20261123-020000-abcd)",
            "run": "20261123-020000-abcd",
            "profile": None,
            "needs_a_person": True,
            "headline": "3 of 5 sent. 2 need you: 2 to decide.",
            "files": ["northfield.xlsx", "southfield.csv"],
            "submissions": 5,
            "outcomes": {"accepted": 3, "held": 2},
            "errors": 1,
            "warnings": 4,
            "to_do": [
                {
                    "who": "office",
                    "rule": "candidate-absent-with-marks",
                    "file": "northfield.xlsx",
                    "cells": ["C3", "C4"],
                    "findings": 2,
                    "submissions": 2,
                },
                {
                    "who": "IT",
                    "rule": "stopped",
                    "file": "",
                    "cells": [],
                    "findings": 2,
                    "submissions": 2,
                },
            ],
            "stopped": False,
            "balanced": True,
            "report": _REPORT,
        }
    ]


def test_who_wants_problems_only_hears_of_nothing_else(webhook: Webhook) -> None:
    targets = NotifyTargets(webhook=webhook.url, only_problems=True)
    assert _notified(_WELL, targets) == ()
    assert webhook.bodies == []
    assert _notified(_SUMMARY, targets) == ()
    assert len(webhook.bodies) == 1


def test_a_webhook_that_refuses_is_named_without_its_address(webhook: Webhook) -> None:
    webhook.status = 404
    failed = _notified(_SUMMARY, NotifyTargets(webhook=webhook.url))
    assert failed == ("the webhook was not notified of the run: it answered 404",)


def test_nobody_there_is_said_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    by_web, by_mail = _notified(
        _SUMMARY, replace(_mail(port), webhook=f"http://127.0.0.1:{port}/a-secret")
    )
    assert by_web == "the webhook was not notified of the run: ConnectError"
    start = "NOTIFY's address 1, E-Mail (127.0.0.1), was not notified of the run: "
    assert by_mail.startswith(start)
    assert "refused" in by_mail


def test_who_never_answers_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_TIMEOUT_S", 0.2)
    monkeypatch.setattr(room, "_START_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        failed = _notified(_SUMMARY, replace(_mail(port), webhook=f"http://127.0.0.1:{port}"))
    assert [text.rpartition(": ")[2] for text in failed] == ["no answer within 0 seconds"] * 2


def test_a_letter_names_the_file_the_cells_and_where_the_report_is() -> None:
    to = ("a@example.org", "b@example.org")
    with smtp() as (box, port):
        assert _notified(_SUMMARY, _mail(port, *to)) == ()
    assert box.to == [*to]
    letter = box.letters[0]
    assert " ".join(letter["Subject"].split()) == f"papermarks: {_SUBJECT}"
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
        f"Report: {_REPORT}"
    )


def test_a_letter_says_loudly_which_surpass_it_was() -> None:
    with smtp() as (box, port):
        summary = replace(_SUMMARY, profile="live")
        assert _notified(summary, _mail(port)) == ()
    (letter,) = box.letters
    assert " ".join(letter["Subject"].split()) == f"papermarks [LIVE]: {_SUBJECT}"
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().startswith("Run 20261123-020000-abcd (LIVE)")


def test_over_starttls_with_a_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = _certificate(tmp_path)
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trusted.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # the office trusts its own
    with smtp(tls_context=trusted, require_starttls=True, auth_required=True) as (box, port):

        def send(scheme: str, login: str) -> tuple[str, ...]:
            return _notified(_SUMMARY, _mail(port, scheme=scheme, login=login, host="localhost"))

        assert send("mailtos", "office:s3cret@") == ()
        (wrong,) = send("mailtos", "office:wr0ng@")
        (plain,) = send("mailto", "")
    assert len(box.letters) == 1
    assert box.logins[0][1] == "s3cret"
    assert "535" in wrong
    assert "wr0ng" not in wrong
    assert "530" in plain


def test_over_tls_from_the_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = _certificate(tmp_path)
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trusted.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with smtp(ssl_context=trusted) as (box, port):
        targets = _mail(port, scheme="mailtos", host="localhost", more="&mode=ssl")
        assert _notified(_SUMMARY, targets) == ()
    assert len(box.letters) == 1


@pytest.mark.parametrize("more", ["", "&verify=no"], ids=["not trusted", "verify=no is refused"])
def test_a_certificate_that_is_not_trusted_is_not_written_to(tmp_path: Path, more: str) -> None:
    untrusted = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    untrusted.load_cert_chain(_certificate(tmp_path))
    with smtp(tls_context=untrusted) as (box, port):
        targets = _mail(port, scheme="mailtos", host="localhost", more=more)
        (failed,) = _notified(_SUMMARY, targets)
    assert "certificate" in failed.lower() or "verify=no is refused" in failed
    assert box.letters == []


def test_another_service_is_reached_and_its_refusal_shows_no_secret(webhook: Webhook) -> None:
    """Each service of apprise's is an address; this one is a web server that takes its JSON."""
    targets = NotifyTargets(people=(webhook.url.replace("http://", "json://"),))
    assert _notified(_SUMMARY, targets) == ()
    assert webhook.bodies[0]["title"] == f"papermarks: {_SUBJECT}"
    webhook.status = 403
    (failed,) = _notified(_SUMMARY, targets)
    assert failed == "NOTIFY's address 1, JSON, was not notified of the run: it answered 403"


def test_what_apprise_writes_into_its_log_stays_there(caplog: pytest.LogCaptureFixture) -> None:
    """It writes the addresses of people."""
    caplog.set_level("DEBUG")
    with smtp() as (_, port):
        assert _notified(_SUMMARY, _mail(port)) == ()
    assert not [record for record in caplog.records if record.name.startswith("apprise")]


def test_no_secret_is_shown() -> None:
    targets = NotifyTargets("https://chat.example/s3cret", ("mailtos://office:s3cret@example.org",))
    assert "s3cret" not in repr(targets)


def test_addresses_are_looked_at_without_sending() -> None:
    good, wrong = "mailtos://office:s3cret@example.org/a@example.org", "nonsense://s3cret"
    found = problems(NotifyTargets(people=(good, wrong, f"{good}?verify=no")))
    assert [text.partition(":")[0] for text in found] == [
        "NOTIFY's address 2",
        "NOTIFY's address 3",
    ]
    assert "s3cret" not in "".join(found)


def test_the_doctor_names_an_address_that_is_not_understood(tmp_path: Path) -> None:
    variables = {
        "home": tmp_path,
        "notify": "nonsense://s3cret",
        "notify_url": "http://127.0.0.1:9",
    }
    (diagnosis,) = check_notifications(Settings.model_validate(variables))
    assert diagnosis.verdict is Verdict.FAILED
    assert diagnosis.sentence == "NOTIFY's address 1: it is not one that apprise knows."
    (well,) = check_notifications(Settings.model_validate(variables | {"notify": _MAIL}))
    assert (well.verdict, well.sentence) == (Verdict.OK, "Notified of each run: 2.")


_MAIL = "mailtos://office:s3cret@example.org/?to=a@example.org,b@example.org"
_CHAT = "slack://a/b/c"


@pytest.mark.parametrize(
    "values", [f"{_MAIL},{_CHAT}", f" {_MAIL}, {_CHAT} ", f"{_MAIL} {_CHAT}", f"{_MAIL},\n{_CHAT},"]
)
def test_the_settings_say_who_is_notified(tmp_path: Path, values: str) -> None:
    settings = load({"PAPERMARKS_HOME": str(tmp_path), "PAPERMARKS_NOTIFY": values})
    assert targets_of(settings) == NotifyTargets(people=(_MAIL, _CHAT))
    assert "s3cret" not in json.dumps(settings.model_dump(mode="json"))
    assert "s3cret" not in repr(settings)


def test_the_file_may_have_a_list_of_them(tmp_path: Path) -> None:
    (tmp_path / "papermarks.toml").write_text(f'notify = ["{_MAIL}", "{_CHAT}"]\n')
    settings = load({"PAPERMARKS_HOME": str(tmp_path)})
    assert targets_of(settings) == NotifyTargets(people=(_MAIL, _CHAT))


def test_nobody_is_notified_unless_somebody_is_named(tmp_path: Path) -> None:
    assert targets_of(load({"PAPERMARKS_HOME": str(tmp_path)})) == NotifyTargets()


def test_what_is_no_address_is_named_without_its_words(tmp_path: Path) -> None:
    variables = {"PAPERMARKS_HOME": str(tmp_path), "PAPERMARKS_NOTIFY": "s3cret@example.org"}
    with pytest.raises(SettingsError, match=r"^PAPERMARKS_NOTIFY: must be addresses") as error:
        load(variables)
    assert "s3cret" not in str(error.value)


def test_a_run_notifies_and_goes_well_where_that_fails(webhook: Webhook, tmp_path: Path) -> None:
    sandbox = Sandbox([SandboxSession.paper("NOTIFY01", {"1": 10})])
    sheet = tmp_path / "marks.csv"
    sheet.write_text("Keycode,Q1\nNOTIFY01,7\n")
    access = {"surpass_username": "sandbox", "surpass_password": "sandbox"}
    with serve_in_thread(sandbox) as url:
        settings = Settings.model_validate(
            {"home": tmp_path, "surpass_url": url, "notify_url": webhook.url} | access
        )

        async def run() -> Report:
            async with Surpass(access_of(settings)) as surpass:
                return await ingest(start(Job(settings), [sheet], QUIET), surpass)

        first = asyncio.run(run())
        webhook.status = 500
        second = asyncio.run(run())
    assert [body["outcomes"] for body in webhook.bodies] == [{"accepted": 1}, {"unchanged": 1}]
    assert (first.folder / "reconciliation.xlsx").parent.name == webhook.bodies[0]["run"]
    assert webhook.bodies[0]["report"] == str(first.folder / "reconciliation.html")
    assert "NOTIFY01" not in json.dumps(webhook.bodies)
    assert first.not_notified == ()
    assert second.not_notified == ("the webhook was not notified of the run: it answered 500",)


def _certificate(folder: Path) -> Path:
    """For localhost, signed by itself; key and certificate in one file."""
    path = folder / "both.pem"
    subprocess.run(  # noqa: S603  # our own command
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",  # noqa: S607
         "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", path, "-out", folder / "certificate.pem"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + (folder / "certificate.pem").read_bytes())
    return path


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("mailto://office:s3cret@mail.example?to=a@example.org", False),
        ("mailtos://office:s3cret@mail.example?to=a@example.org&mode=insecure", False),
        ("json://chat.example/s3cret", False),
        ("xml://chat.example/s3cret", False),
        ("mailtos://office:s3cret@mail.example?to=a@example.org", True),
        ("mailto://office:s3cret@gmail.com", True),  # apprise encrypts that one by itself
        ("jsons://chat.example/s3cret", True),
        ("mailto://office:s3cret@localhost:25?to=a@example.org", True),
        ("json://127.0.0.1:8000/s3cret", True),
    ],
)
def test_a_secret_that_would_travel_unencrypted_is_refused(address: str, taken: bool) -> None:
    found = problems(NotifyTargets(people=(address,)))
    assert (found == ()) == taken
    assert taken or ("not encrypted" in found[0] and "s3cret" not in found[0])


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
        (failed,) = _notified(_SUMMARY, _mail(listening.getsockname()[1]))
        listening.close()
    thread.join(30)
    assert "was not notified of the run" in failed
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes
