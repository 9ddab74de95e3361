"""By what a workbook that we returned is known without opening it: two properties of the document.

They say no more than where to look. What is in the workbook is read like any other file.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from pipeline.run_id import RUN_ID
from pipeline.source import Returned

RUN, OF = "papermarks returned", "papermarks returned of"
"""The properties: the run that returned it, and the SHA-256 of the file that was read."""

_PART = "docProps/custom.xml"
_MAX_BYTES = 100_000  # of the properties
_SHA256 = re.compile(r"[0-9a-f]{64}")


def mark_of(path: Path) -> Returned | None:
    """What the workbook says that it is; None where it is none of ours."""
    try:
        with zipfile.ZipFile(path) as parts, parts.open(_PART) as part:
            text = part.read(_MAX_BYTES).decode("utf-8", "replace")
    except Exception:  # no zip, a damaged one, gone meanwhile: no workbook of ours
        return None
    run, sha256 = _value(text, RUN), _value(text, OF)
    if RUN_ID.fullmatch(run) and _SHA256.fullmatch(sha256):
        return Returned(run, sha256)
    return None


def _value(text: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}"[^>]*>\s*<vt:lpwstr>([^<]*)</vt:lpwstr>', text)
    return found[1] if found else ""
