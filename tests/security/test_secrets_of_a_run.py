"""The password, the webhook's address and candidates' names are in nothing that a run writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import settings
from pipeline.errors import SettingsError
from pipeline.sandbox import Sandbox, SandboxOptions, SandboxSession, serve_in_thread

_PASSWORD = "correct-h0rse-battery"
_NAMES = ("Mbappelotta", "Quillingworth")
_SHEET = "Keycode,Candidate name,Q1,Q2\n" + "".join(
    f"SECRET{number:02d},{name},{mark},2\n"
    for number, (name, mark) in enumerate(zip((*_NAMES, _NAMES[0]), ("3", "4", "x"), strict=True))
)
# Not httpx's: Prefect would send its own requests' lines to its server, by a request each.
_LOGGERS = "pipeline,flows,apprise,stamina,sqlalchemy,asyncio"


def test_none_of_them_is_in_what_a_run_writes(tmp_path: Path) -> None:
    """Through Prefect, at the level of debug, with every logger of interest sent to it."""
    home, secret = tmp_path / "home", tmp_path / "password"
    secret.write_text(_PASSWORD + "\n")
    path = tmp_path / "marks.csv"
    path.write_text(_SHEET)
    options = SandboxOptions(username="office", password=_PASSWORD)
    sessions = [SandboxSession.paper(f"SECRET{n:02d}", {"1": 5, "2": 5}) for n in range(3)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    with serve_in_thread(Sandbox(sessions, options)) as url:
        env = kept | {
            "PAPERMARKS_HOME": str(home),
            "PAPERMARKS_SURPASS_URL": url,
            "PAPERMARKS_SURPASS_USERNAME": "office",
            "PAPERMARKS_SURPASS_PASSWORD_FILE": str(secret),
            "PAPERMARKS_NOTIFY_URL": f"{url}/hooks/T0K3N-of-the-webhook",
            "PREFECT_LOGGING_LEVEL": "DEBUG",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "DEBUG",
            "PREFECT_LOGGING_EXTRA_LOGGERS": _LOGGERS,
        }
        done = subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-m", "flows.cli", "ingest", str(path)],
            env=env,
            capture_output=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 1, done.stderr
    written = {str(file): file.read_bytes() for file in home.rglob("*") if file.is_file()}
    assert any(name.endswith("prefect.db") for name in written)
    assert any(name.endswith("reconciliation.json") for name in written)
    written |= {"output": done.stdout, "errors": done.stderr}
    secrets = [*_NAMES, _PASSWORD, "T0K3N-of-the-webhook"]
    found = {
        (file, text)
        for file, content in written.items()
        for text in secrets
        if text.encode() in content
    }
    assert not found


def _loaded(home: Path, **more: str) -> settings.Settings:
    given = {f"PAPERMARKS_{name.upper()}": value for name, value in more.items()}
    return settings.load({"PAPERMARKS_HOME": str(home), **given})


def test_the_password_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("tr0ub 4dor\r\n")
    loaded = _loaded(tmp_path, surpass_password_file=str(file))
    assert loaded.surpass_password is not None
    assert loaded.surpass_password.get_secret_value() == "tr0ub 4dor"
    assert "tr0ub" not in repr(loaded)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "alone, in one line"),
        (b"two\nlines", "alone, in one line"),
        (b"x" * 2000, "alone, in one line"),
        (b"s3cret\xff", "no text in UTF-8"),
        (None, "No such file"),
    ],
    ids=["empty", "two lines", "too long", "no UTF-8", "not there"],
)
def test_a_file_that_holds_none_is_said_without_what_it_holds(
    content: bytes | None, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=why) as told:
        _loaded(tmp_path, surpass_password_file=str(file))
    assert "s3cret" not in str(told.value)
    assert "lines\n" not in str(told.value)


def test_a_password_and_a_file_are_not_both_taken(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not both"):
        _loaded(tmp_path, surpass_password_file="x", surpass_password="y")
