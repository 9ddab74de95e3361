"""What depends on its arguments alone is computed once: thousands of runs share most of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

from pipeline import run
from pipeline.deliver import already_sent, identity, preflight
from pipeline.ledger import packing, recording
from pipeline.model import Run
from pipeline.reconcile import Reconciliation, reconcile
from pipeline.stages import reporting

# Over tables of three rows these take most of a run's time.
_TABLES = (
    (run, "sendable"),
    (already_sent, "as_objects"),
    (already_sent, "make_findings"),
    (preflight, "_findings"),
    (preflight, "endings"),
    (identity, "_rows_with_references"),
    (identity, "_in_known_columns"),
    (recording, "endings"),
    (packing, "pack_entries"),
)
_ANY_RUN = Run("", dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
_known: dict[bytes, Any] = {}


@contextmanager
def tables_computed_once() -> Iterator[None]:
    """Within this block those functions remember what they returned."""
    with ExitStack() as patched:
        for module, name in _TABLES:
            once = _remembering(getattr(module, name))
            patched.enter_context(mock.patch.object(module, name, once))
        patched.enter_context(mock.patch.object(reporting, "reconcile", _of_any_run(reconcile)))
        yield


def _of_any_run(function: Callable[..., Reconciliation]) -> Callable[..., Reconciliation]:
    """The account of a run differs from another's by the run that it names, too."""
    once = _remembering(function)

    def reconciled(its: Run, *args: Any, **named: Any) -> Reconciliation:
        found: Reconciliation = once(_ANY_RUN, *args, **named)
        return replace(found, run=its)

    return reconciled


def _remembering(function: Callable[..., Any]) -> Callable[..., Any]:
    def once(*args: Any, **named: Any) -> Any:
        arguments = pickle.dumps((function.__name__, args, sorted(named.items())))
        key = hashlib.sha256(arguments).digest()
        if key not in _known:
            found = function(*args, **named)
            _known[key] = tuple(found) if isinstance(found, Iterator) else found
        return _known[key]

    return once
