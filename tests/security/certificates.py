"""Certificates that are made for one test, and a server that shows one."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.one_answer import answering_each, read_request

_DAY = dt.timedelta(days=1)


def self_signed(file: Path, *, name: str = "localhost", from_days: int, until_days: int) -> Path:
    """A certificate that vouches for itself, with its key, valid between two days from today."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today + from_days * _DAY)
        .not_valid_after(today + until_days * _DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@contextmanager
def answering(certificate: Path, answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server that shows the certificate, and gives one answer ever after; what it was asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    asked: list[bytes] = []

    def encrypted_answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            asked.append(read_request(encrypted))
            encrypted.sendall(answer)

    with answering_each(encrypted_answer) as port:
        yield f"https://localhost:{port}", asked
