"""The password, addresses of webhooks and candidates' names are in nothing that papermarks writes.

All of ``papermarks serve`` at the level of debug, with every logger of interest sent to Prefect:
files that are good, wrong and unreadable are dropped; then a command beside it, through its server.
"""

from __future__ import annotations

import base64
import io
import os
import re
import socket
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.sandbox import Sandbox, SandboxOptions, SandboxSession, serve_in_thread
from tests.flows.commands import below, papermarks, until

_PASSWORD = "correct-h0rse-battery"
_TOKEN = "T0K3N-of-the-webhook"
_MAIL_PASSWORD = "m41l-box-k3y"
_NAMES = ("Mbappelotta", "Quillingworth")
_SECRETS = (
    *_NAMES,
    _PASSWORD,
    base64.b64encode(f"office:{_PASSWORD}".encode()).decode().rstrip("="),
    _TOKEN,
    _MAIL_PASSWORD,
)
_KEYS = [f"SECRET{number:02d}" for number in range(4)]
_MARK, _TOTAL = "973519", "973546"  # of one session
# A column too far to the left: the finding has to quote that cell, in the report alone.
_IN_A_MARK_S_CELL = "Featherstonehaugh"
_RETURNED = " - to mend.xlsx"  # the sender's own file, with what is wrong marked in it
# Not httpx's: Prefect would send its own requests' lines to its server, by a request each.
_LOGGERS = "pipeline,flows,apprise,stamina,sqlalchemy,asyncio,smtplib"


def _sheet(key: str, name: str, *marks: object) -> str:
    return f"Keycode,Candidate name,Q1,Q2\n{key},{name},{','.join(map(str, marks))}\n"


_DROPPED = {
    "good.csv": _sheet(_KEYS[0], _NAMES[0], _MARK, 27),
    "wrong.csv": _sheet(_KEYS[1], _NAMES[1], _IN_A_MARK_S_CELL, 2),
    "unreadable.xlsx": f"PK\x03\x04 {_NAMES[0]}",
}


@dataclass(frozen=True)
class _Written:
    files: Mapping[str, bytes]  # all in PAPERMARKS_HOME but copies of source files
    output: bytes  # of all commands, on the terminal
    log: bytes  # of serve alone
    debug_lines: int  # in Prefect's database
    environments: Mapping[str, str]  # of the children that need no password
    commands: str


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> _Written:
    folder = tmp_path_factory.mktemp("office")
    home = folder / "papermarks"
    sessions = [SandboxSession.paper(key, {"1": 999_999, "2": 999}) for key in _KEYS]
    sandbox = Sandbox(sessions, SandboxOptions(username="office", password=_PASSWORD))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    with serve_in_thread(sandbox) as url:
        env = kept | {
            "PAPERMARKS_HOME": str(home),
            "PAPERMARKS_PREFECT_PORT": str(_free_port()),
            "PAPERMARKS_REPORTS_PORT": str(_free_port()),
            "PAPERMARKS_SURPASS_URL": url,
            "PAPERMARKS_SURPASS_USERNAME": "office",
            "PAPERMARKS_SURPASS_PASSWORD": _PASSWORD,
            "PAPERMARKS_NOTIFY_URL": f"{url}/hooks/{_TOKEN}",
            "PAPERMARKS_NOTIFY": f"mailtos://office:{_MAIL_PASSWORD}@127.0.0.1:1?to=a@b.example",
            "PAPERMARKS_SETTLE": "0.1",
            "PREFECT_LOGGING_LEVEL": "DEBUG",
            "PREFECT_LOGGING_SERVER_LEVEL": "DEBUG",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "DEBUG",
            "PREFECT_LOGGING_EXTRA_LOGGERS": _LOGGERS,
        }
        with papermarks(env, folder / "serve.log", "serve") as serve:
            until(lambda: "Serving" in serve.output() and "Watching" in serve.output())
            for name, content in _DROPPED.items():
                (home / "inbox" / name).write_text(content)
            until(lambda: all(f"{name}: " in serve.output() for name in _DROPPED), serve.output)
            there = below(serve.process.pid)
            environments = {
                command: _environment(pid)
                for pid, command in there.items()
                if "prefect_side.server" in command or "read.worker" in command
            }
            (folder / "by-hand.csv").write_text(_sheet(_KEYS[2], _NAMES[0], _MARK, "x"))
            with papermarks(
                env, folder / "ingest.log", "ingest", str(folder / "by-hand.csv")
            ) as ingest:
                assert ingest.process.wait(120) == 1, ingest.output()
            assert serve.end() == 0, serve.output()
    output = b"".join(log.read_bytes() for log in folder.glob("*.log"))
    with closing(sqlite3.connect(home / "prefect" / "prefect.db")) as database:
        query = "SELECT count(*) FROM log WHERE level <= 10"
        (debug_lines,) = database.execute(query).fetchone()
    log = (folder / "serve.log").read_bytes()
    commands = "\n".join(there.values())
    return _Written(dict(_all_in(home)), output, log, debug_lines, environments, commands)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _environment(pid: int) -> str:
    file = Path(f"/proc/{pid}/environ")
    return file.read_text() if file.exists() else ""


def _all_in(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, and every part of one that is packed."""
    for path in home.rglob("*"):
        name = path.relative_to(home).as_posix()
        if not path.is_file() or path.name in _DROPPED or name.startswith("archive/"):
            continue
        yield name, (content := path.read_bytes())
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(path) as parts:
                yield from ((f"{name}/{part}", parts.read(part)) for part in parts.namelist())


def test_all_was_written_that_should_be_looked_at(written: _Written) -> None:
    """Else the tests below would find nothing whatever happened."""
    for name in ("prefect.db", "reconciliation.json", "xl/workbook.xml", "ledger.sqlite"):
        assert any(file.endswith(name) for file in written.files), name
    assert any(file.startswith("attention/") for file in written.files)
    assert written.debug_lines > 0, "the level is the lowest"
    assert b"accepted" in written.output


def _prefect(written: _Written) -> bytes:
    return b"".join(
        content for name, content in written.files.items() if name.startswith("prefect/")
    )


@pytest.mark.parametrize("secret", _SECRETS)
def test_no_secret_and_no_name_is_in_it(written: _Written, secret: str) -> None:
    may_name = _RETURNED if secret in _NAMES else "\0"
    found = [
        name
        for name, content in written.files.items()
        if secret.encode() in content and may_name not in name
    ]
    assert found == []
    assert secret.encode() not in written.output
    assert secret not in written.commands


@pytest.mark.parametrize("personal", [*_KEYS, _MARK, _TOTAL, _IN_A_MARK_S_CELL])
def test_prefect_and_the_log_know_no_session_and_no_mark(written: _Written, personal: str) -> None:
    alone = re.compile(rb"(?<![0-9a-f.:-])" + personal.encode() + rb"(?![0-9a-f.:-])")
    assert not alone.search(_prefect(written))
    assert not alone.search(written.log)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows them")
def test_children_that_need_no_password_do_not_have_it(written: _Written) -> None:
    assert {"server", "worker"} == {
        name.partition(" ")[0].rpartition(".")[2]
        for command in written.environments
        for name in command.split()
        if name.endswith(("prefect_side.server", "read.worker"))
    }
    for environment in written.environments.values():
        assert environment, "it could be read"
        assert "PAPERMARKS_" not in environment
        assert not [secret for secret in _SECRETS if secret in environment]
