"""Doctor: check everything that a run needs, and say how to mend what does not work.

Nothing is changed: no folder is made, no mark is sent, no ledger is begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from pipeline.doctor import folders, ledger, office, surpass
from pipeline.doctor.diagnosis import Diagnosis, Verdict, run_check
from pipeline.doctor.session import SessionReport, examine_session
from pipeline.errors import SettingsError
from pipeline.settings import Settings, load

__all__ = [
    "Diagnosis",
    "SessionReport",
    "Verdict",
    "examine",
    "examine_ledger",
    "examine_session",
    "run_check",
    "settings_in_force",
]


def examine_ledger(settings: Settings) -> list[Diagnosis]:
    """Look at the ledger alone, at all of it. Never raises."""
    return run_check("ledger", partial(ledger.check_ledger_thoroughly, settings))


def settings_in_force(environment: Mapping[str, str]) -> Settings | None:
    """Load the settings; None where they are wrong, which `examine` reports."""
    try:
        return load(environment)
    except SettingsError:
        return None


def examine(environment: Mapping[str, str]) -> list[Diagnosis]:
    """Run every check that needs no Prefect, in the order in which one would mend things.

    Never raises. Where the settings are wrong, what hangs on them is not looked at.
    """
    diagnoses = run_check("settings", partial(office.check_settings, environment))
    if settings_in_force(environment) is not None:
        diagnoses += run_check("profile", partial(office.check_profile, environment))
    diagnoses += run_check("rights", partial(office.check_rights, environment))
    settings = settings_in_force(environment)
    if settings is None:
        return diagnoses
    for what, check in (
        ("folders", partial(folders.check_folders, settings)),
        ("readers", partial(folders.check_readers, settings)),
        ("moving files", partial(folders.check_one_disk, settings)),
        ("disk space", partial(folders.check_free_space, settings)),
        ("layouts", partial(office.check_layouts, settings)),
        ("papers", partial(office.check_papers, settings)),
        ("ledger", partial(ledger.check_ledger, settings)),
        ("Surpass", partial(surpass.check_surpass, settings)),
    ):
        diagnoses += run_check(what, check)
    return diagnoses
