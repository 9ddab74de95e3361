"""Where Surpass's password may come from; what is wrong there is said without what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from pipeline import settings
from pipeline.errors import SettingsError
from pipeline.settings import password
from tests.serving import reply, saying

_SECRET = "tr0ub 4dor"


def _password(home: Path, **more: str) -> str:
    given = {f"PAPERMARKS_{name.upper()}": value for name, value in more.items()}
    loaded = settings.load(
        {
            "PAPERMARKS_HOME": str(home),
            "PAPERMARKS_SURPASS_URL": "https://surpass.invalid",
            "PAPERMARKS_SURPASS_USERNAME": "office",
            **given,
        }
    )
    assert _SECRET not in repr(loaded)
    return loaded.require_surpass()[2].get_secret_value()


def test_it_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{_SECRET}\r\n")
    assert _password(tmp_path, surpass_password_file=str(file)) == _SECRET


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "alone, in one line"),
        (b"two\nlines", "alone, in one line"),
        (b"x" * 2000, "alone, in one line"),
        (b"s3cret\xff", "no text in UTF-8"),
        (None, "No such file"),
    ],
    ids=["empty", "two lines", "too long", "no UTF-8", "not there"],
)
def test_a_file_that_holds_none(content: bytes | None, why: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=why) as raised:
        _password(tmp_path, surpass_password_file=str(file))
    assert "s3cret" not in str(raised.value)
    assert "lines\n" not in str(raised.value)


@pytest.mark.parametrize("other", ["surpass_password_file", "surpass_password_keyring"])
def test_two_places_are_not_both_taken(other: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not both"):
        _password(tmp_path, surpass_password="y", **{other: "x"})


def test_none_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="needs: surpass_password"):
        _password(tmp_path)


class _Keyring(KeyringBackend):
    """A keyring of this test: locked where it says so."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked(_SECRET)
        return self.kept.get((service, username))


@pytest.fixture
def ring() -> Iterator[_Keyring]:
    before, mine = keyring.get_keyring(), _Keyring()
    keyring.set_keyring(mine)
    password.from_keyring.cache_clear()
    yield mine
    keyring.set_keyring(before)
    password.from_keyring.cache_clear()


def test_it_may_stand_in_the_keyring(ring: _Keyring, tmp_path: Path) -> None:
    keyring.set_password("papermarks", "office", _SECRET)
    assert _password(tmp_path, surpass_password_keyring="papermarks") == _SECRET


def test_a_keyring_without_it_says_how_to_put_it_there(ring: _Keyring, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="keyring set papermarks office"):
        _password(tmp_path, surpass_password_keyring="papermarks")


def test_a_keyring_that_is_locked(ring: _Keyring, tmp_path: Path) -> None:
    ring.locked = True
    with pytest.raises(SettingsError, match=r"KeyringLocked\)\. Is it unlocked") as raised:
        _password(tmp_path, surpass_password_keyring="papermarks")
    assert _SECRET not in str(raised.value)


_BLOCK = {"name": "surpass", "data": {"value": _SECRET}}
_ANSWERS = {
    "there is none": (reply({"detail": _SECRET}, 404), "no block 'surpass' of the kind Secret"),
    "it refuses": (reply({"detail": _SECRET}, 401), "PREFECT_API_AUTH_STRING"),
    "it fails": (reply(_SECRET, 500), "HTTP 500"),
    "no JSON": (reply(_SECRET), "did not tell it"),
    "no text": (reply(_BLOCK | {"data": {"value": {"a": _SECRET}}}), "one line of text"),
    "two lines": (reply(_BLOCK | {"data": {"value": f"{_SECRET}\nx"}}), "one line of text"),
    "a list": (reply([_BLOCK]), "one line of text"),
}


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    password.from_prefect_block.cache_clear()


@pytest.mark.parametrize("name", _ANSWERS)
def test_a_block_that_cannot_be_had(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a real server's block is read is tested beside the door of Prefect's server."""
    answer, why = _ANSWERS[name]
    with saying(answer) as server:
        monkeypatch.setenv("PREFECT_API_URL", f"{server.url}/api")
        with pytest.raises(SettingsError, match=why) as raised:
            _password(tmp_path, surpass_password_block="surpass")
    assert _SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "why"), [("", "must name the server"), ("http://prefect.example/api", "https://")]
)
def test_a_block_of_no_server_or_of_one_that_is_not_encrypted(
    url: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", url)
    with pytest.raises(SettingsError, match=why):
        _password(tmp_path, surpass_password_block="surpass")
