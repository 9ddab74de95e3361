"""The file of settings, and the tables in it for an office that has more than one Surpass."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsError
from pipeline.home import home_of
from pipeline.settings.names import FILE, PREFIX, PROFILE

_PROFILES = "profile"  # the table of tables in the file
_PROFILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,20}")  # it stands in sheets' titles, tags, subjects


def profiles(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The names of the profiles that the office has. SettingsError where the file is broken."""
    return tuple(read_profiles(home_of(environment) / FILE)[1])


def read_profiles(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What the file says for all profiles, and what for each of them, by name."""
    shared = _read_file(path)
    tables = shared.pop(_PROFILES, {})
    if not isinstance(tables, dict) or not all(isinstance(key, dict) for key in tables.values()):
        raise SettingsError(f"{path}: write each profile as a table, such as [profile.live]")
    for name, table in tables.items():
        if not _PROFILE_NAME.fullmatch(name):
            raise SettingsError(
                f"{path}: a profile's name is at most 20 letters, digits, - or _, not '{name}'"
            )
        for forbidden in {"home", "profile"} & {key.lower() for key in table}:
            raise SettingsError(f"{path}: [profile.{name}] cannot set {forbidden}")
    lower_tables = {
        name.lower(): {key.lower(): value for key, value in table.items()}
        for name, table in tables.items()
    }
    if len(lower_tables) < len(tables):
        raise SettingsError(f"{path}: two profiles have names that differ in their case only")
    return shared, lower_tables


def settings_of(profile: str, tables: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What the table of a profile says. SettingsError where there is no such profile."""
    if profile not in tables:
        there_are = f"there are: {', '.join(tables)}" if tables else "there are none"
        raise SettingsError(f"there is no profile '{profile}' in {FILE}; {there_are}")
    return tables[profile] | {"profile": profile}


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return {
            name.lower(): value for name, value in tomllib.loads(path.read_text("utf-8")).items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error


def how_to_write(names: list[str], home: Path, profile: str | None) -> str:
    """What to say where these settings are missing, or no profile was chosen."""
    existing = profiles({f"{PREFIX}HOME": str(home)})
    if profile is None and existing:
        return (
            f"Which Surpass? {home / FILE} has the profiles {', '.join(existing)}.\n"
            f"Say papermarks --profile {existing[0]} …, or set {PROFILE}={existing[0]}."
        )
    lines = "\n".join(f'  {name} = "…"' for name in names)
    variables = ", ".join(f"{PREFIX}{name.upper()}" for name in names)
    under = "" if profile is None else f", under [profile.{profile}]"
    return (
        f"To talk to Surpass, papermarks needs: {', '.join(names)}.\n"
        f"Write in {home / FILE}{under}:\n{lines}\nor set in the environment: {variables}.\n"
        "To see it work without Surpass: papermarks demo"
    )
