"""The command line: ``papermarks``."""

from __future__ import annotations

import sys

from flows.cli import profiles
from flows.cli.app import app
from pipeline.errors import ExitCode, PapermarksError
from pipeline.foreign_text import visible

__all__ = ["main"]


def main() -> None:
    """Run the command, and leave with the exit code that says how it ended."""
    try:
        # In place: where the words are not handed over, Windows' wildcards are looked up in them.
        sys.argv[1:] = profiles.hoisted(sys.argv[1:])
        app(obj=profiles.is_quiet(sys.argv))
    except PapermarksError as error:
        print(f"papermarks: {visible(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except Exception:
        import traceback

        traceback.print_exc()
        print(
            "papermarks: this is our fault. Please report it with the lines above.", file=sys.stderr
        )
        sys.exit(ExitCode.OUR_FAULT)
