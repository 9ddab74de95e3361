"""``reports/index.html``: the runs with their verdicts, the newest first, each leading to its page.

Made anew after each run from what is in the folder, so that it is right also after reports were
removed. What it says of a run stands at the head of that run's page, which alone is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from pipeline.report.atomic import write_bytes
from pipeline.report.environment import environment
from pipeline.run_id import RUN_ID
from schemas.words import REPORT_DATA, REPORT_PAGE, REPORT_WORKBOOK

NAME = "index.html"
VIEWS = (REPORT_PAGE, REPORT_WORKBOOK, REPORT_DATA)
MAX_RUNS = 500
"""Runs that are listed; older ones are counted."""

_HEAD_BYTES = 8_000  # of a page: what is told of it stands before that
_PREFIX = "papermarks."
_TEMPLATE = "index.html.j2"
_MAX_TRIES = 10  # others end their runs meanwhile


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
    """Write the index of a folder of reports. OSError where that is not possible.

    Two runs that end at once write it both, and the one that looked first may write last. So it
    looks again after it has written: the last index that is written is that of what is there.
    """
    for _ in range(_MAX_TRIES):
        before = _what_is_there(reports)
        write_bytes(reports / NAME, build_index(reports))
        if _what_is_there(reports) == before:
            return


def build_index(reports: Path, *, pages_alone: bool = False) -> bytes:
    """The index in UTF-8; where only pages can be opened, without links to anything else."""
    names = _run_folders(reports)
    views = VIEWS[:1] if pages_alone else VIEWS
    runs = list(_listed(reports, names[:MAX_RUNS], views))
    older = max(len(names) - MAX_RUNS, 0)
    template = environment().get_template(_TEMPLATE)
    page = template.render(runs=runs, older=older, pages_alone=pages_alone)
    return page.encode(errors="replace")


def _run_folders(reports: Path) -> list[str]:
    names = (
        path.name
        for path in reports.iterdir()
        if RUN_ID.fullmatch(path.name) and not path.is_symlink()
    )
    return sorted(names, reverse=True)


def _what_is_there(reports: Path) -> list[tuple[str, int | None]]:
    """The runs' folders, and when anything was last put into each."""
    return [(name, _changed_at(reports / name)) for name in _run_folders(reports)]


def _changed_at(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _listed(reports: Path, names: Sequence[str], views: Sequence[str]) -> Iterator[ListedRun]:
    for name in names:
        meta = _meta_of(reports / name / REPORT_PAGE)
        yield ListedRun(
            id=name,
            verdict=meta.get("verdict", ""),
            state=meta.get("state", ""),
            started=meta.get("started", ""),
            files=meta.get("files", ""),
            profile=meta.get("profile", ""),
            views=tuple(view for view in views if (reports / name / view).is_file()),
        )


def _meta_of(page: Path) -> dict[str, str]:
    """What a page says of itself; nothing where there is none, or one of an older papermarks."""
    try:
        with page.open("rb") as file:
            head = file.read(_HEAD_BYTES).decode(errors="replace")
    except OSError:
        return {}
    metas = _Metas()
    metas.feed(head)
    return metas.meta


class _Metas(HTMLParser):
    """Collects what a page's head says under names of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it, if it is one of ours."""
        values = dict(attrs)
        name = values.get("name") or ""
        if tag == "meta" and name.startswith(_PREFIX):
            self.meta[name.removeprefix(_PREFIX)] = values.get("content") or ""
