"""NOTIFY: which addresses are understood, and that no secret of theirs is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.doctor import Verdict
from pipeline.doctor.notifications import check_notifications
from pipeline.errors import SettingsError
from pipeline.notify import NotifyTargets, problems, targets_of
from pipeline.settings import Settings, load


def test_no_secret_is_shown() -> None:
    targets = NotifyTargets("https://chat.example/s3cret", ("mailtos://office:s3cret@example.org",))
    assert "s3cret" not in repr(targets)


def test_addresses_are_looked_at_without_sending() -> None:
    good, wrong = "mailtos://office:s3cret@example.org/a@example.org", "nonsense://s3cret"
    found = problems(NotifyTargets(people=(good, wrong, f"{good}?verify=no")))
    assert [text.partition(":")[0] for text in found] == [
        "NOTIFY's address 2",
        "NOTIFY's address 3",
    ]
    assert "s3cret" not in "".join(found)


def test_the_doctor_names_an_address_that_is_not_understood(tmp_path: Path) -> None:
    variables = {
        "home": tmp_path,
        "notify": "nonsense://s3cret",
        "notify_url": "http://127.0.0.1:9",
    }
    (diagnosis,) = check_notifications(Settings.model_validate(variables))
    assert diagnosis.verdict is Verdict.FAILED
    assert diagnosis.sentence == "NOTIFY's address 1: it is not one that apprise knows."
    (well,) = check_notifications(Settings.model_validate(variables | {"notify": _MAIL}))
    assert (well.verdict, well.sentence) == (Verdict.OK, "Notified of each run: 2.")


_MAIL = "mailtos://office:s3cret@example.org/?to=a@example.org,b@example.org"
_CHAT = "slack://a/b/c"


@pytest.mark.parametrize(
    "values", [f"{_MAIL},{_CHAT}", f" {_MAIL}, {_CHAT} ", f"{_MAIL} {_CHAT}", f"{_MAIL},\n{_CHAT},"]
)
def test_the_settings_say_who_is_notified(tmp_path: Path, values: str) -> None:
    settings = load({"PAPERMARKS_HOME": str(tmp_path), "PAPERMARKS_NOTIFY": values})
    assert targets_of(settings) == NotifyTargets(people=(_MAIL, _CHAT))
    assert "s3cret" not in json.dumps(settings.model_dump(mode="json"))
    assert "s3cret" not in repr(settings)


def test_the_file_may_have_a_list_of_them(tmp_path: Path) -> None:
    (tmp_path / "papermarks.toml").write_text(f'notify = ["{_MAIL}", "{_CHAT}"]\n')
    settings = load({"PAPERMARKS_HOME": str(tmp_path)})
    assert targets_of(settings) == NotifyTargets(people=(_MAIL, _CHAT))


def test_nobody_is_notified_unless_somebody_is_named(tmp_path: Path) -> None:
    assert targets_of(load({"PAPERMARKS_HOME": str(tmp_path)})) == NotifyTargets()


def test_what_is_no_address_is_named_without_its_words(tmp_path: Path) -> None:
    variables = {"PAPERMARKS_HOME": str(tmp_path), "PAPERMARKS_NOTIFY": "s3cret@example.org"}
    with pytest.raises(SettingsError, match=r"^PAPERMARKS_NOTIFY: must be addresses") as error:
        load(variables)
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        ("mailto://office:s3cret@mail.example?to=a@example.org", False),
        ("mailtos://office:s3cret@mail.example?to=a@example.org&mode=insecure", False),
        ("json://chat.example/s3cret", False),
        ("xml://chat.example/s3cret", False),
        ("mailtos://office:s3cret@mail.example?to=a@example.org", True),
        ("mailto://office:s3cret@gmail.com", True),  # apprise encrypts that one by itself
        ("jsons://chat.example/s3cret", True),
        ("mailto://office:s3cret@localhost:25?to=a@example.org", True),
        ("json://127.0.0.1:8000/s3cret", True),
    ],
)
def test_a_secret_that_would_travel_unencrypted_is_refused(address: str, taken: bool) -> None:
    found = problems(NotifyTargets(people=(address,)))
    assert (found == ()) == taken
    assert taken or ("not encrypted" in found[0] and "s3cret" not in found[0])
