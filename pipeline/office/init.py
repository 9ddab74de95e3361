"""Init: the folders of an office, and a papermarks.toml in which each setting is explained."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

from pydantic.fields import FieldInfo

from pipeline.errors import InputError
from pipeline.report.atomic import write_bytes
from pipeline.settings import FILE, Settings

FOLDERS = ("inbox", "working", "done", "attention", "rejected", "reports", "layouts", "papers")
_WIDTH = 98  # characters of a line of the file
_NOT_IN_THE_FILE = {"home", "profile"}
_OWNERS, _GROUPS = 0o700, 0o2770  # a folder's rights; what is made in the latter is the group's too
_HEAD = """\
# The settings of papermarks. A line that begins with # does not count: what stands in it is the
# default. Remove the # and write what you want. PAPERMARKS_... in the environment goes over this.
# papermarks doctor says whether all is well.

# Your Surpass, and a user that only papermarks uses: with these three lines it works.
# surpass_url = "https://yourname.surpass.com"
# surpass_username = "papermarks"
# surpass_password = "..."
# Or the password in a file of its own, which only its user can read:
# surpass_password_file = "/path/to/the/file"

# --- All other settings. Times are in seconds.
"""


@dataclass(frozen=True)
class Made:
    """What was made, and what was there before and is as it was."""

    made: tuple[Path, ...]
    kept: tuple[Path, ...]


def init(home: Path, group: str | None = None) -> Made:
    """Make the folders and the settings file, with the group's rights where one is given.

    Nothing that is there is changed, but for the rights of the home folder where a group is given.
    InputError where it cannot be done.
    """
    made: list[Path] = []
    kept: list[Path] = []
    try:
        _folder(home, made, kept)
        if group is not None:
            _give_to(home, group)
        for name in FOLDERS:
            _folder(home / name, made, kept)
        file = home / FILE
        if file.exists():
            kept.append(file)
        else:
            write_bytes(file, settings_file().encode())
            made.append(file)
    except OSError as error:
        where = error.filename or home
        raise InputError(f"{where} cannot be made: {error.strerror}") from error
    return Made(tuple(made), tuple(kept))


def settings_file() -> str:
    """The text of a papermarks.toml with every setting as a comment."""
    parts = [_HEAD]
    for name, field in Settings.model_fields.items():
        if name in _NOT_IN_THE_FILE or name.startswith("surpass_"):
            continue
        parts.append("\n".join([*_comment(field), f"# {name} = {_toml(field.default)}", ""]))
    return "\n".join(parts)


def _folder(path: Path, made: list[Path], kept: list[Path]) -> None:
    if path.is_dir():
        kept.append(path)
        return
    shared = path.parent.is_dir() and bool(path.parent.stat().st_mode & 0o2000)
    path.mkdir(parents=True)
    path.chmod(_GROUPS if shared else _OWNERS)
    made.append(path)


def _give_to(home: Path, group: str) -> None:
    """What is made in it from now on is the group's too."""
    if os.name != "posix":
        raise InputError("--group is for Linux and macOS; on Windows share the folder itself")
    try:
        shutil.chown(home, group=group)
    except LookupError as error:
        raise InputError(f"there is no group '{group}' on this machine") from error
    except PermissionError as error:
        raise InputError(
            f"{home} cannot be given to the group '{group}': are you a member of it, and is the "
            "folder yours?"
        ) from error
    home.chmod(_GROUPS)


def _comment(field: FieldInfo) -> list[str]:
    text = (field.description or "").replace("`", "")
    sentence = f"{text[:1].upper()}{text[1:]}."
    return wrap(sentence, _WIDTH, initial_indent="# ", subsequent_indent="# ")


def _toml(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, int | float):
        return str(default)
    return "..." if default is None else f'"{default}"'
