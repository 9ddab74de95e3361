"""The services by which people are notified, as apprise knows them; a process for each message.

``python -m pipeline.notification_services`` takes a message as JSON from its standard input, and
says on its standard output to which service it went, and why it was not taken: "" where it was.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from pipeline.web_addresses import is_local

if TYPE_CHECKING:
    from apprise import NotifyBase

_NAME = "papermarks"
_MEMORY_BYTES = 1_000_000_000
_STATUS = re.compile(r"error=(\d{3})")
_SOCKET_ERROR = re.compile(r"Socket Exception: (.+)", re.DOTALL)
_EMAIL_SOURCE = re.compile(r"plugins[/\\]email[/\\]")


class Refused(Exception):  # noqa: N818
    """The service is not to be used; the message says why, and holds no part of the address."""

    def __init__(self, service: str, reason: str) -> None:
        """``service`` as people call it: Slack."""
        super().__init__(reason)
        self.service = service


def send(address: str, title: str, body: str) -> tuple[str, str]:
    """Send one message; the service, and why it was not taken: "" where it was."""
    try:
        plugin = _plugin(address)
    except Refused as error:
        return error.service, str(error)
    _reasons.found = ""
    taken = plugin.notify(title=title, body=body)
    return _service(plugin), "" if taken else _reasons.found or "it could not be reached"


def problem(address: str) -> str | None:
    """What is wrong with an address, in a sentence without it; None where nothing is."""
    try:
        _plugin(address)
    except Refused as error:
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
        raise Refused("NOTIFY", "it is not one that apprise knows")
    if not plugin.verify_certificate:
        raise Refused(_service(plugin), "verify=no is refused: anybody could listen")
    if _is_open(plugin, address):
        raise Refused(_service(plugin), _NOT_ENCRYPTED)
    if isinstance(plugin, NotifyEmail):
        plugin.notify_format = apprise.NotifyFormat.TEXT
        plugin.headers.setdefault("Auto-Submitted", "auto-generated")  # no out-of-office answers
    return plugin


_NOT_ENCRYPTED = (
    "it is refused, since it is not encrypted and anybody on the way could read it: write the "
    "address with an s, such as mailtos:// or jsons://"
)


def _is_open(plugin: NotifyBase, address: str) -> bool:
    """Whether what is secret would travel unencrypted: a password, or an address that is one.

    A mail server that wants no login gets what is told of a run, which is nothing personal.
    """
    if is_local(getattr(plugin, "smtp_host", None) or getattr(plugin, "host", None)):
        return False
    if hasattr(plugin, "secure_mode"):  # e-mail, whose address has a word of its own for that
        return bool(plugin.secure_mode == "insecure" and plugin.user and plugin.password)
    scheme = address.partition("://")[0].lower()
    return bool(plugin.secure_protocol) and scheme in _words(plugin.protocol)


def _words(protocol: object) -> tuple[object, ...]:
    return tuple(protocol) if isinstance(protocol, tuple | list | set) else (protocol,)


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


# --- the process


def main() -> None:
    """One message, with bounded memory: what answers may answer without end."""
    with suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    message = json.load(sys.stdin)
    print(json.dumps(send(message["address"], message["title"], message["body"])))


if __name__ == "__main__":
    main()
