"""Export: one session's record, as JSON and as a page to read and print."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

from pipeline.evidence.session_record import Record
from pipeline.report.environment import environment

_TEMPLATES = Path(__file__).parent / "templates"


def as_json(records: Sequence[Record]) -> str:
    """The document's text."""
    return json.dumps([*records], indent=1, ensure_ascii=False) + "\n"


def as_page(records: Sequence[Record], keycode: str) -> str:
    """One file without scripts that fetches nothing."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    page = environment(_TEMPLATES).get_template("record.html.j2")
    return page.render(sessions=records, keycode=keycode, told_at=now)
