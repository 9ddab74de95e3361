"""The account for programs. Its keys are a promise: see pipeline/README.md."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from pipeline.account import Account, ToDo
from pipeline.model import ASIDE, FINDINGS, Run
from pipeline.report.values import in_ranges, records
from schemas.frames import ACCOUNT_SUBMISSIONS, AccountSubmission, DataFrame

SCHEMA = "papermarks.reconciliation/3"

_FINDING = [*(name for name in FINDINGS if name not in {"outcome", "unlisted"}), "who"]


def dumps(account: Account) -> str:
    """The document's text; rows and columns as a person sees them in Excel (7, C)."""
    return dump_bytes(account).decode()


def dump_bytes(account: Account) -> bytes:
    """The same in UTF-8."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(_document(account), option=options)


def _document(account: Account) -> dict[str, Any]:
    reconciliation = account.reconciliation
    return {
        "schema": SCHEMA,
        "run": _run(account.run),
        "verdict": account.verdict,
        "needs_a_person": account.summary.needs_a_person,
        "to_do": [_to_do(part) for part in account.to_do],
        "to_mend": [{"file": file, "workbook": name} for file, name in account.to_mend.items()],
        "sources": reconciliation.sources,
        "rows_set_aside": records(in_ranges(reconciliation.set_aside[ASIDE])),
        "findings": records(account.findings[_FINDING]),
        "submissions": _submissions(account.submissions),
        "papers": reconciliation.papers,
        "totals": reconciliation.totals,
        "controls": account.controls,
        "statistics": account.statistics,
        "balance": [asdict(line) | {"holds": line.holds} for line in reconciliation.balance],
        "balanced": reconciliation.balanced,
        "stopped_by": str(reconciliation.stopped_by) if reconciliation.stopped_by else None,
    }


def _run(run: Run) -> dict[str, Any]:
    finished = run.finished
    return {
        "id": run.id,
        "started": run.started.isoformat(timespec="seconds"),
        "finished": None if finished is None else finished.isoformat(timespec="seconds"),
        "version": run.version,
        "parent": run.parent,
        "profile": None if run.profile is None else run.profile.name,
        "user": run.user,
        "host": run.host,
        "origin": None if run.origin is None else str(run.origin),
    }


def _to_do(part: ToDo) -> dict[str, Any]:
    """Without its places: the findings have them."""
    names = ("who", "code", "file", "stops", "findings", "submissions", "message", "to_do", "cells")
    return {name: getattr(part, name) for name in names}


def _submissions(submissions: DataFrame[AccountSubmission]) -> list[dict[str, Any]]:
    return records(submissions[ACCOUNT_SUBMISSIONS].rename_axis("number").reset_index())
