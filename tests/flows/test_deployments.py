"""What serve offers in Prefect: schedules as the settings say, and forms that a person can fill."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from prefect.client.schemas.schedules import CronSchedule

from flows import deployments
from flows.prefect_side import health, schedule
from pipeline.doctor import Verdict
from pipeline.errors import SettingsError
from pipeline.settings import Settings, load


def _settings(home: Path, **values: str) -> Settings:
    return load({"PAPERMARKS_HOME": str(home)} | {f"PAPERMARKS_{k}": v for k, v in values.items()})


@pytest.mark.parametrize("cron", ["0 2 * * *", "*/15 6-20 * * 1-5", "30 1,13 1 */3 0", "5 4 * * 7"])
def test_a_night_is_any_cron_that_prefect_takes_too(cron: str, tmp_path: Path) -> None:
    settings = _settings(tmp_path, NIGHTLY=cron, TIME_ZONE="Europe/London")
    offered = {
        deployment.name: deployment for deployment in asyncio.run(deployments.create(settings))
    }
    assert {*offered} == {"sweep-inbox", "nightly", "rerun-failed"}
    schedules = offered["nightly"].schedules
    assert schedules is not None
    (nightly,) = schedules
    assert isinstance(nightly.schedule, CronSchedule)
    assert (nightly.schedule.cron, nightly.schedule.timezone) == (cron, "Europe/London")


@pytest.mark.parametrize(
    "cron",
    ["0 25 * * *", "0 2 * *", "at 2", "*/0 2 * * *", "60 2 * * *", "0 - * * *", "R 2 * * *"],
)
def test_what_is_no_cron_is_named(cron: str, tmp_path: Path) -> None:
    settings = _settings(tmp_path, NIGHTLY=cron)
    with pytest.raises(SettingsError, match=r"PAPERMARKS_NIGHTLY: .* is no time as cron writes it"):
        schedule.nightly(settings)


def test_the_doctor_names_a_nightly_that_is_no_cron(tmp_path: Path) -> None:
    diagnoses = list(health.prefect(_settings(tmp_path, NIGHTLY="at 2"), os.environ))
    assert [diagnosis.verdict for diagnosis in diagnoses] == [
        Verdict.OK,  # the versions
        Verdict.FAILED,
        Verdict.OK,  # the server
    ]
    assert "PAPERMARKS_NIGHTLY: 'at 2' is no time" in diagnoses[1].sentence


def test_a_rerun_is_asked_for_by_a_form(tmp_path: Path) -> None:
    offered = {
        deployment.name: deployment
        for deployment in asyncio.run(deployments.create(_settings(tmp_path)))
    }
    form = offered["rerun-failed"]._parameter_openapi_schema.model_dump()
    assert form["required"] == ["run"]
    run, batches = form["properties"]["run"], form["properties"]["batches"]
    assert "such as" in run["description"]
    assert batches["anyOf"][0]["items"] == {"type": "integer", "minimum": 1}
