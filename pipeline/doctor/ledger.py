"""Check the ledger: that it opens, is up to date, and can be written."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from pipeline.doctor.diagnosis import Diagnosis, failed, ok
from pipeline.errors import LedgerError
from pipeline.ledger import open_ledger
from pipeline.settings import Settings

_CONNECT_TIMEOUT_S = 5  # seconds; a run waits longer, since a database may be starting


def check_ledger(settings: Settings) -> Iterator[Diagnosis]:
    """Open the ledger as a run does: that brings it up to date, and writes who is there."""
    file = settings.home / "ledger.sqlite"
    if settings.ledger_url is None and not file.exists():
        yield ok("ledger", f"There is none yet; the first run makes {file}.")
        return
    if (
        settings.ledger_url is not None
        and (why := _why_unreachable(settings.ledger_url)) is not None
    ):
        to_do = "Is the database running, and LEDGER_URL right: host, port, name, user, password?"
        yield failed("ledger", f"Its database cannot be reached: {why}", to_do)
        return
    try:
        with open_ledger(settings):
            yield ok("ledger", "It opens, is up to date, and can be written.")
    except LedgerError as error:
        yield failed("ledger", f"It cannot be used: {error}.", "See what it says; then look again.")


def _why_unreachable(url: str) -> str | None:
    """Why a PostgreSQL server is not reached; None where it is, or is not asked here."""
    try:
        address = sa.make_url(url)
        if address.get_backend_name() != "postgresql":
            return None
        engine = sa.create_engine(address, connect_args={"connect_timeout": _CONNECT_TIMEOUT_S})
    except (SQLAlchemyError, ImportError, ValueError):
        return None  # the ledger itself says what is wrong with the address
    try:
        engine.connect().close()
    except SQLAlchemyError as error:
        # A password with an @ in it makes its end a part of the host's name.
        text = str(getattr(error, "orig", "")).strip()
        return text.splitlines()[0] if text and "@" not in text else type(error).__name__
    finally:
        engine.dispose()
    return None
