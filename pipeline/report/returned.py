"""The sender's own file, returned: what is wrong stands at its cell, and the rest as they wrote it.

A workbook whatever the file was, with a list of what is to mend, the sender's sheets with the cells
at fault coloured and commented, and for each sheet the rows to mend alone. Numbers stay numbers,
all other cells are texts: nothing in it can be a formula. Either sheet is mended, and the workbook
handed in again: `pipeline.read.returned` knows it by the record that is hidden in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from pipeline.errors import SourceUnreadable, defect
from pipeline.machine_faults import explain, system_error
from pipeline.model import Interpreted, Table, Validated
from pipeline.read import ReadLimits, tables
from pipeline.read.returned import mended
from pipeline.read.returned_record import read_record, returned_name
from pipeline.read.slip import as_sheet, slip_beside, slips_in
from pipeline.reconcile import Reconciliation
from pipeline.report.atomic import write_bytes
from pipeline.report.returned_workbook import build_workbook
from pipeline.report.to_mend import (
    NOT_THE_SENDERS,
    WAITS,
    cells_at_fault,
    sheets_to_mend,
    unsettled_entries,
)
from pipeline.source import Returned
from schemas.frames import DataFrame, NumberedEntry
from schemas.rules import TOO_MANY_ERRORS, TOO_MANY_SESSIONS
from schemas.words import Severity

# What is wrong is how the letters of the whole file were read, and in a workbook they would be
# certain; or there is too much in it, or nearly everything is wrong.
_NOT_MENDED_BY_CELL = ("encoding-unclear", TOO_MANY_SESSIONS, TOO_MANY_ERRORS)
_MAX_CELLS = 2_000_000  # of a file, which take about half a minute to write


class _TooLargeError(Exception):
    """A file of so many cells."""


@dataclass(frozen=True)
class Written:
    """The workbooks that were written, and the files of which none could be made, with why."""

    by_file: Mapping[str, Path] = field(default_factory=dict)
    failed: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The workbooks."""
        return tuple(self.by_file.values())

    @property
    def names(self) -> dict[str, str]:
        """What the workbook of each file is called."""
        return {file: path.name for file, path in self.by_file.items()}


def write_returned(
    read: Validated, reconciliation: Reconciliation, folder: Path, limits: ReadLimits
) -> Written:
    """A workbook in the folder for each source file in which its sender has something to mend."""
    taken: set[str] = set()
    by_file: dict[str, Path] = {}
    failed = []
    for source in read.sources:
        name = source.source.name
        try:
            content = _content(source, reconciliation, read.entries, limits)
            if content is not None:
                by_file[name] = _write(content, folder, name, taken)
        except SourceUnreadable:
            continue  # it was never to be read, or has changed meanwhile
        except _TooLargeError as error:
            failed.append(f"{name} is too large to go back ready to mend: {error.args[0]} cells")
        except Exception as error:  # what the run did is told, whatever becomes of this
            failed.append(f"{name} was not made ready to mend: {_problem(error)}")
    return Written(by_file, tuple(failed))


def _write(content: bytes, folder: Path, name: str, taken: set[str]) -> Path:
    free = (one for one in _numbered(returned_name(name)) if one.casefold() not in taken)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / next(free)
    taken.add(path.name.casefold())
    write_bytes(path, content)
    return path


def _content(
    source: Interpreted,
    reconciliation: Reconciliation,
    entries: DataFrame[NumberedEntry],
    limits: ReadLimits,
) -> bytes | None:
    if not _has_errors(reconciliation, source) or _is_mended_elsewhere(reconciliation, source):
        return None
    sheets = _tables(source, limits)
    cells = sum(rows * columns for rows, columns in (sheet.texts.shape for sheet in sheets))
    if cells > _MAX_CELLS:
        raise _TooLargeError(cells)
    return build_returned(source, sheets, reconciliation, entries)


def _numbered(name: str) -> Iterator[str]:
    yield name
    stem = name.removesuffix(".xlsx")
    yield from (f"{stem} ({number}).xlsx" for number in count(2))


def _problem(error: Exception) -> str:
    if (fault := system_error(error)) is not None:
        return explain(fault)
    return f"this is our fault; please report {defect(error)}"


def _has_errors(reconciliation: Reconciliation, source: Interpreted) -> bool:
    found = reconciliation.findings
    of_file = found["file"] == source.source.name
    outcomes = reconciliation.submissions["outcome"]
    unsettled = ~outcomes.isin([str(outcome) for outcome in NOT_THE_SENDERS])
    return bool((of_file & (found["severity"] == str(Severity.ERROR))).any() or unsettled.any())


def _is_mended_elsewhere(reconciliation: Reconciliation, source: Interpreted) -> bool:
    found = reconciliation.findings
    of_file = found["file"] == source.source.name
    return bool((of_file & found["rule"].isin(_NOT_MENDED_BY_CELL)).any())


def _tables(source: Interpreted, limits: ReadLimits) -> Sequence[Table]:
    """The file's tables as they were interpreted, read once more."""
    how = source.text
    found, _ = tables(source.source, how.delimiter, how.quoted, how.encoding, limits=limits)
    record = read_record(found)
    sheets = [*(found if record is None else mended(found, record).tables)]
    beside = slip_beside(source.source.path)  # or it would be left behind
    return [*sheets, *map(as_sheet, beside)] if not slips_in(sheets)[0] else sheets


def build_returned(
    source: Interpreted,
    sheets: Sequence[Table],
    reconciliation: Reconciliation,
    entries: DataFrame[NumberedEntry],
) -> bytes | None:
    """The workbook's bytes; None where there is nothing for the sender to mend.

    ``sheets`` are the file's, ``entries`` those of the run with the submission of each.
    """
    name = source.source.name
    unsettled = unsettled_entries(reconciliation, entries[entries["file"] == name])
    cells = cells_at_fault(reconciliation, name, unsettled)
    if not any(cell.severity == Severity.ERROR and cell.rule not in WAITS for cell in cells):
        return None
    to_mend = sheets_to_mend(sheets, cells, unsettled, reconciliation, source)
    of = Returned(reconciliation.run.id, source.source.sha256)
    return build_workbook(to_mend, cells, of)
