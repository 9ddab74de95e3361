"""What the office has set: settings, environment variables, the settings file, layouts, papers."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from pipeline.doctor.diagnosis import Diagnosis, ill, odd, well
from pipeline.errors import LayoutError, PaperError, SettingsError
from pipeline.interpret.layouts import offices
from pipeline.papers.load import load as load_papers
from pipeline.settings import FILE, PREFIX, PROFILE, Settings, load, profiles

_OF_ACCESS = [f"{PREFIX}SURPASS_{name}" for name in ("URL", "USERNAME", "PASSWORD")]
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def settings(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Whether they can be read, and make sense."""
    try:
        ours = load(environment)
    except SettingsError as error:
        to_do = f"Correct it in {FILE} or in the environment; then look again: more hangs on it."
        yield ill("settings", str(error), to_do)
        return
    given = sorted(name for name in ours.model_fields_set if name != "home")
    file = ours.home / FILE
    if not file.exists() and not given:
        to_do = f"Write {file}: see the README, 'The first day'."
        yield odd("settings", f"Nothing is set: there is no {FILE}.", to_do)
        return
    yield well("settings", f"Understood: {', '.join(given) or 'all at their defaults'}.")


def profile(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Which of several Surpasses is in force, and whether its name is the truth."""
    names = profiles(environment)
    chosen = load(environment).shown_profile
    if chosen is None:
        if names:
            to_do = f"Say papermarks --profile {names[0]} …, or set {PROFILE}."
            yield odd("profile", f"None is chosen of {', '.join(names)}.", to_do)
        return
    over = [name for name in _OF_ACCESS if environment.get(name)]
    if over:
        yield odd(
            "profile",
            f"This is {chosen.banner}, but {', '.join(over)} in the environment goes over it: the "
            f"Surpass is {chosen.surpass}.",
            "Remove it from the environment, or the name says one Surpass and means another.",
        )
        return
    others = ", ".join(name for name in names if name != chosen.name) or "no other"
    yield well("profile", f"This is {chosen.banner}, at {chosen.surpass}; there is {others}.")


def environment(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Variables that look like ours and are not: a slip of the pen is else never noticed."""
    known = [name.upper() for name in Settings.model_fields]
    given = [name for name in environment if name.upper().startswith(PREFIX)]
    strange = [name for name in given if name.removeprefix(PREFIX) not in known]
    for name in sorted(strange):
        near = get_close_matches(name.upper().removeprefix(PREFIX), known, n=1)
        to_do = (
            f"Did you mean {PREFIX}{near[0]}?"
            if near
            else "Remove it; flows/README.md has them all."
        )
        yield odd("environment", f"There is no setting {name}: it has no effect.", to_do)
    if not strange:
        yield well("environment", f"{len(given)} {PREFIX}… variables are set, all of them known.")


def rights(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Whether others on this machine can read the password in the settings file."""
    home = environment.get(f"{PREFIX}HOME") or Path.home() / "papermarks"
    file = Path(home).expanduser() / FILE
    if os.name != "posix" or not file.is_file():
        return  # Windows has rights of another kind
    if file.stat().st_mode & _OTHERS:
        to_do = f"chmod 600 '{file}'"
        yield odd("rights", f"Others on this machine can read or change {FILE}.", to_do)
    else:
        yield well("rights", f"{FILE} is for its owner alone.")


def own_layouts(ours: Settings) -> Iterator[Diagnosis]:
    """Whether the office's own layouts can be used: a broken one stops every run."""
    folder = ours.layouts
    try:
        names = sorted(offices(folder))
    except LayoutError as error:
        yield ill("layouts", f"{error}.", f"Correct or remove the file in {folder}.")
        return
    if names:
        yield well("layouts", f"The office's own can be used: {', '.join(names)}.")


def papers(ours: Settings) -> Iterator[Diagnosis]:
    """Whether the office's paper definitions can be used: a broken one stops every run."""
    try:
        load_papers(ours.papers)
    except PaperError as error:
        yield ill("papers", f"{error}.", f"Correct or remove the file in {ours.papers}.")
        return
    if ours.papers.is_dir():
        yield well("papers", "The paper definitions can be used.")
