"""Files that no writer at hand makes, byte by byte: OpenDocument, xlsb, and OLE around anything."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from struct import pack

_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text")
)
_CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
_OPEN = "http://schemas.openxmlformats.org"
_EXCEL = "application/vnd.ms-excel"
_TYPES = f"""<?xml version="1.0"?><Types xmlns="{_OPEN}/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="bin" ContentType="{_EXCEL}.sheet.binary.macroEnabled.main"/>
<Override PartName="/xl/worksheets/sheet1.bin" ContentType="{_EXCEL}.worksheet"/></Types>"""


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip with these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped_parts:
        for name, part in parts.items():
            zipped_parts.writestr(name, part)
    return content.getvalue()


def ods(sheets: Mapping[str, str]) -> bytes:
    """A workbook as LibreOffice writes it; ``sheets`` holds each one's rows, as XML."""
    tables = "".join(
        f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in sheets.items()
    )
    return zipped(
        {
            "mimetype": _ODS,
            "META-INF/manifest.xml": '<?xml version="1.0"?><manifest:manifest xmlns:manifest='
            '"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            "content.xml": '<?xml version="1.0" encoding="UTF-8"?>'
            f"<office:document-content {_NAMES} {_CALC}><office:body><office:spreadsheet>{tables}"
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def ods_row(*cells: str, attrs: str = "") -> str:
    """A row: of texts, and of cells that are XML already."""
    written = "".join(cell if cell.startswith("<") else ods_cell(cell) for cell in cells)
    return f"<table:table-row {attrs}>{written}</table:table-row>"


def ods_cell(text: str = "", attrs: str = 'office:value-type="string"') -> str:
    """A cell that shows a text, or nothing."""
    shown = f"<text:p>{text}</text:p>" if text else ""
    return f"<table:table-cell {attrs}>{shown}</table:table-cell>"


def xlsb(*records: bytes, name: str = "Marks", formats: Sequence[str] = ()) -> bytes:
    """A binary workbook of one sheet with these records in its table of cells.

    Style 1 has the first of the number formats, and so on; style 0 has none.
    """
    sheet = _wide("rId1") + _wide(name)
    return zipped(
        {
            "xl/styles.bin": _styles(formats),
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _related("officeDocument", "xl/workbook.bin"),
            "xl/workbook.bin": b"".join(
                [
                    record(131),
                    record(143),
                    record(156, pack("<II", 0, 1) + sheet),
                    record(144),
                    record(132),
                ]
            ),
            "xl/_rels/workbook.bin.rels": _related("worksheet", "worksheets/sheet1.bin"),
            "xl/worksheets/sheet1.bin": b"".join(
                [
                    record(129),
                    record(148, pack("<4I", 0, 99, 0, 9)),
                    record(145),
                    *records,
                    record(146),
                    record(130),
                ]
            ),
        }
    )


def _styles(formats: Sequence[str]) -> bytes:
    named = [record(44, pack("<H", 164 + at) + _wide(code)) for at, code in enumerate(formats)]
    numbers = [0, *(164 + at for at in range(len(formats)))]
    used = [record(47, pack("<HH", 0, number) + bytes(12)) for number in numbers]
    return b"".join(
        [
            record(278),
            record(615, pack("<I", len(named))),
            *named,
            record(616),
            record(617, pack("<I", len(used))),
            *used,
            record(618),
            record(279),
        ]
    )


def _related(kind: str, target: str) -> str:
    return (
        f'<?xml version="1.0"?><Relationships xmlns="{_OPEN}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_OPEN}/officeDocument/2006/relationships/{kind}" '
        f'Target="{target}"/></Relationships>'
    )


def record(kind: int, content: bytes = b"") -> bytes:
    """A record of an xlsb."""
    header = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return header + bytes([len(content)]) + content


def xlsb_row(number: int, *cells: str | float | bytes, hidden: bool = False) -> bytes:
    """A row of texts and numbers; a byte is the number of an error, an empty text no cell."""
    row = record(0, pack("<IIHBBB", number, 0, 300, 0, 0x10 * hidden, 0) + pack("<I", 0))
    kinds = {str: 6, float: 5, bytes: 3}
    for column, cell in enumerate(cells):
        value = _wide(cell) if isinstance(cell, str) else cell
        value = value if isinstance(value, bytes) else pack("<d", value)
        if cell != "":
            row += record(kinds[type(cell)], pack("<II", column, 0) + value)
    return row


def _wide(text: str) -> bytes:
    return pack("<I", len(text)) + text.encode("utf-16-le")


def ole(streams: Mapping[str, bytes]) -> bytes:
    """An OLE file with these streams at its root: a list of sectors with a directory."""
    sectors: list[bytes] = []
    follows: list[int] = []
    entries = [_entry("Root Entry", 5, child=1)]
    for number, (name, content) in enumerate(streams.items(), 1):
        content = content.ljust(4096, b"\0")
        beyond = number + 1 if number < len(streams) else 0xFFFFFFFF
        entries.append(_entry(name, 2, right=beyond, start=len(sectors), size=len(content)))
        _append(content, sectors, follows)
    directory = len(sectors)
    _append(b"".join(entries), sectors, follows)
    table = len(sectors)
    follows.append(0xFFFFFFFD)
    numbers = [*follows, *[0xFFFFFFFF] * (128 - len(follows))]
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, directory, 0, 4096, 0xFFFFFFFE,
               0, 0xFFFFFFFE, 0, table)
        + b"\xff" * 432
    )  # fmt: skip
    return header + b"".join(sectors) + pack("<128I", *numbers)


def _append(content: bytes, sectors: list[bytes], follows: list[int]) -> None:
    parts = [content[at : at + 512].ljust(512, b"\0") for at in range(0, len(content), 512)]
    follows += [*range(len(sectors) + 1, len(sectors) + len(parts)), 0xFFFFFFFE]
    sectors += parts


def _entry(
    name: str,
    kind: int,
    right: int = 0xFFFFFFFF,
    child: int = 0xFFFFFFFF,
    start: int = 0,
    size: int = 0,
) -> bytes:
    wide = name.encode("utf-16-le") + b"\0\0"
    links = pack("<HBBIII", len(wide), kind, 1, 0xFFFFFFFF, right, child)
    return wide.ljust(64, b"\0") + links + bytes(36) + pack("<II", start, size) + bytes(4)
