"""What the value of a setting must look like. Each raises ValueError: what it must be instead."""

from __future__ import annotations

import datetime as dt
import re

from pydantic import SecretStr

from pipeline.web_addresses import check_webhook
from schemas.validation_options import half_marks_named, warnings_named

_DATE = re.compile(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9]($|[T ])", re.ASCII)
_BETWEEN_ADDRESSES = re.compile(r"[\s,]+(?=[a-z][a-z0-9+.-]*://)", re.IGNORECASE)


def username(name: str) -> str:
    """A user's name, without spaces around it."""
    if not name.strip().isprintable() or ":" in name:
        raise ValueError("must be one line, without a colon")
    return name.strip()


def secret(text: SecretStr) -> SecretStr:
    """One line: a password that was pasted with a line break would be refused by Surpass."""
    if not text.get_secret_value().isprintable():
        raise ValueError("must be one line: was a line break pasted with it?")
    return text


def webhook(address: SecretStr) -> SecretStr:
    """The address of a program that is notified."""
    return SecretStr(check_webhook(address.get_secret_value()))


def date(value: object) -> object:
    """A date as people write it; a bare number would be taken for seconds since 1970."""
    if isinstance(value, dt.date) or (isinstance(value, str) and _DATE.match(value.strip())):
        return value
    raise ValueError("must be a date such as 2026-06-15, or with a time: 2026-06-15T09:30:00")


def time_zone(name: str) -> str:
    """The zone's usual name, where it is given by Windows's."""
    from pipeline.time_zones import known_zone  # only where a zone is set

    zone = known_zone(name)
    if zone is None:
        raise ValueError("must be a time zone such as Europe/London, or Windows's name for one")
    return zone.key


def cluster(address: str) -> str:
    """A Dask cluster: one of this machine, or a scheduler's address."""
    if address != "local" and not re.fullmatch(r"(tcp|tls)://\S+:\d+", address):
        raise ValueError("must be local, or a scheduler's address such as tls://host:8786")
    return address


def addresses(value: object) -> object:
    """Addresses as a list.

    In one text commas or spaces stand between them, and may stand within them.
    """
    parts = _BETWEEN_ADDRESSES.split(value.strip(" ,")) if isinstance(value, str) else value
    if isinstance(parts, list) and not all("://" in str(part) for part in parts):
        raise ValueError(
            "must be addresses as apprise writes them, such as mailtos://…, commas between"
        )
    return parts


def warnings(text: str) -> str:
    """Rules that only warn, by their codes."""
    return ", ".join(warnings_named(text))


def half_marks(text: str) -> str:
    """What becomes of half marks, for all tests or by test."""
    half_marks_named(text)
    return text
