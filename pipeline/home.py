"""PAPERMARKS_HOME: the folder of the settings, the ledger and the reports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

VARIABLE = "PAPERMARKS_HOME"


def home_of(environment: Mapping[str, str]) -> Path:
    """The folder that the environment names, else the one of this user."""
    return Path(environment.get(VARIABLE) or Path.home() / "papermarks").expanduser()
