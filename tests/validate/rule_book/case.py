"""A case of the rule book: a source that breaks a rule, the finding, what becomes of sessions.

Rows and columns are those that Excel shows. ``KEYCODE1`` and ``KEYCODE2`` stand for sessions.
"""

from __future__ import annotations

from dataclasses import dataclass

from sample_data import RULES as SAMPLES

OMR = "file_id,input_path,output_path,score,Keycode,q1,q2\n"
READY = [("KEYCODE1", "ready")]
SECOND = ("KEYCODE2", "ready")
INVALID = [("KEYCODE1", "invalid")]
HELD = [("KEYCODE1", "held")]
ABSENT = [("KEYCODE1", "absent")]
Becomes = list[tuple[str, str]]
Cell = tuple[int | None, str | None, str | None]  # row, column, keycode


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


@dataclass(frozen=True)
class Case:
    rule: str
    contents: tuple[str | bytes, ...]  # of the files
    at: Cell
    becomes: Becomes
