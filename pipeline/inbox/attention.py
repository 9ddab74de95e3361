"""What waits in attention/ and rejected/, and its way to done/ once later files have settled it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from pipeline.inbox.moving import make_folder, move_folder
from pipeline.inbox.names import RECEIPT, is_report, is_slip, unnumbered
from pipeline.inbox.place import Place
from pipeline.read.beside import fitting

_PLACES = (Place.ATTENTION, Place.REJECTED)
_MAX_DEPTH = 30  # folders within folders


@dataclass(frozen=True)
class Waiting:
    """A folder in attention/ or rejected/, and the file that it is of."""

    folder: Path
    file: Path


def waiting(home: Path) -> Iterator[Waiting]:
    """The folders that wait, each with its file; what somebody else put there is passed over."""
    for place in _PLACES:
        yield from _waiting(home / place, 0)


def _waiting(folder: Path, depth: int) -> Iterator[Waiting]:
    if depth > _MAX_DEPTH or not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not path.is_dir():
            continue
        file = _file_of(path)
        if file is not None:
            yield Waiting(path, file)
        else:
            yield from _waiting(path, depth + 1)


def _file_of(folder: Path) -> Path | None:
    """The file that the folder is named by; a second of its name has a numbered folder."""
    names = (folder.name, unnumbered(folder.name))
    paths = [folder / name for name in names if not is_report(name) and not is_slip(name)]
    return next((path for path in paths if path.is_file() and not path.is_symlink()), None)


def move_to_done(home: Path, settled: Waiting, receipt: str) -> Path:
    """Move the folder, with a receipt in it. OSError where that cannot be done now."""
    base = home / Place.DONE / f"{dt.datetime.now().astimezone():%Y-%m-%d}"
    base.mkdir(parents=True, exist_ok=True)
    (settled.folder / fitting(settled.file.name, RECEIPT)).write_text(receipt, "utf-8")
    below = below_place(home, settled.folder).parent
    return move_folder(settled.folder, make_folder(base, below) / settled.folder.name)


def below_place(home: Path, path: Path) -> PurePath:
    """The path within attention/ or rejected/."""
    _place, *rest = path.relative_to(home).parts
    return PurePath(*rest)


def errors_are_of_sessions(reports: Path, run: str) -> bool:
    """Whether each error of a run is told of a keycode; False where its report is gone."""
    try:
        document = json.loads((reports / run / "reconciliation.json").read_bytes())
        findings = document["findings"]
        return all(one["keycode"] for one in findings if one["severity"] == "error")
    except (OSError, ValueError, KeyError, TypeError):
        return False
