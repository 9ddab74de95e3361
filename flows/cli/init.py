"""``papermarks init``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from flows.cli import show
from pipeline.home import home_of
from pipeline.office.init import init as make
from pipeline.settings import FILE


def init(
    group: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Share the folder with this group of users: for a network share."
        ),
    ] = None,
) -> None:
    """Make papermarks' folders and a papermarks.toml to fill in. Nothing there is overwritten.

    They are made in PAPERMARKS_HOME, or else in the folder papermarks of your home folder.
    """
    home = home_of(os.environ)
    done = make(home, group)
    for path in done.made:
        show.line(f"made   {path}")
    for path in done.kept:
        show.line(f"there  {path}")
    if home / FILE in done.made:
        show.line(f"Now write your Surpass's address, user and password into {home / FILE}.")
    show.line("Then look whether all is well: papermarks doctor")
