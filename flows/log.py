"""How a long-running command says what happens: a line at a time, for a person."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from pipeline.foreign_text import visible

Log = Callable[[str], None]


def to_stderr(text: str) -> None:
    """Write the line with the time, at once."""
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {visible(text)}", file=sys.stderr, flush=True)
