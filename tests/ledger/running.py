"""Whole runs, in this process, against a sandbox on a real socket."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline import event_loop
from pipeline.ledger.open import how_to_restore
from pipeline.progress import QUIET
from pipeline.run import ingest
from pipeline.sandbox import SandboxSession
from pipeline.settings import Settings
from pipeline.stages import Job, Report, Work, start, start_rerun
from pipeline.surpass import Surpass, access_of
from tests.serving import PASSWORD, USERNAME, blank_ledger, plain_wire

QUESTIONS = {"1": 10, "2": 10}


def session(keycode: str, **more: Any) -> SandboxSession:
    """A paper session with two questions."""
    return SandboxSession.paper(keycode, QUESTIONS, **more)


def sheet(path: Path, rows: Mapping[str, Sequence[object]]) -> Path:
    """A mark sheet: a keycode and its marks in each row."""
    lines = [",".join(map(str, (keycode, *cells))) for keycode, cells in rows.items()]
    path.write_text("\n".join(["Keycode,Q1,Q2", *lines]) + "\n")
    return path


def settings(home: Path, url: str, **more: Any) -> Settings:
    """Quick to try again, and quick to give up."""
    access = {"surpass_url": url, "surpass_username": USERNAME, "surpass_password": PASSWORD}
    quick = {"retry_wait": 0.001, "timeout": 5, "max_attempts": 2, "stop_after": 1000}
    quick["quiet_period"] = 0  # a lost answer is not waited for, unless a test says so
    return Settings.model_validate({"home": home} | access | quick | more)


def ingested(office: Settings, files: Sequence[Path], *, canary: bool = False) -> Report:
    """A run over these files."""
    return _carried_out(start(Job(office, canary=canary), files, QUIET))


def again(office: Settings, parent: str, batches: Collection[int] = ()) -> Report:
    """A re-run of what that run left to do."""
    return _carried_out(start_rerun(Job(office), parent, batches, QUIET))


def _carried_out(work: Work) -> Report:
    _begin_ledger(work.job.settings)

    async def carry_out() -> Report:
        async with Surpass(access_of(work.job.settings), plain_wire()) as surpass:
            return await ingest(work, surpass)

    return event_loop.run(carry_out)


def _begin_ledger(office: Settings) -> None:
    """Put an empty ledger where a new office would make one: to make it takes a tenth of a run."""
    file = office.home / "ledger.sqlite"
    if office.ledger_url or file.exists() or how_to_restore(office):
        return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(blank_ledger())


def id_of(report: Report) -> str:
    """The run's id."""
    return report.reconciliation.run.id


def outcomes(report: Report) -> dict[str, str]:
    """Each session's outcome."""
    assert report.reconciliation.balanced
    submissions = report.reconciliation.submissions
    return dict(zip(submissions["keycode"], submissions["outcome"], strict=True))


def reason(report: Report, keycode: str) -> str:
    """Why the session ended so."""
    submissions = report.reconciliation.submissions
    (found,) = submissions[submissions["keycode"] == keycode]["reason"]
    return str(found)
