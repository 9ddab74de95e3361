"""``papermarks init``: folders and a settings file to fill in; what is there stays as it is."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from flows.cli.app import app
from pipeline.doctor import folders
from pipeline.doctor.diagnosis import Verdict
from pipeline.errors import InputError
from pipeline.office.init import FOLDERS, init, settings_file
from pipeline.settings import FILE, Settings, load


def _init(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["init", *words], env={"PAPERMARKS_HOME": str(home)})


def test_the_folders_and_the_file_are_made_and_nothing_is_set(tmp_path: Path) -> None:
    home = tmp_path / "papermarks"
    ran = _init(home)
    assert ran.exit_code == 0, ran.output
    assert {path.name for path in home.iterdir()} == {*FOLDERS, FILE}
    assert load({"PAPERMARKS_HOME": str(home)}).model_fields_set == {"home"}


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('colour = "red"\n')
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "marks.csv").write_text("x")
    ran = _init(tmp_path)
    assert ran.exit_code == 0, ran.output
    assert (tmp_path / FILE).read_text() == 'colour = "red"\n'
    assert (tmp_path / "inbox" / "marks.csv").read_text() == "x"
    assert _init(tmp_path).output.count("made ") == 0


def test_each_setting_stands_in_it_with_its_default() -> None:
    text = settings_file()
    shown = re.findall(r"^# ([a-z_]+) = (.*)$", text, re.MULTILINE)
    assert {name for name, _ in shown} >= {
        name for name in Settings.model_fields if not name.startswith(("surpass_", "home", "prof"))
    }
    for name, value in shown:
        if "..." not in value and not name.startswith("surpass_"):
            written = tomllib.loads(f"{name} = {value}")
            assert written[name] == Settings.model_fields[name].default, name


@pytest.mark.skipif(os.name != "posix", reason="rights of another kind")
def test_a_folder_is_its_owners_or_the_groups_too(tmp_path: Path) -> None:
    import grp

    group = grp.getgrgid(os.getgid()).gr_name
    for home, words, expected in (
        (tmp_path / "own", (), 0o700),
        (tmp_path / "shared", ("--group", group), 0o2770),
    ):
        assert _init(home, *words).exit_code == 0
        for folder in (home, home / "inbox", home / "reports"):
            assert stat.S_IMODE(folder.stat().st_mode) == expected, folder
            assert folder.stat().st_gid == os.getgid()
        (seen,) = folders.check_readers(load({"PAPERMARKS_HOME": str(home)}))
        assert seen.verdict is Verdict.OK


@pytest.mark.skipif(os.name != "posix", reason="rights of another kind")
def test_a_group_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no group 'nobody-knows'"):
        init(tmp_path / "home", "nobody-knows")
