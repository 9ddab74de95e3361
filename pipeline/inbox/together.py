"""Which files of the inbox come together: what is taken, and what goes along with it.

Somebody drops a folder of attention/ again, whole:

    bad.csv/bad.csv              as it was            goes along: it is mended in the workbook
    bad.csv/bad - to mend.xlsx   mended               taken, as ``bad - to mend.xlsx``
    bad.csv/reconciliation.xlsx  a report of ours     not taken, and not kept: reports/ has it

A returned workbook that nobody mended is not taken where the file that it is of lies beside it.
What is not known to be one of these is taken by itself, wherever it lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from pipeline.errors import SourceUnreadable
from pipeline.inbox.names import is_report, is_slip, slip_of, unnumbered
from pipeline.read import identify
from pipeline.read.returned_mark import mark_of
from pipeline.read.returned_record import is_returned_name, sent_name
from pipeline.source import Returned


@dataclass(frozen=True)
class Together:
    """One file to take. Paths are relative to the inbox."""

    path: PurePath
    name: PurePath  # what it is called from now on: without the folder that we made for it
    along: tuple[PurePath, ...] = ()  # files of the sender's that go where it goes
    made: tuple[PurePath, ...] = ()  # copies of ours, which need not be kept


@dataclass
class _Folder:
    """What lies in one folder of the inbox."""

    path: PurePath
    files: list[PurePath] = field(default_factory=list)
    reports: list[PurePath] = field(default_factory=list)
    slips: list[PurePath] = field(default_factory=list)


def together(
    inbox: Path, reports: Path, files: Iterable[PurePath], ignored: Iterable[PurePath]
) -> dict[PurePath, Together]:
    """Each file to take, by its path. ``reports`` is where what we made is kept, by run."""
    folders: dict[PurePath, _Folder] = {}
    for path in files:
        folders.setdefault(path.parent, _Folder(path.parent)).files.append(path)
    for path in ignored:
        if path.parent in folders and is_report(path.name):
            folders[path.parent].reports.append(path)
        elif path.parent in folders and is_slip(path.name):
            folders[path.parent].slips.append(path)
    return {
        each.path: each
        for folder in folders.values()
        for each in _of_folder(inbox, reports, folder)
    }


def _of_folder(inbox: Path, reports: Path, folder: _Folder) -> list[Together]:
    returned = _returned(inbox, folder.files)
    ours = _is_ours(folder, returned)
    along: dict[PurePath, list[PurePath]] = {}
    made: dict[PurePath, list[PurePath]] = {}
    if returned:
        _sort_out(inbox, reports, folder, returned, along, made, ours=ours)
    gone = {path for paths in (*along.values(), *made.values()) for path in paths}
    taken = [path for path in folder.files if path not in gone]
    slips = {slip_of(slip.name): slip for slip in folder.slips}
    found = []
    for at, path in enumerate(taken):
        with_it = [*_all_along(path, along)]
        copies = [*made.get(path, []), *(folder.reports if ours and at == 0 else [])]
        with_slips = (slips[each.name] for each in (path, *with_it) if each.name in slips)
        name = folder.path.parent / path.name if ours else path
        found.append(Together(path, name, (*with_it, *with_slips), tuple(copies)))
    return found


def _all_along(path: PurePath, along: Mapping[PurePath, Sequence[PurePath]]) -> Iterator[PurePath]:
    """What goes along with it, and with that: it may have gone back more than once."""
    for each in along.get(path, ()):
        yield each
        yield from _all_along(each, along)


def _sort_out(
    inbox: Path,
    reports: Path,
    folder: _Folder,
    returned: Mapping[PurePath, Returned],
    along: dict[PurePath, list[PurePath]],
    made: dict[PurePath, list[PurePath]],
    *,
    ours: bool,
) -> None:
    """Which files go along with which, and which copies of ours need not be kept."""
    by_digest = {_sha256(inbox / path): path for path in folder.files}
    as_made = {path for path, mark in returned.items() if _as_made(inbox / path, reports, mark)}
    for path, mark in returned.items():
        original = by_digest.get(mark.sha256)
        if path not in as_made and original is not None and original != path:
            along.setdefault(path, []).append(original)
    gone = {path for paths in along.values() for path in paths}
    left = [path for path in folder.files if path not in gone and path not in as_made]
    for path in sorted(as_made - gone):
        original = by_digest.get(returned[path].sha256)
        keeper = original if original in left else next(iter(left if ours else []), None)
        if keeper is not None:
            made.setdefault(keeper, []).append(path)


def _returned(inbox: Path, files: Iterable[PurePath]) -> dict[PurePath, Returned]:
    """The workbooks that we returned, by what they say of themselves."""
    named = (path for path in files if is_returned_name(path.name))
    marks = ((path, mark_of(inbox / path)) for path in named)
    return {path: mark for path, mark in marks if mark is not None}


def _is_ours(folder: _Folder, returned: Mapping[PurePath, Returned]) -> bool:
    """Whether we made the folder, in attention/: it is named by the file that it is of."""
    if folder.path == PurePath():
        return False
    names = {folder.path.name, unnumbered(folder.path.name)}
    stems = {PurePath(name).stem for name in names}
    of_returned = {PurePath(sent_name(path.name)).stem for path in returned}
    return any(path.name in names for path in folder.files) or bool(stems & of_returned)


def _as_made(path: Path, reports: Path, mark: Returned) -> bool:
    """Whether it is byte by byte what we made: reports/ keeps another copy of that."""
    made = reports / mark.run / path.name
    try:
        same_size = made.stat().st_size == path.stat().st_size
        return same_size and made.read_bytes() == path.read_bytes()
    except OSError:
        return False


def _sha256(path: Path) -> str:
    try:
        return identify(path).sha256
    except SourceUnreadable:
        return ""
