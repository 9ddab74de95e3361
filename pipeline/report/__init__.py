"""Report: the account of a run as a page, as a workbook and as JSON, and an index of all runs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from pipeline.account import Account
from pipeline.report import as_json, as_page, as_workbook
from pipeline.report.atomic import write_bytes
from pipeline.report.index import write_index
from pipeline.report.values import inert, to_python_values
from schemas.words import REPORT_DATA, REPORT_PAGE, REPORT_WORKBOOK

__all__ = ["as_json", "inert", "to_python_values", "write", "write_index"]


def write(account: Account, reports: Path) -> Path:
    """Write all views under ``reports/<run id>/`` and return that folder."""
    folder = reports / account.run.id
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / REPORT_DATA, as_json.dump_bytes(account))
    write_bytes(folder / REPORT_PAGE, as_page.build_page(account))
    write_bytes(folder / REPORT_WORKBOOK, as_workbook.build_workbook(account, folder))
    with suppress(OSError):  # the report is there; the next run makes the index anew
        write_index(reports)
    return folder
