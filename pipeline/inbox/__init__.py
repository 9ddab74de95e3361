"""The drop folder: files that have settled are claimed, worked on, and put where they belong.

    inbox/ ──claim─▶ working/<id>/ ──▶ done/YYYY-MM-DD/   all is well
      ▲                   │       ──▶ attention/         a person must look; its report beside it
      └──────back─────────┘       ──▶ rejected/          nothing of it can be used; the same

A file is always in one of these, under its own name; none is copied, overwritten or deleted. Each
step is one atomic rename, so many processes may share a folder, and any of them may be killed.
"""

from pipeline.inbox.claimed_file import ClaimedFile, FiledAt
from pipeline.inbox.folder_watch import FolderWatch
from pipeline.inbox.inbox import Inbox
from pipeline.inbox.names import BESIDE, NOTE, printable
from pipeline.inbox.place import Place, place_for, place_for_error
from pipeline.inbox.settling import UNCERTAIN_FACTOR, InboxScan

__all__ = [
    "BESIDE",
    "NOTE",
    "UNCERTAIN_FACTOR",
    "ClaimedFile",
    "FiledAt",
    "FolderWatch",
    "Inbox",
    "InboxScan",
    "Place",
    "place_for",
    "place_for_error",
    "printable",
]
