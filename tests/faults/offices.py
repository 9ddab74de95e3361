"""The sessions that Surpass has in the tests of this folder, and a run over one file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.report.as_json import dumps
from pipeline.sandbox import Sandbox, SandboxSession
from pipeline.stages import Report
from pipeline.surpass import Access
from tests.ledger.running import ingested, settings
from tests.read.source_files import dropped
from tests.serving import served

_TEN = {"1": 10, "2": 10, "3": 10, "4": 10}
Carried = dict[str, dict[str, int | str | None]]


def sessions() -> list[SandboxSession]:
    """Silent ones, which tell no questions; four questions of ten marks; multiple choice."""
    return [
        *(_session(f"QUIET{n}AA", f"S000{n}", "QUIET-1") for n in range(6)),
        *(_session(f"TELLS{n}AA", f"T000{n}", "TELLS-1", _TEN) for n in range(6)),
        *(_session(f"MULTI{n}AA", f"7000{n}", "MULTI-1") for n in range(6)),
        *(_session(f"EIGHT{n}AA", f"S123456{n}", "EIGHT-1") for n in range(3)),
        *(_session(f"ZEROS{n}AA", f"0012300{n}", "ZEROS-1") for n in range(3)),
        *(_session(f"LONGR{n}AA", f"12345230100{n}A", "LONGR-1") for n in range(3)),
        *(_session(f"ROLLS{n}AA", f"R26-00{n}", "ROLLS-1") for n in range(1, 4)),
        *(_session(f"SMALL{n}AA", str(n), "SMALL-1") for n in range(1, 4)),
        _session("DOUBLE1A", "0004711", "DOUBLE-1"),
        _session("DOUBLE2A", "4711", "DOUBLE-1"),
        _session("CENTR1AA", "0099", "CENTR-1", centre="22222"),
        _session("CENTR2AA", "0001", "CENTR-1", centre="11111"),
    ]


def _session(
    keycode: str,
    candidate: str,
    form: str,
    questions: dict[str, int] | None = None,
    centre: str = "MIDSHIRE",
) -> SandboxSession:
    return SandboxSession.paper(
        keycode,
        questions,
        candidate_reference=candidate,
        test_form_reference=form,
        centre_reference=centre,
    )


@dataclass(frozen=True)
class Came:
    """What came of a file: what Surpass took, and all that was said."""

    report: Report
    sent: Carried

    @property
    def rules(self) -> set[str]:
        """The rules of all findings but those of columns that were not used."""
        found = {str(rule) for rule in self.report.reconciliation.findings["rule"]}
        return found - {"column-ignored"}

    @property
    def ends(self) -> dict[str, int]:
        """How many submissions ended how."""
        return {
            name: count
            for name, count in self.report.reconciliation.totals.by_outcome.items()
            if count
        }


@contextmanager
def surpass() -> Iterator[tuple[Sandbox, Access]]:
    """A sandbox with the sessions of this folder."""
    with served(sessions()) as (sandbox, way):
        yield sandbox, way


def ran(folder: Path, content: str | bytes, name: str = "marks.csv", **more: str) -> Came:
    """The file, sent to a Surpass of its own."""
    with surpass() as (sandbox, way):
        file = dropped(folder, content, name)
        report = ingested(settings(folder / "home", way.url, **more), [file])
        assert report.reconciliation.balanced, dumps(report.account)
        taken = {
            session.keycode: {**session.marks, **session.responses}
            for session in sandbox.sessions
            if session.marks or session.responses
        }
    return Came(report, taken)
