"""The page of a file that waited for a person: once later files settled it, the page says so."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from markupsafe import Markup

from pipeline.report.atomic import write_bytes
from pipeline.report.values import local_time
from schemas.words import REPORT_PAGE

_PLACE = b"<!-- settled since -->"
"""Where the note goes: the template has it before the verdict."""


def say_settled(folder: Path, now: dt.datetime) -> None:
    """Say it on the page in the folder, where there is one that does not say it yet. OSError."""
    page = folder / REPORT_PAGE
    if not page.is_file() or page.is_symlink():
        return
    before, place, after = page.read_bytes().partition(_PLACE)
    if place:
        write_bytes(page, before + _note(now).encode() + after)


def _note(now: dt.datetime) -> str:
    text = (
        "Settled since: nothing of this is left to do. Later files settled all of it, and the "
        f"folder went to done/ on {local_time(now)}. Below stands how it was before."
    )
    return Markup('<div class="band good since"><p>{}</p></div>').format(text)
