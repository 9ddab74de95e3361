"""The command as an office starts it, in a process and with an environment of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import forked
from tests.acceptance.server import PASSWORD, USER
from tests.plain_environment import plain_environment


@dataclass(frozen=True)
class Ran:
    """One command, ended; ``report`` is that of the newest run, ``folder`` where it lies."""

    code: int
    out: str
    err: str
    report: dict[str, Any]
    folder: Path

    @property
    def submissions(self) -> dict[str, dict[str, Any]]:
        """The report's submissions, by keycode."""
        return {submission["keycode"]: submission for submission in self.report["submissions"]}

    @property
    def outcomes(self) -> dict[str, str]:
        """The report's outcomes, by keycode."""
        return {keycode: submission["outcome"] for keycode, submission in self.submissions.items()}

    def cells(self, rule: str) -> list[tuple[str, int, str]]:
        """Where the report has findings of that rule: file, row, column."""
        return [
            (finding["file"], finding["row"], finding["column"])
            for finding in self.report["findings"]
            if finding["rule"] == rule
        ]

    @property
    def output(self) -> str:
        """All that it said: on the screen, and in the report."""
        return f"{self.out}\n{self.err}\n{json.dumps(self.report, ensure_ascii=False)}"


def environment(home: Path, url: str, **more: str) -> dict[str, str]:
    """A new office's environment: its folder, its Surpass, and the settings given."""
    settings = {
        "HOME": str(home),
        "PAPERMARKS_HOME": str(home / "papermarks"),
        "PAPERMARKS_SURPASS_URL": url,
        "PAPERMARKS_SURPASS_USERNAME": USER,
        "PAPERMARKS_SURPASS_PASSWORD": PASSWORD,
        "PAPERMARKS_PREFECT": "false",
    }
    return plain_environment(**settings) | more


def papermarks(home: Path, url: str, *args: str, **more: str) -> Ran:
    """Carry out one command to its end."""
    process = forked.papermarks(*args, env=environment(home, url, **more))
    folders = _run_folders(home)
    report = json.loads((folders[-1] / "reconciliation.json").read_text()) if folders else {}
    return Ran(
        process.returncode, process.stdout, process.stderr, report, folders[-1] if folders else home
    )


def _run_folders(home: Path) -> list[Path]:
    """The folders of the runs that wrote a report, the oldest first."""
    written = (home / "papermarks" / "reports").glob("*/reconciliation.json")
    return sorted(report.parent for report in written)
