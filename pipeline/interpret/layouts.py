"""The layouts that come with papermarks, read from their TOML files."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from pydantic import ValidationError

from pipeline.errors import LayoutError
from schemas.layout import Layout


@cache
def shipped() -> tuple[Layout, ...]:
    """Every layout under ``schemas/layouts``, by name."""
    files = resources.files("schemas").joinpath("layouts").iterdir()
    return tuple(
        parse(file.read_text(encoding="utf-8"), file.name)
        for file in sorted(files, key=lambda file: file.name)
        if file.name.endswith(".toml")
    )


def parse(text: str, name: str) -> Layout:
    """One layout file. LayoutError names the file, the key and what is wrong with it."""
    try:
        return Layout.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"layout {name}: not TOML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()
        )
        raise LayoutError(f"layout {name}: {wrong}") from error
