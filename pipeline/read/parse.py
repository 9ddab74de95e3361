"""A source file's bytes into tables, in this process: see child.py for who may be let near it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.errors import SourceUnreadable
from pipeline.read import delimited, kinds, workbook
from pipeline.read.encoding import decoded
from pipeline.read.limits import DEFAULTS, ReadLimits, refuse_reach, refuse_size
from pipeline.source import Table

Reading = tuple[tuple[Table, ...], tuple[str, ...]]
"""A file's sheets, and the codes of what was odd in reading it."""

_TEXTS = ("csv", "txt", "tsv", "tab", "asc", "dat", "prn")  # endings that promise text


@dataclass(frozen=True)
class ReadOptions:
    """How to read a text file, where a layout fixes it; the rest is found in the file."""

    ending: str = ""  # of the file's name, without its dot: no more than a promise
    delimiter: str | None = None
    quoted: bool = True
    encoding: str | None = None


def parse(content: bytes, options: ReadOptions, limits: ReadLimits = DEFAULTS) -> Reading:
    """The tables. SourceUnreadable gives a reason that a person understands."""
    refuse_size(len(content), limits)
    kind = kinds.kind(content)
    if kind != kinds.TEXT:
        read_as = kinds.WORKBOOKS[kind] + _though(options.ending, kind)
        sheets = workbook.sheets(content, kind, read_as, limits)
        refuse_reach([sheet.texts.shape for sheet in sheets], limits)
        if all(not sheet.texts.codes.size for sheet in sheets):
            raise SourceUnreadable("it is empty")
        return sheets, ()
    found = decoded(content, options.encoding)
    if not found.text.strip():
        raise SourceUnreadable("it is empty")
    kinds.refuse_markup(found.text)
    table = delimited.sheet(found.text, found.encoding, options.delimiter, options.quoted)
    refuse_reach([table.texts.shape], limits)
    read_as = table.read_as + _though(options.ending, kind)
    table = replace(table, read_as=read_as, looks_like=found.looks_like)
    odd = ("encoding-assumed",) if found.assumed and not found.looks_like else ()
    return (table,), odd


def _though(ending: str, kind: str) -> str:
    """What to add where the name's ending promises another kind of file."""
    promised = kinds.TEXT if ending in _TEXTS else ending
    if promised == kind or promised not in (kinds.TEXT, *kinds.WORKBOOKS):
        return ""
    return f", though its name ends in .{ending}"
