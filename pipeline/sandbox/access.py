"""Who may call: HTTP Basic for the API, this machine only for the sandbox's own pages."""

from __future__ import annotations

import base64
import binascii
import secrets
from ipaddress import ip_address
from typing import Annotated, cast

from fastapi import Depends, Request

from pipeline.sandbox.errors import ErrorNumber, Problem, RefusedError
from pipeline.sandbox.store import Sandbox


async def _sandbox_of(request: Request) -> Sandbox:
    return cast(Sandbox, request.app.state.sandbox)


Served = Annotated[Sandbox, Depends(_sandbox_of)]


async def signed_in(request: Request, sandbox: Served) -> None:
    """Let the sandbox's user through: 401 for a stranger, 403 for the user without permission."""
    options = sandbox.options
    if options.basic_refused:
        problem = Problem(ErrorNumber.NOT_SIGNED_IN, "Basic is switched off here.")
        raise RefusedError(problem, status=401, business=False)
    credentials = _credentials(request.headers.get("authorization", ""))
    if _are_of_user(credentials, options.username, options.password):
        return
    forbidden = options.forbidden_username
    if forbidden is not None and _are_of_user(credentials, forbidden, options.forbidden_password):
        problem = Problem(ErrorNumber.NOT_PERMITTED, "This user lacks the permission.")
        raise RefusedError(problem, status=403, business=False)
    problem = Problem(ErrorNumber.NOT_SIGNED_IN, "User name or password is wrong.")
    raise RefusedError(problem, status=401, business=False)


async def from_this_machine(request: Request, sandbox: Served) -> None:
    """The admin plane has no password, so it answers this machine only, unless told otherwise."""
    host = request.client.host if request.client else ""
    if not sandbox.options.admin_from_anywhere and not _is_loopback(host):
        problem = Problem(ErrorNumber.NOT_PERMITTED, "This page answers its own machine only.")
        raise RefusedError(problem, status=403, business=False)


def _credentials(header: str) -> bytes:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _are_of_user(credentials: bytes, username: str, password: str) -> bool:
    return secrets.compare_digest(credentials, f"{username}:{password}".encode())


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
