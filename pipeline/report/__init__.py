"""Report: the reconciliation as a file for programs (JSON) and one for people (Excel)."""

from __future__ import annotations

from pathlib import Path

from pipeline.account import Account
from pipeline.report import as_json, as_page, as_workbook
from pipeline.report.atomic import write_bytes
from pipeline.report.values import to_python_values

__all__ = ["as_json", "to_python_values", "write"]


def write(account: Account, reports: Path) -> Path:
    """Write all views under ``reports/<run id>/`` and return that folder."""
    folder = reports / account.run.id
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / "reconciliation.json", as_json.dump_bytes(account))
    write_bytes(folder / "reconciliation.html", as_page.build_page(account))
    write_bytes(folder / "reconciliation.xlsx", as_workbook.build_workbook(account.reconciliation))
    return folder
