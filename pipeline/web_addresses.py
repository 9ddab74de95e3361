"""What is wrong with a web address that somebody has set: said before anything is sent there.

Each check returns the address or raises ValueError, whose words never hold the address: it may be
its own password.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_MAX_LENGTH = 2000  # characters


def check_surpass(address: str) -> str:
    """Of Surpass: the host alone, encrypted but on this machine."""
    address = address.strip()
    parts = _split(address, "https://yourname.surpass.com")
    if parts.scheme == "http" and not is_local(parts.hostname):
        raise ValueError("must begin with https://, or the password would travel unencrypted")
    if "@" in parts.netloc:
        raise ValueError(
            "must not hold a user name or a password: SURPASS_USERNAME and SURPASS_PASSWORD are "
            "for them"
        )
    if parts.query or parts.fragment:
        raise ValueError("must end with the host, such as https://yourname.surpass.com")
    return address


def check_webhook(address: str) -> str:
    """Of a program that is notified: encrypted but on this machine, since it often is a secret."""
    address = address.strip()
    parts = _split(address, "https://example.org/hooks/…")
    if parts.scheme == "http" and not is_local(parts.hostname):
        raise ValueError("must begin with https://, or anybody on the way could read it and use it")
    return address


def is_local(host: str | None) -> bool:
    """Whether the host is this machine."""
    return (host or "").lower() in _LOCAL


def _split(address: str, example: str) -> SplitResult:
    if len(address) > _MAX_LENGTH or not address.isprintable() or " " in address:
        raise ValueError("must be one line without blanks: was a line break pasted with it?")
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        host.encode("idna")
    except ValueError:  # of which UnicodeError is one: a name that no network has
        raise ValueError(f"must be an address such as {example}") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError(f"must be an address such as {example}")
    try:
        well_formed = parts.port is None or parts.port > 0
    except ValueError:
        well_formed = False
    if not well_formed:
        raise ValueError("has a port that is none: ports go from 1 to 65535")
    return parts
