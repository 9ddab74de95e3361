"""Deliver: what may be sent is sent once, read back, and its outcome known."""
