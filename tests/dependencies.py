"""What papermarks is built on: what each package is for, who keeps it, and under which licence.

Use and keeper are written here; licence and state come from the package that is installed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import metadata, requires

from packaging.requirements import Requirement


@dataclass(frozen=True)
class Dependency:
    """One package that we name ourselves."""

    use: str
    keeper: str


DEPENDENCIES: Mapping[str, Dependency] = {
    "aiohttp": Dependency("requests to Surpass", "aio-libs, a team"),
    "aiolimiter": Dependency("requests a second", "one developer"),
    "alembic": Dependency("the ledger's schema", "the SQLAlchemy team"),
    "apprise": Dependency("notifications to people", "one developer"),
    "fastapi": Dependency("the sandbox; Prefect's server", "one developer, with a team"),
    "httpx": Dependency("requests to Surpass", "encode, a team; seldom released"),
    "jinja2": Dependency("the report's page", "Pallets, a team"),
    "keyring": Dependency("the password from the system's keyring", "jaraco, one developer"),
    "openpyxl": Dependency("reading and writing workbooks", "two developers; seldom released"),
    "orjson": Dependency("JSON of reports", "one developer"),
    "packaging": Dependency("versions", "the Python Packaging Authority"),
    "pandas": Dependency("tables", "NumFOCUS, a team"),
    "pandera": Dependency("what tables must look like", "Union.ai, with a team"),
    "prefect": Dependency("schedule, pages, re-runs", "Prefect Technologies"),
    "prefect-dask": Dependency("batches over many machines", "Prefect Technologies"),
    "psycopg": Dependency("a ledger on PostgreSQL", "one developer, paid by sponsors"),
    "pydantic": Dependency("settings and replies", "Pydantic Services"),
    "python-calamine": Dependency("reading workbooks", "one developer"),
    "rich": Dependency("the terminal", "Textualize"),
    "sqlalchemy": Dependency("the ledger", "the SQLAlchemy team"),
    "stamina": Dependency("tries again", "one developer"),
    "typer": Dependency("the command line", "one developer, with a team"),
    "tzdata": Dependency("time zones", "the Python core team"),
    "tzlocal": Dependency("Windows's names for time zones", "one developer"),
    "uvicorn": Dependency("the sandbox; Prefect's server", "encode, a team"),
    "watchfiles": Dependency("files as they are dropped", "one developer"),
    "xlsxwriter": Dependency("writing the report", "one developer"),
}
_STATE = "Development Status :: "


def named() -> set[str]:
    """The packages that pyproject.toml names for running, extras too; not those of the tests."""
    found = map(Requirement, requires("papermarks") or ())
    return {
        each.name.lower()
        for each in found
        if each.name != "papermarks" and not (each.marker and "test" in str(each.marker))
    }


def licence(package: str) -> str:
    """The licence that the installed package states, as short as it can be said; "" for none."""
    stated = _facts(package, "License-Expression") or [_of_classifiers(package)]
    return stated[0] or "".join(_facts(package, "License")[:1]).partition("\n")[0].strip()


def _facts(package: str, name: str) -> list[str]:
    return [str(fact) for fact in metadata(package).get_all(name) or ()]


def _of_classifiers(package: str) -> str:
    found = [text for text in _facts(package, "Classifier") if text.startswith("License :: OSI")]
    names = [text.rpartition(" :: ")[2].removesuffix(" License") for text in found]
    return " or ".join(re.sub(r" Software$", "", name) for name in names if name != "OSI Approved")


def _state(package: str) -> str:
    for text in _facts(package, "Classifier"):
        if text.startswith(_STATE):
            return text.removeprefix(_STATE).partition(" - ")[2].lower()
    return "not said"


def table() -> str:
    """The table of SECURITY.md."""
    rows = [
        f"| {name} | {each.use} | {licence(name)} | {each.keeper} | {_state(name)} |"
        for name, each in DEPENDENCIES.items()
    ]
    heading = "| package | what for | licence | kept by | its own word on its state |"
    return "\n".join([heading, "|---|---|---|---|---|", *rows])
