"""Encrypted connections: the certificate is always verified, and what is wrong with one is said."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXPIRED, _NOT_YET, _OTHER_NAMES = 10, 9, {62, 63, 64}  # OpenSSL's numbers: X509_V_ERR_…
_UNKNOWN_AUTHORITY = {18, 19, 20, 21}


def verifying(ca_file: Path | None = None) -> ssl.SSLContext:
    """What verifies a server's certificate, with an authority of the office's own where one is set.

    SettingsError where that file, or the one that SSL_CERT_FILE names, cannot be used.
    """
    import httpx

    try:
        context = httpx.create_ssl_context()
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"SSL_CERT_FILE or SSL_CERT_DIR: {_why(error)}") from error
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file.expanduser())
        except (OSError, ssl.SSLError) as error:
            raise SettingsError(f"PAPERMARKS_CA_FILE: {ca_file}: {_why(error)}") from error
    return context


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "it holds no certificates in the form PEM (-----BEGIN CERTIFICATE-----)"
    return error.strerror or type(error).__name__


def certificate_problem(error: BaseException) -> str | None:
    """What is wrong with a server's certificate, and what to do; None where it is not that."""
    found = next(filter(_is_of_a_certificate, causes(error)), None)
    if not isinstance(found, ssl.SSLCertVerificationError):
        return None
    if found.verify_code == _EXPIRED:
        return (
            "its certificate has expired. Look whether this machine's clock is right; if it is, "
            "ask whoever runs that server to renew the certificate"
        )
    if found.verify_code == _NOT_YET:
        return "its certificate is not valid yet: look whether this machine's clock is right"
    if found.verify_code in _OTHER_NAMES:
        return "its certificate is for another name: is the address right?"
    if found.verify_code in _UNKNOWN_AUTHORITY:
        return (
            "nobody whom this machine trusts vouches for its certificate. If your network looks "
            "into encrypted traffic, ask for its certificate and set CA_FILE to it; else the "
            "address may be wrong"
        )
    return f"its certificate cannot be verified ({found.verify_message})"


def _is_of_a_certificate(error: BaseException) -> bool:
    # aiohttp has a class of this kind too, without its facts: they stand in what it came from.
    return isinstance(error, ssl.SSLCertVerificationError) and hasattr(error, "verify_code")


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it came from."""
    waiting, seen = [error], set[int]()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        own = getattr(found, "certificate_error", None), getattr(found, "os_error", None)
        before = (found.__cause__, found.__context__, *own)
        waiting += [each for each in before if isinstance(each, BaseException)]
