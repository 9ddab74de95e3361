"""``python -m flows.cli`` is ``papermarks``."""

from flows.cli import main

main()
