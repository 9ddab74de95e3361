"""The drop folder: files that have settled are taken, worked on, and put where they belong.

    inbox/ ──take──▶ working/<id>/ ──▶ done/YYYY-MM-DD/   all is well
      ▲                   │       ──▶ attention/         a person must look; its report beside it
      └──────back─────────┘       ──▶ rejected/          nothing in it can be read; the same

A file is always in one of these, under its own name; none is copied, overwritten or deleted. Each
step is one atomic rename, so many processes may share a folder, and any of them may be killed.
"""

from pipeline.inbox.claimed_file import Put, Taken
from pipeline.inbox.folder_watch import Bell
from pipeline.inbox.inbox import Inbox
from pipeline.inbox.names import NOTE, REPORTS, shown
from pipeline.inbox.place import Place, place_for, place_for_error
from pipeline.inbox.settling import DOUBT, Look

__all__ = [
    "DOUBT",
    "NOTE",
    "REPORTS",
    "Bell",
    "Inbox",
    "Look",
    "Place",
    "Put",
    "Taken",
    "place_for",
    "place_for_error",
    "shown",
]
