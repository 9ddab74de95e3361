"""The password, the webhook's address and candidates' names are in nothing that a run writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
