"""An office to be looked at, beside a sandbox; and what the doctor says of it."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pipeline.doctor import Diagnosis, Verdict, examine
from pipeline.sandbox import SandboxSession
from tests.serving import PASSWORD, USERNAME, served

NOW = dt.datetime(2025, 6, 2, 9, 30, tzinfo=dt.UTC)
Environment = dict[str, str]


def environment(home: Path, url: str, **more: str) -> Environment:
    variables = {
        "HOME": str(home),
        "SURPASS_URL": url,
        "SURPASS_USERNAME": USERNAME,
        "SURPASS_PASSWORD": PASSWORD,
        "PREFECT": "false",
    }
    return {f"PAPERMARKS_{name}": value for name, value in (variables | more).items()}


@contextmanager
def office(home: Path, **options: str) -> Iterator[Environment]:
    """An office in which all is well, beside a sandbox with one session."""
    with served([SandboxSession.paper("AAAA0001")], **options) as (_, where):
        yield environment(home, where.url)


def diagnosed(variables: Mapping[str, str]) -> dict[str, Diagnosis]:
    """By what was looked at, the worst of each; no secret is in any of them."""
    diagnoses = examine(variables)
    assert PASSWORD not in repr(diagnoses)
    by_weight = sorted(diagnoses, key=lambda diagnosis: [*Verdict].index(diagnosis.verdict))
    assert all(diagnosis.to_do for diagnosis in diagnoses if diagnosis.verdict is not Verdict.OK)
    return {diagnosis.what: diagnosis for diagnosis in by_weight}


def assert_says(diagnosis: Diagnosis, verdict: Verdict, expected: str) -> None:
    """What was looked at is so, and the sentence about it has these words."""
    assert diagnosis.verdict is verdict, diagnosis
    assert expected in diagnosis.sentence, diagnosis


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
