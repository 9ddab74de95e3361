"""A statement for many rows, made once.

SQLAlchemy looks at a statement anew each time that it is executed: for the few rows of a group that
takes several times as long as the database does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.sql import ClauseElement


class Prepared:
    """An insert, update or delete in the words of one database."""

    def __init__(self, statement: ClauseElement, dialect: sa.Dialect) -> None:
        """Values that are no parameters are the same for all rows."""
        compiled = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._constants = {
            name: value for name, value in compiled.params.items() if value is not None
        }
        self._order: Sequence[str] | None = getattr(compiled, "positiontup", None)

    def execute(self, connection: sa.Connection, rows: Sequence[Mapping[str, object]]) -> int:
        """How many rows of the database it was done to; ``rows`` has a value for each parameter."""
        if not rows:
            return 0
        values = [{**self._constants, **row} for row in rows]
        done = connection.exec_driver_sql(self._sql, self._arranged(values))
        return done.rowcount

    def _arranged(
        self, rows: Sequence[Mapping[str, object]]
    ) -> list[tuple[object, ...]] | list[dict[str, object]]:
        """As the database's driver takes them: by position, or by name."""
        order = self._order
        if order is None:
            return [dict(row) for row in rows]
        return [tuple([row[name] for name in order]) for row in rows]
