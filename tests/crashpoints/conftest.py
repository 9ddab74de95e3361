"""A PostgreSQL server for the runs whose ledger lies there."""

from tests.postgres import postgres_server as postgres_server  # a fixture, by its name
