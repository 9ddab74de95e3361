"""A setting that cannot be right is said at the start, by its name, and never in a traceback."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import load


@dataclass(frozen=True)
class _Wrong:
    setting: str
    value: str
    expected: str


_CASES = {
    "a zone that is a folder": _Wrong("TIME_ZONE", "Europe", "must be a time zone"),
    "a zone outside its folder": _Wrong("TIME_ZONE", "../../etc/passwd", "must be a time zone"),
    "a port beyond all ports": _Wrong("SURPASS_URL", "https://x.example:99999", "1 to 65535"),
    "port 0": _Wrong("SURPASS_URL", "https://x.example:0", "1 to 65535"),
    "a port that is no number": _Wrong("SURPASS_URL", "https://x.example:https", "1 to 65535"),
    "a line break": _Wrong("SURPASS_URL", "https://x.exa\nmple", "one line"),
    "a blank": _Wrong("SURPASS_URL", "https://x exam.ple", "one line"),
    "a mark of direction": _Wrong("SURPASS_URL", "https://x.\u202eexample", "one line"),
    "half an address of version 6": _Wrong("SURPASS_URL", "https://[::1", "must be an address"),
    "a name with two dots": _Wrong("SURPASS_URL", "https://x..example", "must be an address"),
    "a name that is too long": _Wrong("SURPASS_URL", f"https://{'x' * 70}.com", "be an address"),
    "no name": _Wrong("SURPASS_URL", "https://", "must be an address"),
    "a file": _Wrong("SURPASS_URL", "file:///etc/passwd", "must be an address"),
    "not encrypted": _Wrong("SURPASS_URL", "http://x.example", "must begin with https://"),
    "a password within": _Wrong("SURPASS_URL", "https://me:s3cret@x.example", "SURPASS_USERNAME"),
    "a query": _Wrong("SURPASS_URL", "https://x.example/?token=s3cret", "must end with the host"),
    "a user of two lines": _Wrong("SURPASS_USERNAME", "a\nb", "one line"),
    "a user with a colon": _Wrong("SURPASS_USERNAME", "a:b", "without a colon"),
    "a password of two lines": _Wrong("SURPASS_PASSWORD", "s3cret\r\nx", "one line"),
    "a webhook, not encrypted": _Wrong("NOTIFY_URL", "http://x.example/s3cret", "https://"),
    "a webhook that is none": _Wrong("NOTIFY_URL", "s3cret", "must be an address"),
    "a webhook of two lines": _Wrong("NOTIFY_URL", "https://x.example/\ns3cret", "one line"),
    "Prefect's port": _Wrong("PREFECT_PORT", "99999", "65535"),
    "no end of waiting": _Wrong("TIMEOUT", "inf", "finite"),
    "seconds as a date": _Wrong("COMPLETION_DATE", "1780000000", "must be a date"),
    "a date in another order": _Wrong("COMPLETION_DATE", "15/06/2026", "must be a date"),
    "no such day": _Wrong("COMPLETION_DATE", "2026-02-31", "COMPLETION_DATE: "),
}


@pytest.mark.parametrize("name", _CASES)
def test_it_is_named(name: str, tmp_path: Path) -> None:
    case = _CASES[name]
    variables = {"PAPERMARKS_HOME": str(tmp_path), f"PAPERMARKS_{case.setting}": case.value}
    with pytest.raises(SettingsError) as raised:
        load(variables)
    assert str(raised.value).startswith(f"PAPERMARKS_{case.setting}: ")
    assert case.expected in str(raised.value)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://yourname.surpass.com",
        " https://yourname.surpass.com/\n",
        "https://yourname.surpass.com:8443/api/v2",
        "https://prüfung.example",
        "http://localhost:8000",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
    ],
)
def test_what_is_right_is_taken(url: str, tmp_path: Path) -> None:
    loaded = load({"PAPERMARKS_HOME": str(tmp_path), "PAPERMARKS_SURPASS_URL": url})
    assert loaded.surpass_url == url.strip()


@pytest.mark.parametrize("written", ["2026-06-15", "2026-06-15T09:30:00", "2026-06-15 09:30:00"])
def test_a_date_is_taken_as_people_write_it(written: str, tmp_path: Path) -> None:
    given = {"PAPERMARKS_HOME": str(tmp_path), "PAPERMARKS_COMPLETION_DATE": written}
    assert load(given).completion_date is not None
    (tmp_path / "papermarks.toml").write_text(f"completion_date = {written.strip()}\n")
    assert load({"PAPERMARKS_HOME": str(tmp_path)}).completion_date is not None
