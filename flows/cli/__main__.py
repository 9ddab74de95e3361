"""``python -m flows.cli`` is ``papermarks``."""

from __future__ import annotations

from flows.cli import main

main()
