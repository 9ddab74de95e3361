"""Text of others where people see it: it is text, all of it can be seen, and it has an end."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook
from rich.console import Console
from rich.table import Table

from flows.cli import show
from flows.log import to_stderr
from pipeline.foreign_text import in_a_line, visible
from tests import forked
from tests.plain_environment import plain_environment

_HOSTILE = {
    "escape": "\x1b]0;PWNED\x07\x1b[2J\x1b[31mred",
    "C1 escape": "\x9b2J",
    "direction": "AB\u202e21\u2066",
    "carriage return": "good\rEVIL",
    "backspace": "bad\x08\x08\x08good",
    "line separator": "one\u2028two",
    "half a character": "\ud800",
    "tag": "\U000e0041",
    "no character": "\ufffe\uffff",
    "NUL": "a\x00b",
    "markup": "[/red][bold]x[/]",
    "broken markup": "[/nothing] [link=file:///etc/passwd]here",
    "formula": '=HYPERLINK("http://evil")',
}
_UNSEEN = {*map(chr, range(32))} - {"\n", "\t"} | {"\x9b", "\u202e", "\u2066", "\u2028", "\ud800"}


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE)
def test_what_cannot_be_seen_is_made_visible(text: str) -> None:
    assert _UNSEEN.isdisjoint(visible(text))
    visible(text).encode()


@pytest.mark.parametrize(
    "text", ["Zoë Müller", "محمد", "李四 👩‍🎓", "a\tb\nc", "3 < 4 & 5", "می‌خواهم"]
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_it_has_an_end_that_is_said() -> None:
    assert visible("x" * 10_000_000, 10) == "xxxxxxxxxx… (10000000 characters)"


def test_it_is_one_line_of_a_log() -> None:
    assert in_a_line("one\r\n2026-11-26 12:00:00  done\ttwo") == "one 2026-11-26 12:00:00  done two"


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE)
def test_a_terminal_shows_it_as_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = Console(file=io.StringIO(), width=200, force_terminal=True, color_system=None)
    monkeypatch.setattr(show, "_out", out)
    monkeypatch.setattr(show, "_err", out)
    show.line(text)
    show.note(text)
    table = Table(text)
    table.add_row(text)
    show.table(table)
    assert isinstance(out.file, io.StringIO)
    shown = out.file.getvalue()
    assert _UNSEEN.isdisjoint(shown.replace("\x1b[0m", ""))
    if "[" in text and "\x1b" not in text:
        assert shown.count(text) == 4


def test_the_lines_of_a_service_show_it_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr(_HOSTILE["escape"])
    assert "\x1b" not in capsys.readouterr().err


def test_a_check_shows_and_reports_it_as_text(tmp_path: Path) -> None:
    """All of it in cells of one file: by the command, and in the workbook that it writes."""
    cells = [text for text in _HOSTILE.values() if "\x00" not in text and "\ud800" not in text]
    quoted = (text.replace('"', '""') for text in cells)
    rows = "".join(f'HOSTIL{n:02d},"{text}"\n' for n, text in enumerate(quoted))
    path = tmp_path / "[red]marks\x1b[2J.csv"
    path.write_bytes(("Keycode,Q1\n" + rows).encode())
    env = plain_environment(PAPERMARKS_HOME=str(tmp_path / "home"))
    done = forked.papermarks("check", "--offline", str(path), env=env)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert _UNSEEN.isdisjoint(done.stdout + done.stderr)
    (report,) = (tmp_path / "home" / "reports").rglob("reconciliation.xlsx")
    values = [
        cell
        for sheet in load_workbook(report)
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str)
    ]
    assert all(cell.data_type == "s" for cell in values)
    assert _UNSEEN.isdisjoint("".join(str(cell.value) for cell in values))
