"""The sandbox: our stand-in for the Surpass API, for the demo, training and tests.

    sandbox = Sandbox([SandboxSession.paper("H76RBD8P", {"1": 5, "2": 3})])
    with serve_in_thread(sandbox) as url:
        ...

It keeps to what is known of the real service and makes every guess an option; its error numbers and
messages are its own. Marks that it took are in its sessions, and what was asked is in its journal.
"""

from pipeline.sandbox.csv_file import load_sessions
from pipeline.sandbox.errors import ErrorNumber, RefusedError
from pipeline.sandbox.faults import Fault, FaultKind, Faults
from pipeline.sandbox.journal import Entry, Journal
from pipeline.sandbox.options import SandboxOptions
from pipeline.sandbox.server import serve, serve_in_thread
from pipeline.sandbox.sessions import Application, SandboxSession, Section
from pipeline.sandbox.store import Sandbox

__all__ = [
    "Application",
    "Entry",
    "ErrorNumber",
    "Fault",
    "FaultKind",
    "Faults",
    "Journal",
    "RefusedError",
    "Sandbox",
    "SandboxOptions",
    "SandboxSession",
    "Section",
    "load_sessions",
    "serve",
    "serve_in_thread",
]
