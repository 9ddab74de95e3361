"""Who is told of a run, and that nothing of it is personal, secret, slow or fatal."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import notify as room
from pipeline.errors import SettingsError
from pipeline.notify import Account, NotifyTargets, Post, notify
from pipeline.progress import QUIET
from pipeline.run import Job, Report, ingest, start
from pipeline.sandbox import Sandbox, SandboxSession, serve_in_thread
from pipeline.settings import Settings, load
from pipeline.surpass import Surpass
from tests.notify.conftest import smtp
from tests.webhook import Webhook

_ACCOUNT = Account(
    run="20261123-020000-abcd",
    rows=9,
    submissions=5,
    outcomes={"accepted": 3, "held": 2},
    errors=1,
    warnings=4,
    unreadable=0,
    stopped=False,
    balanced=True,
)
_WELL = replace(_ACCOUNT, submissions=3, outcomes={"accepted": 2, "unchanged": 1}, errors=0)
_POST = Post("127.0.0.1", 0, "none", None, None, "papermarks@example.org", ("a@example.org",))


def _told(account: Account, ways: NotifyTargets) -> tuple[str, ...]:
    return asyncio.run(notify(account, "20261123-020000-abcd/reconciliation.xlsx", ways))


@pytest.mark.parametrize(
    ("account", "headline", "needs_a_person"),
    [
        (_ACCOUNT, "2 of 5 submissions need a person", True),
        (_WELL, "3 of 3 submissions are settled", False),
        (replace(_WELL, warnings=7), "3 of 3 submissions are settled", False),
        (replace(_WELL, errors=2), "3 of 3 submissions are settled; 2 errors in files", True),
        (replace(_WELL, unreadable=1, errors=1), "3 of 3 submissions are settled; 1 error in files",
         True),
        (replace(_ACCOUNT, stopped=True),
         "sending was stopped: 2 of 5 submissions need a person", True),
        (replace(_WELL, submissions=0, outcomes={}), "nothing to send", False),
        (replace(_WELL, submissions=0, outcomes={}, errors=1), "nothing to send, and 1 error",
         True),
        (replace(_WELL, balanced=False),
         "the account does not add up: do not rely on this run, and report it", True),
    ],
)  # fmt: skip
def test_the_headline_says_what_matters_most(
    account: Account, headline: str, needs_a_person: bool
) -> None:
    assert account.headline == headline
    assert account.needs_a_person is needs_a_person


def test_a_webhook_gets_the_counts_and_a_text_for_chats(webhook: Webhook) -> None:
    assert _told(_ACCOUNT, NotifyTargets(webhook.url, None)) == ()
    assert webhook.told == [
        {
            "text": "papermarks, run 20261123-020000-abcd: 2 of 5 submissions need a person.",
            "run": "20261123-020000-abcd",
            "profile": None,
            "needs_a_person": True,
            "headline": "2 of 5 submissions need a person",
            "submissions": 5,
            "outcomes": {"accepted": 3, "held": 2},
            "errors": 1,
            "warnings": 4,
            "stopped": False,
            "balanced": True,
            "report": "20261123-020000-abcd/reconciliation.xlsx",
        }
    ]


def test_who_wants_problems_only_hears_of_nothing_else(webhook: Webhook) -> None:
    ways = NotifyTargets(webhook.url, None, only_problems=True)
    assert _told(_WELL, ways) == ()
    assert webhook.told == []
    assert _told(_ACCOUNT, ways) == ()
    assert len(webhook.told) == 1


def test_a_webhook_that_refuses_is_told_without_its_address(webhook: Webhook) -> None:
    webhook.status = 404
    told = _told(_ACCOUNT, NotifyTargets(webhook.url, None))
    assert told == ("the webhook was not told of the run: it answered 404",)


def test_nobody_there_is_told_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ways = NotifyTargets(f"http://127.0.0.1:{port}/a-secret", replace(_POST, port=port))
    by_web, by_mail = _told(_ACCOUNT, ways)
    assert by_web == "the webhook was not told of the run: ConnectError"
    assert by_mail.startswith("127.0.0.1 (e-mail) was not told of the run: ")


def test_who_never_answers_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        told = _told(_ACCOUNT, NotifyTargets(f"http://127.0.0.1:{port}", replace(_POST, port=port)))
    assert [text.rpartition(": ")[2] for text in told] == ["no answer within 0 seconds"] * 2


def test_a_letter_has_the_counts_and_the_reports_name() -> None:
    with smtp() as (box, port):
        to = ("a@example.org", "b@example.org")
        assert _told(_ACCOUNT, NotifyTargets(None, replace(_POST, port=port, to=to))) == ()
    (letter,) = box.letters
    assert box.to == [*to]
    assert letter["Subject"] == "papermarks: 2 of 5 submissions need a person"
    assert letter["From"] == "papermarks@example.org"
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().replace("\r\n", "\n") == (
        "Run 20261123-020000-abcd\n\n"
        "5 submissions from 9 rows: 3 accepted, 2 held. The law holds.\n"
        "Findings: 1 error and 4 warnings.\n\n"
        "Report: 20261123-020000-abcd/reconciliation.xlsx\n"
    )


def test_a_letter_says_loudly_which_surpass_it_was() -> None:
    with smtp() as (box, port):
        account = replace(_ACCOUNT, profile="live")
        assert _told(account, NotifyTargets(None, replace(_POST, port=port))) == ()
    (letter,) = box.letters
    assert letter["Subject"] == "papermarks [LIVE]: 2 of 5 submissions need a person"
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().startswith("Run 20261123-020000-abcd (LIVE)")


def test_over_starttls_with_a_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = _certificate(tmp_path)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # the office trusts its own
    with smtp(tls_context=ours, require_starttls=True, auth_required=True) as (box, port):
        post = replace(_POST, host="localhost", port=port, security="starttls", username="office")
        assert _told(_ACCOUNT, NotifyTargets(None, replace(post, password="s3cret"))) == ()
        (wrong,) = _told(_ACCOUNT, NotifyTargets(None, replace(post, password="wr0ng")))
        (plain,) = _told(
            _ACCOUNT, NotifyTargets(None, replace(post, security="none", username=None))
        )
    assert len(box.letters) == 1
    assert box.logins[0] == ("office", "s3cret")
    assert "535" in wrong
    assert "wr0ng" not in wrong
    assert "530" in plain


def test_a_certificate_that_is_not_trusted_is_not_written_to(tmp_path: Path) -> None:
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(_certificate(tmp_path))
    with smtp(tls_context=ours) as (box, port):
        post = replace(_POST, host="localhost", port=port, security="starttls")
        (told,) = _told(_ACCOUNT, NotifyTargets(None, post))
    assert "certificate" in told.lower()
    assert box.letters == []


def test_no_secret_is_shown() -> None:
    ways = NotifyTargets("https://chat.example/s3cret", replace(_POST, password="s3cret"))
    assert "s3cret" not in repr(ways)


def test_the_settings_say_who_is_told(tmp_path: Path) -> None:
    home = {"PAPERMARKS_HOME": str(tmp_path)}
    assert load(home).ways == NotifyTargets(None, None)
    told = {"NOTIFY_TO": "a@example.org, b@example.org", "SMTP_PASSWORD": "s3cret"}
    wanted = home | {f"PAPERMARKS_{name}": value for name, value in told.items()}
    with pytest.raises(SettingsError, match="PAPERMARKS_SMTP_HOST: must be set where NOTIFY_TO is"):
        load(wanted)
    ways = load(wanted | {"PAPERMARKS_SMTP_HOST": "mail.example.org"}).ways
    assert ways.post == Post(
        host="mail.example.org",
        port=587,
        security="starttls",
        username=None,
        password="s3cret",
        sender="a@example.org",
        to=("a@example.org", "b@example.org"),
    )
    assert "s3cret" not in json.dumps(load(wanted | {"PAPERMARKS_SMTP_HOST": "x"}).model_dump(
        mode="json"))  # fmt: skip


def test_a_run_tells_and_goes_well_where_that_fails(webhook: Webhook, tmp_path: Path) -> None:
    sandbox = Sandbox([SandboxSession.paper("NOTIFY01", {"1": 10})])
    sheet = tmp_path / "marks.csv"
    sheet.write_text("Keycode,Q1\nNOTIFY01,7\n")
    access = {"surpass_username": "sandbox", "surpass_password": "sandbox"}
    with serve_in_thread(sandbox) as url:
        settings = Settings.model_validate(
            {"home": tmp_path, "surpass_url": url, "notify_url": webhook.url} | access
        )

        async def run() -> Report:
            async with Surpass(settings.access) as surpass:
                return await ingest(start(Job(settings), [sheet], QUIET), surpass)

        first = asyncio.run(run())
        webhook.status = 500
        second = asyncio.run(run())
    assert [told["outcomes"] for told in webhook.told] == [{"accepted": 1}, {"unchanged": 1}]
    assert (first.folder / "reconciliation.xlsx").parent.name == webhook.told[0]["run"]
    assert webhook.told[0]["report"] == f"{first.folder.name}/reconciliation.xlsx"
    assert "NOTIFY01" not in json.dumps(webhook.told)
    assert first.untold == ()
    assert second.untold == ("the webhook was not told of the run: it answered 500",)


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
