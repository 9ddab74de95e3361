"""Notify people of a run, by whatever apprise knows: e-mail, Teams, Slack and a hundred more."""

from __future__ import annotations

import logging
import re
import threading
from typing import TYPE_CHECKING

from pipeline.account import RunSummary, with_noun

if TYPE_CHECKING:
    from apprise import NotifyBase

_NAME = "papermarks"
_STATUS = re.compile(r"error=(\d{3})")
_SOCKET_ERROR = re.compile(r"Socket Exception: (.+)", re.DOTALL)
_EMAIL_SOURCE = re.compile(r"plugins[/\\]email[/\\]")


class NotNotified(Exception):  # noqa: N818
    """A notification was not sent; the message says why, and holds no part of the address."""

    def __init__(self, service: str, reason: str) -> None:
        """``service`` as people call it: Slack."""
        super().__init__(reason)
        self.service = service


def send(address: str, summary: RunSummary, report: str) -> None:
    """Send one notification and wait until the service takes it. NotNotified where it does not."""
    plugin = _plugin(address)
    errors, warnings = with_noun(summary.errors, "error"), with_noun(summary.warnings, "warning")
    findings = f"Findings: {errors} and {warnings}."
    run = f"Run {summary.run}" + (f" ({summary.profile.upper()})" if summary.profile else "")
    lines = (run, "", summary.summary, findings, "", f"Report: {report}")
    _reasons.found = ""
    if not plugin.notify(
        title=f"{summary.sender}: {summary.headline}", body="\n".join(lines) + "\n"
    ):
        raise NotNotified(_service(plugin), _reasons.found or "it could not be reached")


def problem(address: str) -> str | None:
    """What is wrong with an address, in a sentence without it; None where nothing is."""
    try:
        _plugin(address)
    except NotNotified as error:
        return str(error)
    return None


def _plugin(address: str) -> NotifyBase:
    """What apprise makes of the address. It loads all that it knows, which takes half a second."""
    import apprise
    from apprise.plugins.email import NotifyEmail

    _keep_reasons(logging.getLogger("apprise"))
    asset = apprise.AppriseAsset(app_id=_NAME, app_desc=_NAME, app_url="", async_mode=False)
    plugin = apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if not isinstance(plugin, apprise.NotifyBase):
        raise NotNotified("NOTIFY", "it is not one that apprise knows")
    if not plugin.verify_certificate:
        raise NotNotified(_service(plugin), "verify=no is refused: anybody could listen")
    if isinstance(plugin, NotifyEmail):
        plugin.notify_format = apprise.NotifyFormat.TEXT
        plugin.headers.setdefault("Auto-Submitted", "auto-generated")  # no out-of-office answers
    return plugin


def _service(plugin: NotifyBase) -> str:
    """Its name; of e-mail the server too. Of other services it may be a secret."""
    server = getattr(plugin, "smtp_host", None)
    return f"{plugin.service_name} ({server})" if server else str(plugin.service_name)


# --- Apprise answers with yes or no, and writes why into its log, at times beside what is secret.


class _Reasons(threading.local):
    """The reason that apprise logged last, in this thread."""

    found = ""


_reasons = _Reasons()


def _keep_reasons(logger: logging.Logger) -> None:
    if _keep_reason not in logger.filters:
        logger.setLevel(logging.DEBUG)
        logger.addFilter(_keep_reason)


def _keep_reason(record: logging.LogRecord) -> bool:
    """Nothing goes to the log itself. Of a web service, whose address is its secret, the status."""
    text = record.getMessage()
    if status := _STATUS.search(text):
        _reasons.found = f"it answered {status[1]}"
    elif _EMAIL_SOURCE.search(record.pathname) and (failure := _SOCKET_ERROR.match(text)):
        _reasons.found = failure[1]
    return False
