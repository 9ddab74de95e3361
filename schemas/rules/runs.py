"""What can be wrong with the whole run."""

from __future__ import annotations

from schemas.rules.rule import warning
from schemas.words import Who

RULES = (
    warning(
        "clock-wrong",
        "This machine's clock is {error} Surpass's. Completion dates were taken from Surpass's "
        "clock; the times in this report are this machine's.",
        "Let the clock be set by a time server: timedatectl set-ntp true, or on Windows 'Sync now' "
        "in the settings of date and time.",
        "A computer whose battery is empty, and that believes that it is 2019.",
    ),
    warning(
        "time-zone-unknown",
        "Surpass's time zone cannot be known: {why}. The completion date was taken from the clock "
        "of this machine.",
        "Set TIME_ZONE to Surpass's, such as Europe/London, before you send more: papermarks "
        "doctor tells whether it is right.",
        "A Surpass that names a zone of which neither Windows nor IANA knows.",
        Who.IT,
    ),
)
