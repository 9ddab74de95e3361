"""Check what the office has set: settings, their file, layouts, papers."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.doctor.diagnosis import Diagnosis, failed, ok, warning
from pipeline.errors import LayoutError, PaperError, SettingsError
from pipeline.interpret.layouts import offices
from pipeline.papers.load import load_papers
from pipeline.settings import FILE, PREFIX, PROFILE, Settings, load, profiles

_ACCESS_VARIABLES = [f"{PREFIX}SURPASS_{name}" for name in ("URL", "USERNAME", "PASSWORD")]
_OTHER_USERS = stat.S_IRWXG | stat.S_IRWXO


def check_settings(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Check that the settings can be read and make sense."""
    try:
        loaded = load(environment)
    except SettingsError as error:
        to_do = f"Correct it in {FILE} or in the environment; then look again: more hangs on it."
        yield failed("settings", str(error), to_do)
        return
    names = sorted(name for name in loaded.model_fields_set if name != "home")
    file = loaded.home / FILE
    if not file.exists() and not names:
        to_do = f"Write {file}: see the README, 'The first day'."
        yield warning("settings", f"Nothing is set: there is no {FILE}.", to_do)
        return
    yield ok("settings", f"Understood: {', '.join(names) or 'all at their defaults'}.")


def check_profile(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Say which of several Surpasses is chosen, and check that its name is the truth."""
    names = profiles(environment)
    chosen = load(environment).shown_profile
    if chosen is None:
        if names:
            to_do = f"Say papermarks --profile {names[0]} …, or set {PROFILE}."
            yield warning("profile", f"None is chosen of {', '.join(names)}.", to_do)
        return
    over = [name for name in _ACCESS_VARIABLES if environment.get(name)]
    if over:
        yield warning(
            "profile",
            f"This is {chosen.banner}, but {', '.join(over)} in the environment goes over it: "
            f"the Surpass is {chosen.surpass}.",
            "Remove it from the environment, or the name says one Surpass and means another.",
        )
        return
    other_names = ", ".join(name for name in names if name != chosen.name) or "no other"
    yield ok("profile", f"This is {chosen.banner}, at {chosen.surpass}; there is {other_names}.")


def check_rights(environment: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Check that others on this machine cannot read the password in the settings file."""
    home = environment.get(f"{PREFIX}HOME") or Path.home() / "papermarks"
    file = Path(home).expanduser() / FILE
    if os.name != "posix" or not file.is_file():
        return  # Windows has rights of another kind
    if file.stat().st_mode & _OTHER_USERS:
        to_do = f"chmod 600 '{file}'"
        yield warning("rights", f"Others on this machine can read or change {FILE}.", to_do)
    else:
        yield ok("rights", f"{FILE} is for its owner alone.")


def check_layouts(settings: Settings) -> Iterator[Diagnosis]:
    """Check the office's own layouts: a broken one stops every run."""
    folder = settings.layouts
    try:
        names = sorted(offices(folder))
    except LayoutError as error:
        yield failed("layouts", f"{error}.", f"Correct or remove the file in {folder}.")
        return
    if names:
        yield ok("layouts", f"The office's own can be used: {', '.join(names)}.")


def check_papers(settings: Settings) -> Iterator[Diagnosis]:
    """Check the office's paper definitions: a broken one stops every run."""
    try:
        load_papers(settings.papers)
    except PaperError as error:
        yield failed("papers", f"{error}.", f"Correct or remove the file in {settings.papers}.")
        return
    if settings.papers.is_dir():
        yield ok("papers", "The paper definitions can be used.")
