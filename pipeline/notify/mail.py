"""Tell people of a run, by e-mail over SMTP."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal

from pipeline.notify.account import Account, counted

_PATIENCE = 10.0  # seconds for each answer of the server


@dataclass(frozen=True)
class Post:
    """The office's way to send e-mail."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str | None
    password: str | None = field(repr=False)
    sender: str
    to: tuple[str, ...]


def send(post: Post, account: Account, report: str) -> None:
    """Send it, and wait for the server's yes. OSError where it cannot; it blocks."""
    letter = _letter(post, account, report)
    with _connected(post) as server:
        if post.username is not None:
            server.login(post.username, post.password or "")
        server.send_message(letter)


def _connected(post: Post) -> smtplib.SMTP:
    if post.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(post.host, post.port, timeout=_PATIENCE, context=context)
    server = smtplib.SMTP(post.host, post.port, timeout=_PATIENCE)
    try:
        if post.security == "starttls":
            server.starttls(context=ssl.create_default_context())
    except BaseException:
        server.close()
        raise
    return server


def _letter(post: Post, account: Account, report: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = post.sender
    letter["To"] = ", ".join(post.to)
    letter["Date"] = formatdate(localtime=True)
    letter["Message-ID"] = make_msgid(domain=post.sender.rpartition("@")[2] or None)
    letter["Auto-Submitted"] = "auto-generated"  # no out-of-office answers
    letter["Subject"] = f"{account.sender}: {account.headline}"
    errors, warnings = counted(account.errors, "error"), counted(account.warnings, "warning")
    findings = f"Findings: {errors} and {warnings}."
    run = f"Run {account.run}" + (f" ({account.profile.upper()})" if account.profile else "")
    lines = (run, "", account.summary, findings, "", f"Report: {report}")
    letter.set_content("\n".join(lines) + "\n")
    return letter
