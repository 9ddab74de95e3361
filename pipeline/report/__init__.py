"""Report: the reconciliation as a file for programs (JSON) and one for people (Excel)."""

from __future__ import annotations

from pathlib import Path

from pipeline.reconcile import Reconciliation
from pipeline.report import as_json, as_workbook
from pipeline.report.plain import plain
from pipeline.report.safely import replace

__all__ = ["as_json", "plain", "write"]


def write(reconciliation: Reconciliation, reports: Path) -> Path:
    """Write both files under ``reports/<run id>/`` and return that folder."""
    folder = reports / reconciliation.run.id
    folder.mkdir(parents=True, exist_ok=True)
    replace(folder / "reconciliation.json", as_json.dumps(reconciliation).encode())
    replace(folder / "reconciliation.xlsx", as_workbook.build(reconciliation))
    return folder
