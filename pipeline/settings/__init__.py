"""Every setting, read once at the top of a run and passed in from there.

``PAPERMARKS_*`` in the environment goes over ``papermarks.toml`` in ``PAPERMARKS_HOME``. Where an
office has more than one Surpass, the file has a table for each, ``[profile.live]`` and
``[profile.test]``: the one that PAPERMARKS_PROFILE names goes over the rest of the file, and the
environment over both.
"""

from pipeline.settings.file import profiles
from pipeline.settings.loading import load
from pipeline.settings.model import COLOURS, Settings
from pipeline.settings.names import FILE, PREFIX, PROFILE, RUNNER

__all__ = [
    "COLOURS",
    "FILE",
    "PREFIX",
    "PROFILE",
    "RUNNER",
    "Settings",
    "load",
    "profiles",
]
