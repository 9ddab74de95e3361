"""Which of an office's Surpasses a run is for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Which of the office's Surpasses this is, such as live or test; shown wherever a run is."""

    name: str
    colour: str | None  # one of COLOURS in settings/model.py
    surpass: str  # its host, such as yourname.surpass.com

    @property
    def banner(self) -> str:
        """The name as it is shown, too loud to be overlooked."""
        return self.name.upper()
