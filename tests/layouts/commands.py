"""Commands about layouts, in an office of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli.app import app
from pipeline.errors import InputError

SCANNER = """\
Scanner X export;;;;
Sheet No;Cand;Frage 1;Frage 2;Frage 3
1;0012041;A;B;-
2;0012042;C;*;A
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office's own home, without a Surpass."""
    monkeypatch.setenv("PAPERMARKS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(*arguments: str | Path, given: str = "") -> Result:
    result = CliRunner().invoke(app, [*map(str, arguments)], input=given)
    if isinstance(result.exception, InputError):
        raise result.exception
    return result
