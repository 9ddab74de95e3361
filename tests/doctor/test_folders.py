"""Folders that cannot be used, and room on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.doctor import Verdict
from pipeline.doctor.folders import diagnose_free_space
from tests.doctor.offices import assert_says, diagnosed, environment, office


@pytest.mark.parametrize("name", ["inbox", "working", "done", "attention", "rejected", "reports"])
def test_a_folder_that_is_a_file(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    file = home / name
    file.write_text("in the way")
    with office(home) as variables:
        diagnosis = diagnosed(variables)["folders"]
    assert_says(diagnosis, Verdict.FAILED, str(file))


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("in the way")
    diagnoses = diagnosed(environment(home, "https://yourname.surpass.com"))
    assert_says(diagnoses["settings"], Verdict.FAILED, str(home))


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="no right binds this user"
)
@pytest.mark.parametrize("name", ["inbox", "."])
def test_a_folder_that_may_not_be_written(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    folder.chmod(0o500)
    try:
        with office(tmp_path) as variables:
            assert diagnosed(variables)["folders"].verdict is Verdict.FAILED
    finally:
        folder.chmod(0o700)


def test_a_folder_on_a_file_system_that_takes_no_files(tmp_path: Path) -> None:
    """Even root cannot write there."""
    if not Path("/proc/self").is_dir():
        pytest.skip("no such file system here")
    (tmp_path / "inbox").symlink_to("/proc/self")
    with office(tmp_path) as variables:
        diagnoses = diagnosed(variables)
    assert diagnoses["folders"].verdict is Verdict.FAILED
    assert_says(diagnoses["moving files"], Verdict.FAILED, str(tmp_path / "inbox"))


@pytest.mark.parametrize(
    ("free", "verdict"),
    [(10**12, Verdict.OK), (5 * 10**8, Verdict.WARNING), (10**7, Verdict.FAILED)],
)
def test_room_on_the_disk(free: int, verdict: Verdict) -> None:
    assert diagnose_free_space(free, Path("home")).verdict is verdict
