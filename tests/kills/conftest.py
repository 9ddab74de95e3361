"""A PostgreSQL server for runs that share a ledger."""

from tests.postgres import postgres_server as postgres_server  # a fixture, by its name
