"""Doctor: looks at all that a run needs, and says how to mend what is not well.

Nothing is changed: no folder is made, no mark is sent, no ledger is begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from pipeline.doctor import folders, ledger, office, surpass
from pipeline.doctor.diagnosis import Diagnosis, Verdict, examined
from pipeline.doctor.session import SessionReport, examine_session
from pipeline.errors import SettingsError
from pipeline.settings import Settings, load

__all__ = [
    "Diagnosis",
    "SessionReport",
    "Verdict",
    "examine",
    "examine_session",
    "examined",
    "settings_in_force",
]


def settings_in_force(environment: Mapping[str, str]) -> Settings | None:
    """The settings; None where they are wrong, which `examine` tells."""
    try:
        return load(environment)
    except SettingsError:
        return None


def examine(environment: Mapping[str, str]) -> list[Diagnosis]:
    """Every check that needs no Prefect, in the order in which one would mend things.

    Never raises. Where the settings are wrong, what hangs on them is not looked at.
    """
    told = examined("settings", partial(office.settings, environment))
    told += examined("environment", partial(office.environment, environment))
    if settings_in_force(environment) is not None:
        told += examined("profile", partial(office.profile, environment))
    told += examined("rights", partial(office.rights, environment))
    ours = settings_in_force(environment)
    if ours is None:
        return told
    for what, check in (
        ("folders", partial(folders.folders, ours)),
        ("moving files", partial(folders.one_disk, ours)),
        ("disk space", partial(folders.space, ours)),
        ("layouts", partial(office.own_layouts, ours)),
        ("papers", partial(office.papers, ours)),
        ("ledger", partial(ledger.ledger, ours)),
        ("Surpass", partial(surpass.surpass, ours)),
    ):
        told += examined(what, check)
    return told
