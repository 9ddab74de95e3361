"""Read the settings: the environment over the profile's table over the rest of the file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from pipeline.errors import SettingsError
from pipeline.home import home_of
from pipeline.settings.file import read_profiles, settings_of
from pipeline.settings.model import Settings
from pipeline.settings.names import FILE, PASSWORDS, PREFIX, RUNNER


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Load the settings. SettingsError names the setting that is wrong and how to set it."""
    from_environment = {
        name: value
        for name in Settings.model_fields
        if (value := environment.get(f"{PREFIX}{name.upper()}"))
    }
    _none_unknown(environment)
    home = home_of(environment)
    from_file, tables = read_profiles(home / FILE)
    if chosen_profile := from_environment.pop("profile", None):
        from_file |= settings_of(chosen_profile.strip().lower(), tables)
    values = from_file | from_environment | {"home": home}
    _only_one_password(values)
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError(
            "\n".join(
                f"{PREFIX}{'_'.join(map(str, item['loc'])).upper()}: {_error_message(item)}"
                for item in error.errors(include_input=False, include_url=False)
            )
        ) from None  # the original shows values, which may be secret


def _none_unknown(environment: Mapping[str, str]) -> None:
    """SettingsError for a misspelt variable, which would have no effect and never be noticed."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {RUNNER}
    ours = sorted(name for name in environment if name.upper().startswith(PREFIX))
    unknown = [name for name in ours if name not in known]
    if unknown:
        raise SettingsError(
            "\n".join(f"{name}: there is no such setting. {_nearest(name)}" for name in unknown)
        )


def _nearest(name: str) -> str:
    """What was perhaps meant by a name that is no setting's."""
    wanted = name.upper().removeprefix(PREFIX).lower()
    near = get_close_matches(wanted, Settings.model_fields, n=1)
    if not near:
        return "Remove it; flows/README.md lists all settings."
    upper = name.upper().startswith(PREFIX)
    return f"Did you mean {PREFIX + near[0].upper() if upper else near[0]}?"


def _only_one_password(values: Mapping[str, Any]) -> None:
    """SettingsError where two places are named: one would be used without a word."""
    given = [name for name in PASSWORDS if values.get(name)]
    if len(given) > 1:
        names = " or ".join(f"{PREFIX}{name.upper()}" for name in given)
        raise SettingsError(f"set {names}, not both")


def _error_message(item: Mapping[str, Any]) -> str:
    if item["type"] == "extra_forbidden":
        name = str(item["loc"][0])
        return f"there is no such setting in {FILE} ({name}). {_nearest(name)}"
    return str(item["msg"]).removeprefix("Value error, ")
