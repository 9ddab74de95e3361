"""Surpass, as a client sees it: test sessions, results, and what is known of their replies.

Where the real service turns out to differ from what is known, this folder changes and no other.
"""

from pipeline.surpass.access import Access, access_of
from pipeline.surpass.client import Attempting, Surpass
from pipeline.surpass.paper import Item, Numbering, Paper
from pipeline.surpass.replies import Page, Receipt, Reference, Result, Session

__all__ = [
    "Access",
    "Attempting",
    "Item",
    "Numbering",
    "Page",
    "Paper",
    "Receipt",
    "Reference",
    "Result",
    "Session",
    "Surpass",
    "access_of",
]
