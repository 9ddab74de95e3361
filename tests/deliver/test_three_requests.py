"""What a session costs: three requests, in this order, and no more."""

from __future__ import annotations

from pathlib import Path

from tests.ledger.running import ingested, outcomes, session, settings, sheet
from tests.serving import served


def test_a_session_is_read_sent_and_read_back(tmp_path: Path) -> None:
    codes = [f"THREE{number:03d}" for number in range(25)]
    with served([session(code) for code in codes]) as (sandbox, login):
        office = settings(tmp_path / "home", login.url, batch_size=10)
        report = ingested(office, [sheet(tmp_path / "m.csv", dict.fromkeys(codes, (1, 2)))])
        assert set(outcomes(report).values()) == {"accepted"}
        for code in codes:
            methods = [entry.method for entry in sandbox.journal.entries if entry.keycode == code]
            assert methods == ["GET", "POST", "GET"]
        assert len(sandbox.journal.entries) == 3 * len(codes)
