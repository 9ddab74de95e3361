"""Pseudonyms: a report without keycodes and candidate references, where the office wants that.

Each is replaced by a keyed hash (HMAC-SHA-256, ten letters and digits), the same in every report of
an office, so that two reports can be compared; only who has the key can find out whose it is. What
quotes a cell is said in general words: the file, sheet and cell tell where it stands.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from string import Formatter
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

import pandas as pd

from pipeline.reconcile import Reconciliation
from schemas.rules import RULES
from schemas.words import Outcome

_Frame = TypeVar("_Frame", bound=pd.DataFrame)
_KEY_BYTES = 32
_SHOWN_CHARS = 10
_SAID = ("cell", "row", "question")  # of a sentence's words: the others can quote a cell
_LEFT_OUT = "\u2026"


def pseudonym_key(path: Path) -> bytes:
    """The office's key, made where there is none yet; a key for this once where neither can be.

    Without it nobody can say any more whose a pseudonym is: it is kept with the ledger.
    """
    key = secrets.token_bytes(_KEY_BYTES)
    with suppress(OSError), NamedTemporaryFile(dir=path.parent, prefix=".") as made:
        made.write(key)
        made.flush()
        with suppress(FileExistsError):  # of two processes the first one's key is the key
            os.link(made.name, path)
        return path.read_bytes()
    return key


def pseudonym(text: str, key: bytes) -> str:
    """What stands for a keycode or a reference; nothing for nothing."""
    if not text:
        return text
    digest = hmac.new(key, text.encode(errors="surrogateescape"), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:_SHOWN_CHARS].lower()


def hide_in_findings(findings: _Frame, key: bytes) -> _Frame:
    """The findings with pseudonyms, and with sentences that quote nothing."""
    if findings.empty:
        return findings
    rows = findings[["rule", "row", "column", "question"]].astype(object)
    known = rows.where(rows.notna(), None).to_dict("records")
    hidden = findings.assign(
        keycode=_hidden(findings["keycode"], key),
        message=[in_general(RULES[each["rule"]].message, each) for each in known],
        to_do=[in_general(RULES[each["rule"]].to_do, each) for each in known],
    )
    many = findings["unlisted"].notna()  # their sentences quote nothing
    hidden.loc[many, ["message", "to_do"]] = findings.loc[many, ["message", "to_do"]]
    return hidden


def hide_in_submissions(submissions: _Frame, key: bytes) -> _Frame:
    """Submissions with pseudonyms; why each ended as it did is said by what its outcome means."""
    hidden = submissions.assign(
        keycode=_hidden(submissions["keycode"], key),
        reason=submissions["outcome"].map(_meaning, na_action="ignore"),
    )
    if "candidate" in hidden:
        hidden["candidate"] = _hidden(hidden["candidate"], key)
    return hidden


def hide(reconciliation: Reconciliation, key: bytes) -> Reconciliation:
    """The reconciliation without keycodes, references and quotations."""
    return replace(
        reconciliation,
        findings=hide_in_findings(reconciliation.findings, key),
        submissions=hide_in_submissions(reconciliation.submissions, key),
    )


def _hidden(texts: pd.Series[str], key: bytes) -> pd.Series[str]:
    return texts.map(lambda text: pseudonym(str(text), key), na_action="ignore")


def _meaning(word: str) -> str:
    return Outcome(word).meaning


def in_general(sentence: str, finding: Mapping[Any, object]) -> str:
    """A rule's sentence, with nothing filled in that could quote a cell."""
    names = {name for _, name, _, _ in Formatter().parse(sentence) if name}
    row, column = finding["row"], finding["column"]
    facts = {"row": row, "question": finding["question"], "cell": f"{column or ''}{row or ''}"}
    words = {name: facts.get(name) or _LEFT_OUT for name in names if name in _SAID}
    return sentence.format_map(dict.fromkeys(names, _LEFT_OUT) | words)
