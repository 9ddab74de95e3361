"""The reconciliation for programs. Its keys are a promise: see pipeline/README.md."""

from __future__ import annotations

import json
from dataclasses import asdict

import pandas as pd

from pipeline.model import ASIDE, FINDINGS
from pipeline.reconcile import Reconciliation
from pipeline.report.values import in_ranges, to_python_values

SCHEMA = "papermarks.reconciliation/2"

_FINDING = [name for name in FINDINGS if name not in {"submission", "outcome"}]
_SUBMISSION = [
    "keycode",
    "kind",
    "entries",
    "marks_total",
    "outcome",
    "reason",
    "batch",
    "attempts",
    "proof",
]


def dumps(reconciliation: Reconciliation) -> str:
    """The document's text; rows and columns as a person sees them in Excel (7, C)."""
    run, totals = reconciliation.run, reconciliation.totals
    document = {
        "schema": SCHEMA,
        "run": {
            "id": run.id,
            "started": run.started.isoformat(timespec="seconds"),
            "finished": None
            if run.finished is None
            else run.finished.isoformat(timespec="seconds"),
            "version": run.version,
            "parent": run.parent,
            "profile": None if run.profile is None else run.profile.name,
            "user": run.user,
            "host": run.host,
            "origin": None if run.origin is None else str(run.origin),
        },
        "sources": [asdict(source) for source in reconciliation.sources],
        "rows_set_aside": _records(in_ranges(reconciliation.set_aside[ASIDE])),
        "findings": _records(reconciliation.findings[_FINDING]),
        "submissions": _records(reconciliation.submissions[_SUBMISSION]),
        "papers": [asdict(paper) for paper in reconciliation.papers],
        "totals": asdict(totals),
        "balance": [asdict(line) | {"holds": line.holds} for line in reconciliation.balance],
        "balanced": reconciliation.balanced,
        "stopped_by": str(reconciliation.stopped_by) if reconciliation.stopped_by else None,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return to_python_values(frame).to_dict("records")  # type: ignore[return-value]  # str keys
