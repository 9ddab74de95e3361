"""Check the ledger: that it is there, opens, is whole, agrees with itself, and has copies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from pipeline.doctor.diagnosis import Diagnosis, failed, ok, warning
from pipeline.errors import LedgerError
from pipeline.evidence.finding import Verdict
from pipeline.evidence.verify import verify
from pipeline.ledger import checks, open_history, open_ledger
from pipeline.ledger.head import copies
from pipeline.ledger.open import how_to_restore
from pipeline.settings import Settings

_CONNECT_TIMEOUT_S = 5  # seconds; a run waits longer, since a database may be starting
_RESTORE = (
    "Send nothing. Put back a copy: pipeline/ledger/README.md says how, and what happens then."
)
_OLD_COPY = dt.timedelta(days=3)


def check_ledger(settings: Settings) -> Iterator[Diagnosis]:
    """Open the ledger as a run does: that brings it up to date, and writes who is there."""
    file = settings.home / "ledger.sqlite"
    if settings.ledger_url is None and not file.exists() and how_to_restore(settings) is None:
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
        with open_ledger(settings) as ledger:
            problems = ledger.transact(checks.file_problems)
    except LedgerError as error:
        yield failed("ledger", f"It cannot be used: {error}.", "See what it says; then look again.")
        return
    if problems:
        yield failed("ledger", f"It is damaged: {problems[0]}.", _RESTORE)
    else:
        yield ok("ledger", "It opens, is whole and up to date, and can be written.")


def check_ledger_thoroughly(settings: Settings) -> Iterator[Diagnosis]:
    """All that can be known of it: file, schema, rows, sessions, the chain of records, copies."""
    opened = [*check_ledger(settings)]
    yield from opened
    if any(each.verdict != "ok" for each in opened) or not _there(settings):
        return
    with closing(open_history(settings)) as ledger:
        for what, look, well in _CHECKS:
            problems = ledger.transact(look)
            yield failed(what, f"{problems[0]}.", _RESTORE) if problems else ok(what, well)
        found = verify(ledger, settings)
    altered = [each for each in found.findings if each.verdict is Verdict.ALTERED]
    if altered:
        first = f"{altered[0].what}: {altered[0].sentence}"
        to_do = "papermarks verify lists all of it, and says what to do."
        yield failed("records", f"{len(altered)} things are not as recorded. {first}", to_do)
    else:
        yield ok("records", f"{found.records} records, each as it was written.")
    yield from _copies(settings)


_CHECKS: tuple[tuple[str, Callable[[sa.Connection], list[str]], str], ...] = (
    ("schema", checks.schema_problems, "It is the one that this version knows."),
    ("rows", checks.reference_problems, "Each belongs to its run and its submission."),
    ("sessions", checks.session_problems, "Each agrees with what was sent to it."),
)


def _there(settings: Settings) -> bool:
    return settings.ledger_url is not None or (settings.home / "ledger.sqlite").exists()


def _copies(settings: Settings) -> Iterator[Diagnosis]:
    if settings.ledger_url is not None:
        yield ok("copies", "PostgreSQL's backups are kept by those who run it.")
        return
    there = [*copies(settings.home)]
    to_do = "The nightly run makes one, and the first run of each day: is papermarks serve running?"
    if not there:
        yield warning("copies", f"There is none in {settings.backup}.", to_do)
        return
    made = dt.date.fromisoformat(there[-1].stem.removeprefix("ledger-"))
    sentence = f"{len(there)}, the newest of {made}."
    if dt.date.today() - made > _OLD_COPY:
        yield warning("copies", sentence, to_do)
    else:
        yield ok("copies", sentence)


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
