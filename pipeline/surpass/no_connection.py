"""Why no connection could be made, and what to do, in the words of a person."""

from __future__ import annotations

import errno
import socket
import ssl

from pipeline.foreign_text import in_a_line
from pipeline.machine_faults import explain, is_of_the_machine
from pipeline.tls import causes, certificate_problem

_MAX_WORDS = 300  # characters
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}


def explain_no_connection(error: Exception) -> str:
    """The reason, in the order of what is most exact."""
    problem = certificate_problem(error)
    if problem is not None:
        return problem
    for cause in causes(error):
        if isinstance(cause, socket.gaierror):
            return (
                "its name is not known on this network (DNS). Is SURPASS_URL right, and does this "
                "machine reach the internet?"
            )
        if isinstance(cause, ssl.SSLError):
            return (
                "no encrypted connection came about: is SURPASS_URL right, or is something that "
                "is not Surpass in the way?"
            )
        if isinstance(cause, OSError) and (known := _of_system(cause)):
            return known
    # A time-out has no words of its own; some have those of the other side.
    return in_a_line(str(error), _MAX_WORDS) or type(error).__name__


def _of_system(error: OSError) -> str | None:
    if is_of_the_machine(error):
        return explain(error)
    if error.errno == errno.ECONNREFUSED:
        return "nothing answers there: is SURPASS_URL right, and is Surpass in service?"
    if error.errno in _NO_WAY:
        return "this network has no way to it: is this machine online? A proxy goes by HTTPS_PROXY"
    return None
