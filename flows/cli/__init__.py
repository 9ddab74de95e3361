"""The command line: ``papermarks``."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

from flows.cli import profiles
from flows.cli.app import app
from pipeline import garbage, rights
from pipeline.errors import ExitCode, PapermarksError
from pipeline.foreign_text import visible
from pipeline.home import home_of

__all__ = ["main"]


def main() -> None:
    """Run the command, and leave with the exit code that says how it ended."""
    garbage.collect_rarely()
    try:
        _run()
    finally:
        garbage.collect_no_more()


def _run() -> None:
    try:
        # In place: where the words are not handed over, Windows' wildcards are looked up in them.
        sys.argv[1:] = profiles.hoisted(sys.argv[1:])
        rights.restrict(home_of(os.environ))
        app(obj=profiles.is_quiet(sys.argv))
    except PapermarksError as error:
        print(f"papermarks: {visible(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _leave_at_once(ExitCode.INTERRUPTED)
    except SystemExit as ended:
        # Typer has made an exit of its own of what interrupted a command.
        if isinstance(getattr(ended.__context__, "__cause__", None), KeyboardInterrupt):
            _leave_at_once(ExitCode.INTERRUPTED)
        raise
    except Exception as error:
        _leave_after(error)


def _leave_after(error: Exception) -> NoReturn:
    """Say what is wrong with the machine; else where a defect of ours showed."""
    import traceback

    from pipeline.machine_faults import explain, is_known, system_error

    fault = system_error(error)
    if fault is not None and is_known(fault):
        print(f"papermarks: {visible(explain(fault))}.", file=sys.stderr)
        sys.exit(ExitCode.STOPPED)
    traceback.print_exc()
    print("papermarks: this is our fault. Please report it with the lines above.", file=sys.stderr)
    sys.exit(ExitCode.OUR_FAULT)


def _leave_at_once(code: ExitCode) -> None:
    """Without Python's own end: it aborts where a thread is within an import, such as Prefect's.

    A run that ends in good order does not come here; what it had sent is in the ledger.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
