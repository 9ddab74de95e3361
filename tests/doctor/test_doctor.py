"""The doctor as a whole: where all is well, a check that breaks, the command.

In this folder every fault that can be made here is found, with what to do and without a secret,
against real servers, files and databases.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from flows.cli.doctor import doctor
from pipeline.doctor import Diagnosis, Verdict, run_check
from tests.doctor.offices import diagnosed, office
from tests.serving import PASSWORD


def test_where_all_is_well_nothing_is_to_be_done_and_nothing_is_changed(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    with office(home) as variables:
        diagnoses = diagnosed(variables)
    del diagnoses["disk space"]  # of this machine
    assert {diagnosis.verdict for diagnosis in diagnoses.values()} == {Verdict.OK}
    assert {"settings", "folders", "ledger", "Surpass", "clock"} < diagnoses.keys()
    assert {"permission", "time zone", "moving files"} < diagnoses.keys()
    assert list(tmp_path.iterdir()) == []


def test_a_check_that_breaks_is_told_and_shows_no_secret() -> None:
    def breaks() -> Iterator[Diagnosis]:
        yield Diagnosis("first", Verdict.OK, "fine")
        raise RuntimeError(PASSWORD)

    first, broken = run_check("second", breaks)
    assert first.what == "first"
    assert (broken.what, broken.verdict) == ("second", Verdict.FAILED)
    assert "RuntimeError" in broken.sentence
    assert PASSWORD not in repr(broken)


@pytest.mark.parametrize(("password", "code"), [(PASSWORD, 0), ("wrong", 1)])
def test_the_command_and_its_exit_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    password: str,
    code: int,
) -> None:
    with office(tmp_path) as variables:
        for name, value in (variables | {"PAPERMARKS_SURPASS_PASSWORD": password}).items():
            monkeypatch.setenv(name, value)
        for as_json in (False, True):
            with pytest.raises(typer.Exit) as ended:
                doctor(as_json=as_json)
            assert ended.value.exit_code == code
    shown, _, result = capsys.readouterr().out.partition("[\n")
    verdicts = [diagnosis["verdict"] for diagnosis in json.loads("[" + result)]
    assert ("failed" in verdicts) == bool(code) == ("To mend it" in shown)
