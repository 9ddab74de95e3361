"""``--profile NAME``: which of the office's Surpasses a command is for.

It may stand before the command or after it. The name goes into the environment, where the settings
find it, and where every process that we start does.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import typer

OPTION = "--profile"
_ELSEWHERE = {"demo", "sandbox"}  # commands that talk to no Surpass of the office's


def hoisted(args: Sequence[str]) -> list[str]:
    """The same words with ``--profile NAME`` in front; what follows ``--`` is no option."""
    end = args.index("--") if "--" in args else len(args)
    ahead: list[str] = []
    rest: list[str] = []
    words = iter(args[:end])
    for word in words:
        if word == OPTION:
            ahead += [word, *[value for value in [next(words, None)] if value is not None]]
        elif word.startswith(f"{OPTION}="):
            ahead.append(word)
        else:
            rest.append(word)
    return [*ahead, *rest, *args[end:]]


def is_quiet(args: Sequence[str]) -> bool:
    """Whether the command was told to print nothing."""
    return not {"-q", "--quiet"}.isdisjoint(args)


def choose(ctx: typer.Context, profile: str | None) -> None:
    """Put the profile in force, and say in its colour which it is, unless the command is quiet.

    ``ctx.obj`` tells whether it is.
    """
    from flows.cli import show
    from pipeline import settings
    from pipeline.errors import SettingsError

    if profile is not None:
        if not profile.strip():
            raise typer.BadParameter("a profile has a name", param_hint=OPTION)
        os.environ[settings.PROFILE] = profile
    if ctx.obj or ctx.invoked_subcommand in _ELSEWHERE:
        return
    try:
        shown = settings.load().shown_profile
    except SettingsError:
        return  # the command itself says so, where it needs them
    if shown is not None:
        show.profile(shown)
