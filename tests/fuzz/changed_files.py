"""Samples, changed by seed: written in another form that means the same, or damaged."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sample_data import LAYOUTS
from tests.layouts.golden import samples

_TEXTS = {".csv", ".txt"}
CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class ChangedFile:
    """A file made of a sample."""

    sample: Path
    how: str
    content: bytes
    means_the_same: bool


def all_samples() -> list[Path]:
    """Those of the layouts, those of the rules, and the demo's files."""
    above = LAYOUTS.parent
    rules = (path for path in (above / "rules").rglob("*") if path.suffix in {".csv", ".xlsx"})
    demo = [path for path in above.iterdir() if path.suffix in {".csv", ".xlsx"}]
    return [*samples(), *sorted(rules), *sorted(demo)]


def changed_file(draw: Random) -> ChangedFile:
    """One of the samples in another form, or damaged."""
    sample = draw.choice(_SAMPLES)
    content = sample.read_bytes()
    if sample.suffix in _TEXTS and draw.random() < 0.4:
        how = draw.choice(sorted(_FORMS))
        return ChangedFile(sample, how, _FORMS[how](content, draw), means_the_same=True)
    is_zip = zipfile.is_zipfile(io.BytesIO(content))
    if is_zip and sample.suffix in _EXCEL and draw.random() < 0.3:
        how = draw.choice(sorted(_SHEET_FORMS))
        written = _with_sheets_written(content, _SHEET_FORMS[how])
        return ChangedFile(sample, how, written, means_the_same=True)
    if is_zip and draw.random() < 0.8:
        return ChangedFile(sample, "part", _with_a_damaged_part(content, draw), False)
    how = draw.choice(sorted(_DAMAGES))
    return ChangedFile(sample, how, _DAMAGES[how](content, draw), means_the_same=False)


_SAMPLES = all_samples()


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeError:
        return content.decode("cp1252", errors="replace")


def _all_quoted(content: bytes, _: Random) -> bytes:
    """Each field in quotation marks, divided as before."""
    text = _decoded(content)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    if delimiter not in first:
        return content
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return written.getvalue().encode()


_Change = Callable[[bytes, Random], bytes]
_FORMS: dict[str, _Change] = {
    "as it is": lambda content, _: content,
    "UTF-8 with a mark": lambda content, _: _decoded(content).encode("utf-8-sig"),
    "UTF-16": lambda content, _: _decoded(content).encode("utf-16"),
    "line ends of Unix": lambda content, _: content.replace(b"\r\n", b"\n"),
    "line ends of Windows": lambda content, _: content.replace(b"\r\n", b"\n").replace(
        b"\n", b"\r\n"
    ),
    "no last line end": lambda content, _: content.rstrip(b"\r\n"),
    "blank lines below": lambda content, draw: content + b"\r\n" * draw.randint(1, 5),
    "all quoted": _all_quoted,
}


_EXCEL = {".xlsx", ".xlsm"}
_TAG = re.compile(rb"<[^<>?]*>")
_SHEET_FORMS: dict[str, Callable[[bytes], bytes]] = {
    "single quotes": lambda sheet: _TAG.sub(
        lambda tag: tag[0] if b"'" in tag[0] else tag[0].replace(b'"', b"'"), sheet
    ),
    "comments": lambda sheet: sheet.replace(b"<c ", b"<!-- <c> --><c "),
    "CDATA": lambda sheet: re.sub(rb"<v>([0-9.]+)</v>", rb"<v><![CDATA[\1]]></v>", sheet),
    "UTF-16": lambda sheet: (
        b'<?xml version="1.0"?>' + re.sub(rb"<\?xml[^<>]*\?>", b"", sheet)
    ).decode().encode("utf-16"),
    "blanks in tags": lambda sheet: re.sub(rb' (r|t)="', rb'  \1 = "', sheet),
}  # fmt: skip


def _with_sheets_written(content: bytes, form: Callable[[bytes], bytes]) -> bytes:
    """The workbook, each of its sheets in another form that XML has for the same."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as parts,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for name in parts.namelist():
            inner = parts.read(name)
            changed.writestr(name, form(inner) if name.startswith("xl/worksheets/s") else inner)
    return target.getvalue()


def _edited(content: bytes, draw: Random) -> bytes:
    edited = bytearray(content)
    for _ in range(draw.randint(1, 6)):
        at = draw.randint(0, len(edited))
        edited[at : at + draw.randint(0, 8)] = draw.randbytes(draw.randint(0, 6))
    return bytes(edited)


def _spliced(content: bytes, draw: Random) -> bytes:
    """With a stretch of it moved, given twice, or taken out of another sample."""
    other = draw.choice((content, draw.choice(_SAMPLES).read_bytes()))
    first, at = draw.randrange(len(other)), draw.randrange(len(content))
    stretch = other[first : first + draw.randint(1, 300)]
    return content[:at] + stretch + content[at + draw.choice((0, len(stretch))) :]


_SIGNS = (
    b",",
    b";",
    b"\t",
    b'"',
    b"\n",
    b"\r",
    b"\x00",
    b"\xff",
    b"=",
    b"\xe2\x80\x8e",
    b"\xef\xbb\xbf",
)
_DAMAGES: dict[str, _Change] = {
    "edited": _edited,
    "cut": lambda content, draw: content[: draw.randrange(len(content))],
    "spliced": _spliced,
    "signs": lambda content, draw: content.replace(
        draw.choice(_SIGNS), draw.choice(_SIGNS) * draw.randint(0, 3), draw.randint(1, 9)
    ),
    "twice": lambda content, _: content * 2,
}  # fmt: skip


def _with_a_damaged_part(content: bytes, draw: Random) -> bytes:
    """The workbook with one of its parts edited, left out, empty or given twice."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as parts,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        names = parts.namelist()
        damaged, way = draw.choice(names), draw.random()
        for name in names:
            inner = parts.read(name)
            if name != damaged:
                changed.writestr(name, inner)
            elif way < 0.8:
                changed.writestr(name, _edited(inner, draw) if way < 0.7 else b"")
    return target.getvalue()
