"""The command line: ``papermarks``."""

from __future__ import annotations

import sys
import traceback

from stamina.instrumentation import set_on_retry_hooks

from flows.cli import exits, profiles
from flows.cli.app import app
from pipeline.errors import PapermarksError

__all__ = ["main"]


def main() -> None:
    """Run the command, and leave with the exit code that says how it ended."""
    set_on_retry_hooks([])  # a retry is in the ledger; on the terminal it only frightens
    try:
        # In place: where the words are not handed over, Windows' wildcards are looked up in them.
        sys.argv[1:] = profiles.hoisted(sys.argv[1:])
        app(obj=profiles.is_quiet(sys.argv))
    except PapermarksError as error:
        print(f"papermarks: {error}", file=sys.stderr)
        sys.exit(exits.for_error(error))
    except KeyboardInterrupt:
        sys.exit(exits.INTERRUPTED)
    except Exception:
        traceback.print_exc()
        print(
            "papermarks: this is our fault. Please report it with the lines above.", file=sys.stderr
        )
        sys.exit(exits.OUR_FAULT)
