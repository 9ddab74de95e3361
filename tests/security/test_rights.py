"""Whatever a command writes is for its owner, and for a group where the office set one."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.doctor import Verdict, examine
from pipeline.errors import ExitCode
from pipeline.sandbox import serve_in_thread
from tests import forked
from tests.inbox.drop_folder import drop, environment, sandbox, sheet
from tests.plain_environment import plain_environment

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has rights of another kind")


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _worked(home: Path) -> None:
    """A sweep that takes a good file, a bad one and one that is none, and a report beside."""
    with serve_in_thread(sandbox(["RIGHTS01", "RIGHTS02"])) as url, _umask(0):
        variables = environment(home, url)
        drop(home, "good.csv", sheet("RIGHTS01"))
        drop(home, "bad.csv", sheet("RIGHTS02", mark="x"))
        drop(home, "none.xlsx", b"PK\x03\x04")
        for words in (["sweep", "-q"], ["check", "-q", str(home / "attention")], ["runs"]):
            done = forked.papermarks(*words, env=plain_environment(**variables), umask=0)
            assert done.returncode != ExitCode.OUR_FAULT, done.stderr


def _modes(home: Path) -> Mapping[str, int]:
    """What was written by us: not the inbox, in which the test drops, nor what came out of it."""
    return {
        str(path.relative_to(home)): stat.S_IMODE(path.lstat().st_mode)
        for path in home.rglob("*")
        if path.name not in {"good.csv", "bad.csv", "none.xlsx", "inbox"}
    }


def test_a_home_of_its_owners(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o777)
    home.chmod(0o777)  # as it was made long ago
    _worked(home)
    modes = _modes(home)
    assert any(name.endswith("reconciliation.xlsx") for name in modes)
    assert any(name.startswith("attention/") for name in modes)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def test_a_home_of_a_group(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o2770)
    _worked(home)
    modes = _modes(home)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o007} == {}
    reports = [mode for name, mode in modes.items() if name.endswith("reconciliation.xlsx")]
    assert reports
    assert all(mode & 0o060 == 0o060 for mode in reports)
    assert modes["ledger.sqlite"] & 0o077 == 0, "the ledger is its owner's all the same"


@dataclass(frozen=True)
class Case:
    mode: int
    verdict: Verdict
    words: str


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case(mode=0o700, verdict=Verdict.OK, words="for its owner alone"), id="owner"),
        pytest.param(
            Case(mode=0o2770, verdict=Verdict.OK, words="for its owner and its group alone"),
            id="shared",
        ),
        pytest.param(
            Case(mode=0o750, verdict=Verdict.WARNING, words="Its group can look into"), id="group"
        ),
        pytest.param(
            Case(mode=0o755, verdict=Verdict.WARNING, words="Others on this machine can look into"),
            id="others",
        ),
        pytest.param(
            Case(
                mode=0o2775, verdict=Verdict.WARNING, words="Others on this machine can look into"
            ),
            id="shared and others",
        ),
    ],
)
def test_the_doctor_says_where_rights_are_too_wide(case: Case, tmp_path: Path) -> None:
    tmp_path.chmod(case.mode)
    (found,) = [d for d in examine({"PAPERMARKS_HOME": str(tmp_path)}) if d.what == "readers"]
    assert found.verdict is case.verdict
    assert case.words in found.sentence
    assert ("chmod 700" in found.to_do) == (case.verdict is Verdict.WARNING)


def test_the_doctor_looks_where_a_folder_leads(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "share"
    home.mkdir(mode=0o700)
    elsewhere.mkdir()
    elsewhere.chmod(0o755)
    (home / "reports").symlink_to(elsewhere)
    (found,) = [d for d in examine({"PAPERMARKS_HOME": str(home)}) if d.what == "readers"]
    assert found.verdict is Verdict.WARNING
    assert str(home / "reports") in found.sentence
