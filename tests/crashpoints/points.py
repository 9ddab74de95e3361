"""The points of a run: each request and each write to the ledger, counted as it is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tests.crashpoints.disks import Disk
from tests.crashpoints.faults import Died, Fault, WriteFault, is_death

_WRITING = ("INSERT", "UPDATE", "DELETE")
_AFTER = (WriteFault.DIES_AFTER, WriteFault.FAILS_AFTER, WriteFault.CUT_AFTER)


@dataclass
class Points:
    """What befalls the run at each point, which is known by its number from 0, and its kind."""

    fault_at: Callable[[int, str], Fault | None]
    at_death: Callable[[], None]  # called at that very moment
    reached: list[tuple[str, str]] = field(default_factory=list)  # kind, and what for
    dead: bool = False

    def reach(self, kind: str, what: str) -> Fault | None:
        """The next point's fault, if any. Died where the process is dead."""
        if self.dead:
            raise Died
        fault = self.fault_at(len(self.reached), kind)
        self.reached.append((kind, what))
        return fault

    def die(self) -> None:
        """From now on nothing that the process does has any effect."""
        self.dead = True
        self.at_death()
        raise Died


@contextmanager
def ledger_writes(points: Points, disk: Disk) -> Iterator[None]:
    """Within this block each commit of a transaction that writes to that ledger is a point."""
    engines: dict[int, sa.Engine] = {}
    url = sa.make_url(disk.url)

    def is_ours(connection: sa.Connection) -> bool:
        return connection.engine.url == url and not connection.info.get("harness")

    def begun(connection: sa.Connection) -> None:
        connection.info["writes"] = ""
        engines[id(connection.engine)] = connection.engine

    def executed(connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        words = statement.split(maxsplit=3)
        if words[0] in _WRITING:
            connection.info["writes"] += f" {words[1 if words[0] == 'UPDATE' else 2]}"

    def committed(connection: sa.Connection) -> None:
        if written := connection.info.get("writes"):
            _commit(points, disk, connection, written.strip())

    listeners: dict[str, Callable[..., None]] = {
        "begin": begun,
        "before_cursor_execute": executed,
        "commit": committed,
    }

    def only_ours(listener: Callable[..., None]) -> Callable[..., None]:
        def listening(connection: sa.Connection, *args: Any) -> None:
            if is_ours(connection):
                listener(connection, *args)

        return listening

    wrapped = {name: only_ours(listener) for name, listener in listeners.items()}
    for name, listener in wrapped.items():
        sa.event.listen(sa.Engine, name, listener)
    try:
        yield
    finally:
        for name, listener in wrapped.items():
            sa.event.remove(sa.Engine, name, listener)
        for engine in engines.values():
            engine.dispose()


def _commit(points: Points, disk: Disk, connection: sa.Connection, written: str) -> None:
    fault = points.reach("write", written)
    if fault is None:
        return
    assert isinstance(fault, WriteFault)
    if fault in _AFTER:
        connection.connection.commit()
    if is_death(fault):
        points.die()
    disk.fail(connection, fault)
