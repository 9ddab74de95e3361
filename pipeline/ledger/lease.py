"""The lease of this process: while it is renewed, and no other process does, its claims stand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import sqlalchemy as sa

from pipeline.errors import LedgerError
from pipeline.ledger import owner
from pipeline.ledger.tables import owners, sessions

_Work = Callable[[sa.Connection], None]
_LONGEST_S = 3600.0  # that a lease may be thought to last


class Lease:
    """It is renewed by a thread, a few times in the time that it lasts."""

    def __init__(
        self, seconds: float, transact: Callable[[Callable[[sa.Connection], None]], None]
    ) -> None:
        """Not announced yet. ``transact`` does a piece of work in one transaction."""
        self.token = owner.token()
        self._seconds = seconds
        self._transact = transact
        self._alive_until = 0.0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def announce(self, connection: sa.Connection) -> None:
        """Write down until when this process is alive."""
        self._alive_until = time.time() + self._seconds
        until = _now(connection) + self._seconds
        renewed = connection.execute(
            owners.update().where(owners.c.token == self.token).values(alive_until=until)
        )
        if renewed.rowcount == 0:
            values = {"token": self.token, "place": owner.place(), "alive_until": until}
            connection.execute(owners.insert().values(values))

    def announce_if_over(self, connection: sa.Connection) -> None:
        """The same, where the thread could not do so in time: before anything may leave."""
        if time.time() > self._alive_until:
            self.announce(connection)

    def start_renewing(self) -> None:
        """Announce it from now on, until `stop_renewing`."""
        self._thread.start()

    def stop_renewing(self) -> None:
        """Let it run out."""
        self._closing.set()
        self._thread.join()

    def end(self, connection: sa.Connection) -> None:
        """Let go of all claims, and be known no more."""
        mine = sessions.c.owner == self.token
        connection.execute(sessions.update().where(mine).values(owner=None))
        connection.execute(owners.delete().where(owners.c.token == self.token))

    def others_alive(self, connection: sa.Connection) -> set[str]:
        """The other processes that may be alive: their claims stand.

        A lease that ends further away than any lease can is a clock's mistake, and counts as over.
        Another machine's may be longer than ours.
        """
        now = _now(connection)
        longest = max(2 * self._seconds, _LONGEST_S)
        return {
            row.token
            for row in connection.execute(owners.select().where(owners.c.token != self.token))
            if now < row.alive_until <= now + longest and not owner.surely_dead(row.place)
        }

    def _renew(self) -> None:
        while not self._closing.wait(self._seconds / 3):
            try:
                self._transact(self.announce)
            except LedgerError:
                continue  # the lease runs out, and the next intent says why nothing is sent


def _now(connection: sa.Connection) -> float:
    """The database's own time where machines share it: their clocks may differ by a lease."""
    if connection.dialect.name != "postgresql":
        return time.time()
    clock = sa.select(sa.extract("epoch", sa.func.clock_timestamp()))
    return float(connection.execute(clock).scalar_one())
