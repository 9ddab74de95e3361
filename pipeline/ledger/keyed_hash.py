"""Keyed hashes: what remains of sessions that were purged, to know them again and no more."""

from __future__ import annotations

import hashlib
import hmac
import json


def session_hash(key: str, surpass: str, keycode: str) -> str:
    """Of a session; ``key`` is 64 hexadecimal digits."""
    return _keyed(key, "session", surpass, keycode)


def content_hash(key: str, keycode: str, digest: str) -> str:
    """Of what a session was sent, whose digest this is."""
    return _keyed(key, "content", keycode, digest)


def _keyed(key: str, *parts: str) -> str:
    return hmac.new(bytes.fromhex(key), json.dumps(parts).encode(), hashlib.sha256).hexdigest()
