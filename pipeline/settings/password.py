"""Surpass's password from where an office keeps it, in place of a line in a file of settings.

A file of its own, the system's keyring, or a block of Prefect's kind 'Secret'. Whatever goes wrong
is a SettingsError; its words never hold what was read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote

from pipeline.errors import SettingsError
from pipeline.web_addresses import check_surpass

_PASSWORD = "PAPERMARKS_SURPASS_PASSWORD"  # noqa: S105  # a variable's name
_MAX_LENGTH = 1000  # characters
_TIMEOUT_S = 15.0  # that Prefect's server may take
_OK, _UNAUTHORISED, _NOT_FOUND = 200, {401, 403}, 404


def from_file(path: Path) -> str:
    """The password that stands in a file alone."""
    setting = f"{_PASSWORD}_FILE"
    try:
        with path.open(encoding="utf-8") as file:
            password = file.read(_MAX_LENGTH + 1).rstrip("\r\n")
    except OSError as error:
        raise SettingsError(f"{setting}: {path}: {error.strerror}") from error
    except UnicodeDecodeError:  # its words would show what it holds
        raise SettingsError(f"{setting}: {path} is no text in UTF-8") from None
    return _checked(password, f"{setting}: {path} must hold the password alone, in one line")


@cache  # a keyring may ask a person to unlock it: once
def from_keyring(service: str, username: str) -> str:
    """The password that the system's keyring has for this service and user."""
    setting = f"{_PASSWORD}_KEYRING"
    try:
        import keyring
    except ImportError as error:
        raise SettingsError(
            f"{setting} is set, but keyring is not installed: pip install 'papermarks[keyring]'"
        ) from error
    try:
        password = keyring.get_password(service, username)
    except Exception as error:  # each system's keyring has errors of its own
        raise SettingsError(
            f"{setting}: the keyring of this system cannot be used ({type(error).__name__}). Is it "
            "unlocked? A service that runs without a desktop often has none: use "
            f"{_PASSWORD}_FILE there"
        ) from None
    if password is None:
        raise SettingsError(
            f"{setting}: the keyring has no password of '{username}' for '{service}'. Put it there "
            f"with: keyring set {service} {username}"
        )
    return _checked(password, f"{setting}: what the keyring has is not a password in one line")


@cache
def from_prefect_block(name: str) -> str:
    """The password in the Secret block of this name, from the server that PREFECT_API_URL names."""
    setting = f"{_PASSWORD}_BLOCK"
    api = os.environ.get("PREFECT_API_URL")
    if not api:
        raise SettingsError(f"{setting} is set, so PREFECT_API_URL must name the server of Prefect")
    try:
        check_surpass(api)
    except ValueError as error:
        raise SettingsError(f"PREFECT_API_URL {error}") from None
    import httpx

    from pipeline.http_logs import keep_addresses_out

    keep_addresses_out()
    url = (
        f"{api.rstrip('/')}/block_types/slug/secret/block_documents/name/{quote(name, safe='')}"
        "?include_secrets=true"
    )
    try:
        answer = httpx.get(url, headers=_prefect_sign_in(os.environ), timeout=_TIMEOUT_S)
        document = answer.json() if answer.status_code == _OK else None
    except (httpx.HTTPError, ValueError) as error:
        raise SettingsError(
            f"{setting}: Prefect's server did not tell it ({type(error).__name__}). Does it run, "
            "and is PREFECT_API_URL right?"
        ) from None
    if document is None:
        raise SettingsError(f"{setting}: {_why_not(answer.status_code, name)}")
    data = document.get("data") if isinstance(document, dict) else None
    value = data.get("value") if isinstance(data, dict) else None
    words = f"{setting}: the block '{name}' must hold the password as one line of text"
    return _checked(value if isinstance(value, str) else "", words)


def _prefect_sign_in(environment: Mapping[str, str]) -> dict[str, str]:
    """As Prefect's own clients sign in: by a key, or by the server's string."""
    if key := environment.get("PREFECT_API_KEY"):
        return {"authorization": f"Bearer {key}"}
    if string := environment.get("PREFECT_API_AUTH_STRING"):
        from base64 import b64encode

        return {"authorization": f"Basic {b64encode(string.encode()).decode()}"}
    return {}


def _why_not(status: int, name: str) -> str:
    if status == _NOT_FOUND:
        return f"Prefect has no block '{name}' of the kind Secret; make it on the page 'Blocks'"
    if status in _UNAUTHORISED:
        return (
            "Prefect's server refused to sign us in: set PREFECT_API_AUTH_STRING or PREFECT_API_KEY"
        )
    return f"Prefect's server answered with HTTP {status}"


def _checked(password: str, otherwise: str) -> str:
    """The password; SettingsError in these words where it cannot be one."""
    if not password or len(password) > _MAX_LENGTH or not password.isprintable():
        raise SettingsError(otherwise)
    return password
