"""Commands that are run from a folder which has folders of our packages' names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flows.samples import SAMPLES

_PAPER = SAMPLES / "biology-paper-1.csv"


def _run_from(folder: Path, env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        [Path(sys.executable).parent / "papermarks", *words],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_doctor_looks_at_ours_from_any_folder(
    foreign_folder: Path, office: dict[str, str]
) -> None:
    process = _run_from(foreign_folder, office, "doctor", "--json")
    diagnoses = {diagnosis["what"]: diagnosis for diagnosis in json.loads(process.stdout)}
    assert diagnoses["Prefect"]["verdict"] == "ok", diagnoses["Prefect"]
    assert "foreign" not in process.stdout + process.stderr


@pytest.mark.parametrize("orchestrated", [True, False], ids=["a server", "no server"])
def test_marks_are_sent_from_any_folder(
    foreign_folder: Path, office: dict[str, str], orchestrated: bool
) -> None:
    if not orchestrated:
        del office["PREFECT_API_URL"]
    process = _run_from(foreign_folder, office, "ingest", "--json", str(_PAPER))
    assert process.returncode == 1, process.stderr  # findings: the sample is wrong on purpose
    assert process.stderr == ""
    assert json.loads(process.stdout)["totals"]["by_outcome"]["accepted"] > 0
