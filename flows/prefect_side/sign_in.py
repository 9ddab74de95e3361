"""The strings by which our servers know us, and how to see that a server is ours.

Whoever reaches the API of a Prefect server without one can have any command run with our rights:
change a deployment's steps, then start it. So each server that we start wants this string, made at
the first start and kept in ``PAPERMARKS_HOME/prefect/sign-in``, which its owner alone can read.
"""

from __future__ import annotations

import base64
import os
import secrets
import socket
import ssl
import stat
import time
from pathlib import Path
from urllib.parse import urlsplit

FILE, REPORTS_FILE = "sign-in", "sign-in-reports"
"""Of Prefect's server; of the one that shows reports, by which nothing can be run."""

_USER = "papermarks"
_MIN_LENGTH = 24  # of a string that somebody chose; ours has more
_MAX_STATUS_LINE = 4096  # bytes in which the status must have come
_ANSWER_S = 2.0  # in which it must have come, however many bytes it takes
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PORTS = {"http": 80, "https": 443}
_OK, UNAUTHORISED = 200, 401
_LISTENING = "0A"  # the state, as the kernel writes it


def sign_in(home: Path, name: str = FILE) -> str:
    """The string, ``user:password``; made where there is none that only its owner could read."""
    file = home / "prefect" / name
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = _inode(file)
    if (known := known_sign_in(home, name)) is not None:
        return known
    if before is not None and _inode(file) == before:  # not one that another has made meanwhile
        file.unlink(missing_ok=True)
    fresh = f"{_USER}:{secrets.token_urlsafe(32)}"
    draft = file.with_name(f".{name}-{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        output.write(fresh)
    try:
        os.link(draft, file)  # fails where another process was quicker: then its string counts
    except FileExistsError:
        return sign_in(home, name)
    except OSError:  # a share without links
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return fresh


def _inode(file: Path) -> int | None:
    try:
        return file.stat().st_ino
    except OSError:
        return None


def known_sign_in(home: Path, name: str = FILE) -> str | None:
    """The string that is kept; None where there is none, or where others could have read it."""
    file = home / "prefect" / name
    try:
        with file.open(encoding="utf-8") as kept:
            exposed = os.name == "posix" and os.fstat(kept.fileno()).st_mode & _OTHERS
            string = kept.read(1024).strip()
    except (OSError, UnicodeDecodeError):
        return None
    well_formed = len(string) >= _MIN_LENGTH and ":" in string and string.isascii()
    return string if well_formed and not exposed else None


def is_ours(url: str, string: str, path: str = "/admin/version") -> bool:
    """Whether the server at this address of this machine is one of ours.

    It must belong to our own user, before it is shown the string; refuse who has none; take ours.
    ``path`` is one that it answers to who has the string, and does nothing.
    """
    if urlsplit(url).hostname != "127.0.0.1" or not _is_our_socket(urlsplit(url).port or 0):
        return False
    asked = f"{url}{path}"
    return status_of(asked) == UNAUTHORISED and status_of(asked, string) == _OK


def status_of(url: str, string: str | None = None) -> int | None:
    """The HTTP status of a GET; None where no answer in HTTP came within two seconds.

    Only the status line is read: what sends without end, or a byte at a time, holds nobody up.
    """
    parts = urlsplit(url)
    headers = [f"GET {parts.path or '/'} HTTP/1.0", f"Host: {parts.netloc.rpartition('@')[2]}"]
    if string is not None:
        token = base64.b64encode(string.encode()).decode()
        headers.append(f"Authorization: Basic {token}")
    request = "\r\n".join([*headers, "Connection: close", "", ""]).encode()
    deadline = time.monotonic() + _ANSWER_S
    try:
        address = (parts.hostname or "", parts.port or _PORTS[parts.scheme])
        with socket.create_connection(address, timeout=_ANSWER_S) as plain:
            if parts.scheme == "https":
                context = ssl.create_default_context()
                with context.wrap_socket(plain, server_hostname=parts.hostname) as encrypted:
                    return _status(encrypted, request, deadline)
            return _status(plain, request, deadline)
    except (OSError, ValueError, KeyError):
        return None


def _status(connection: socket.socket, request: bytes, deadline: float) -> int | None:
    connection.sendall(request)
    received = b""
    while b"\r\n" not in received and len(received) < _MAX_STATUS_LINE:
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        connection.settimeout(left)
        part = connection.recv(_MAX_STATUS_LINE)
        if not part:
            return None
        received += part
    words = received.partition(b"\r\n")[0].split()
    in_http = len(words) >= 2 and words[0].startswith(b"HTTP/1.")
    return int(words[1]) if in_http and words[1].isdigit() and len(words[1]) == 3 else None


def _is_our_socket(port: int) -> bool:
    """Whether what listens there is our user's; where the system does not tell, it is believed."""
    try:
        lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    except (OSError, UnicodeDecodeError):
        return True
    rows = [line.split() for line in lines]
    owners = {
        int(row[7])
        for row in rows
        if row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port
    }
    return owners <= {os.getuid()}
