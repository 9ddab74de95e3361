"""The layouts in force: those that come with papermarks, and the office's own."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from pipeline.errors import InputError, LayoutError
from schemas.layout import Layout

CONFIRMED = "confirmed.toml"
"""Readings that a person has confirmed, beside the layouts: see pipeline.interpret.confirmed."""


@cache
def shipped() -> tuple[Layout, ...]:
    """Every layout under ``schemas/layouts``, by name."""
    files = resources.files("schemas").joinpath("layouts").iterdir()
    return tuple(
        parse(file.read_text(encoding="utf-8"), file.name)
        for file in sorted(files, key=lambda file: file.name.removesuffix(".toml"))
        if file.name.endswith(".toml")
    )


def in_force(own: Path, only: str | None = None) -> tuple[Layout, ...]:
    """Those shipped and the office's own in the folder ``own``, which go over ours by name.

    With ``only``, just the one of that name; InputError where there is none.
    """
    layouts = {layout.name: layout for layout in shipped()} | offices(own)
    if only is not None and only not in layouts:
        raise InputError(f"there is no layout {only}; papermarks layouts lists them")
    return tuple(layouts[name] for name in sorted(layouts) if only in (None, name))


def offices(own: Path) -> dict[str, Layout]:
    """The office's own layouts, by name. LayoutError where one is wrong, or two share a name."""
    layouts: dict[str, Layout] = {}
    for path in sorted(own.glob("*.toml")):
        if path.name == CONFIRMED:
            continue
        try:
            layout = parse(path.read_text(encoding="utf-8"), path.name)
        except (OSError, UnicodeDecodeError) as error:
            raise LayoutError(f"layout {path.name}: cannot be read: {error}") from error
        if layout.name in layouts:
            raise LayoutError(f"layout {path.name}: another file has the name {layout.name} too")
        layouts[layout.name] = layout
    return layouts


def parse(text: str, name: str) -> Layout:
    """One layout file. LayoutError names the file, the key and what is wrong with it."""
    try:
        return Layout.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"layout {name}: not TOML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            ": ".join(filter(None, (".".join(map(str, item["loc"])), item["msg"])))
            for item in error.errors()
        )
        raise LayoutError(f"layout {name}: {wrong}") from error
