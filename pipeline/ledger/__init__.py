"""The ledger: the durable record of runs, submissions, attempts and outcomes.

What is about to be posted is in it, on the disk, before the first byte leaves. After a kill it is
known what may have been sent, and nothing is ever sent blindly.
"""

from pipeline.ledger.history import History
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.model import Attempt, Known, Resolution, Seen, State
from pipeline.ledger.open import ledger_in_thread, open_history, open_ledger

__all__ = [
    "Attempt",
    "History",
    "Known",
    "Ledger",
    "Resolution",
    "Seen",
    "State",
    "ledger_in_thread",
    "open_history",
    "open_ledger",
]
