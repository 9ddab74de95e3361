"""What papermarks is built on is known: by whom it is kept, and that its licence lets us."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

from tests import dependencies

_ROOT = Path(__file__).parent.parent.parent
_FREE = re.compile(
    r"MIT|BSD|Apache|ISC|Zlib|PSF|Python Software|MPL|Mozilla|Unlicense|Public Domain|0BSD|LGPL"
    r"|Lesser General|CC0|CNRI|Artistic",
    re.IGNORECASE,
)
# Prefect needs it, by way of python-slugify; of its two licences we take the first.
_CHOSEN = {"text-unidecode": "Artistic"}


def _pinned() -> list[str]:
    lines = (_ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return [line.partition("==")[0].strip() for line in lines if "==" in line]


def test_each_package_that_we_name_stands_in_the_table() -> None:
    assert dependencies.named() == {*dependencies.DEPENDENCIES}


@pytest.mark.parametrize("package", _pinned())
def test_its_licence_lets_us_use_it(package: str) -> None:
    try:
        metadata(package)
    except PackageNotFoundError:
        pytest.skip("not installed on this system")
    stated = _CHOSEN.get(package) or dependencies.licence(package)
    assert _FREE.search(stated), f"{package}: {stated!r}"
    assert not re.search(r"AGPL|(?<!L)GPL|Affero", stated.replace("LGPL", "")), stated
