"""``papermarks demo``: what a newcomer sees first."""

from __future__ import annotations

import json
from pathlib import Path

from flows.samples import sample_files
from tests import forked
from tests.plain_environment import plain_environment


def test_the_demo_sends_the_samples_and_ends_well(tmp_path: Path) -> None:
    env = plain_environment(
        HOME=str(tmp_path), PAPERMARKS_HOME=str(tmp_path / "home"), PAPERMARKS_PREFECT="false"
    )
    done = forked.papermarks("demo", env=env)
    assert done.returncode == 0, done.stderr
    assert all(path.name in done.stderr for path in sample_files())
    (report,) = (tmp_path / "home" / "demo" / "reports").glob("*/reconciliation.json")
    document = json.loads(report.read_text())
    assert document["balanced"] is True
    assert document["totals"]["by_outcome"]["accepted"] > 0
    assert document["totals"]["by_outcome"]["invalid"] > 0
    assert str(report.with_suffix(".html")) in done.stdout
