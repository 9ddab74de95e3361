"""``reports/index.html``: the runs with their verdicts, the newest first, each leading to its page.

Made anew after each run from what is in the folder, so that it is right also after reports were
removed. What it says of a run stands at the head of that run's page, which alone is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from pipeline.report.atomic import write_bytes
from pipeline.report.environment import environment

NAME = "index.html"
MAX_RUNS = 500
"""Runs that are listed; older ones are counted."""

_HEAD_BYTES = 8_000  # of a page: what is told of it stands before that
_RUN = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}")
_PREFIX = "papermarks."
_TEMPLATE = "index.html.j2"


@dataclass(frozen=True)
class ListedRun:
    """What the index says of one run."""

    id: str
    verdict: str
    state: str  # good, warn, bad; "" where its page does not tell
    started: str
    files: str
    profile: str
    views: tuple[str, ...]  # names of files that there are, the page first


def write_index(reports: Path) -> None:
    """Write the index of a folder of reports. OSError where that is not possible."""
    names = sorted(
        (path.name for path in reports.iterdir() if _RUN.fullmatch(path.name)), reverse=True
    )
    runs = list(_listed(reports, names[:MAX_RUNS]))
    older = len(names) - MAX_RUNS
    page = environment().get_template(_TEMPLATE).render(runs=runs, older=max(older, 0))
    write_bytes(reports / NAME, page.encode(errors="replace"))


def _listed(reports: Path, names: list[str]) -> Iterator[ListedRun]:
    for name in names:
        views = tuple(
            view
            for view in ("reconciliation.html", "reconciliation.xlsx", "reconciliation.json")
            if (reports / name / view).is_file()
        )
        told = _told(reports / name / "reconciliation.html")
        yield ListedRun(
            id=name,
            verdict=told.get("verdict", ""),
            state=told.get("state", ""),
            started=told.get("started", ""),
            files=told.get("files", ""),
            profile=told.get("profile", ""),
            views=views,
        )


def _told(page: Path) -> dict[str, str]:
    """What a page says of itself; nothing where there is none, or one of an older papermarks."""
    try:
        with page.open("rb") as file:
            head = file.read(_HEAD_BYTES).decode(errors="replace")
    except OSError:
        return {}
    metas = _Metas()
    metas.feed(head)
    return metas.told


class _Metas(HTMLParser):
    """Collects what a page's head says under names of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it, if it is one of ours."""
        values = dict(attrs)
        name = values.get("name") or ""
        if tag == "meta" and name.startswith(_PREFIX):
            self.told[name.removeprefix(_PREFIX)] = values.get("content") or ""
