"""Surpass, as a client sees it: the whole TestSession resource of its API v2.

Where the real service turns out to differ from what is known, this folder changes and no other.
"""

from pipeline.surpass.client import Access, Surpass, Trying
from pipeline.surpass.replies import Item, Page, Receipt, Reference, Session

__all__ = ["Access", "Item", "Page", "Receipt", "Reference", "Session", "Surpass", "Trying"]
