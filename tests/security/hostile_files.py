"""Source files that were made to end, fill or hold up whoever reads them; each is small."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache

from tests.read.by_hand import ole

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_FIRST_ROWS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Keycode</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Q1</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>HOSTILE1</t></is></c><c r="B2"><v>1</v></c></row>'
)


def part(rows: str = "", before: str = "", after: str = "") -> str:
    """A sheet's XML: a heading, a candidate, and what is hostile."""
    return (
        f'<?xml version="1.0"?><worksheet xmlns="{_MAIN}">{before}'
        f"<sheetData>{_FIRST_ROWS}{rows}</sheetData>{after}</worksheet>"
    )


def xlsx(sheet: str, *, sheets: int = 1, more: Mapping[str, str] | None = None) -> bytes:
    """A workbook of sheets that are all this one part."""
    numbers = range(1, sheets + 1)
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    related = "".join(
        f'<Relationship Id="r{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        for n in numbers
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        # Without this one no reader takes it for a workbook, and what is hostile is never met.
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f"{related}</Relationships>",
        "xl/worksheets/sheet1.xml": sheet,
        **(more or {}),
    }
    return packed(parts)


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip of these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, inner in parts.items():
            target.writestr(name, inner)
    return content.getvalue()


def ods(rows: str) -> bytes:
    """An OpenDocument sheet of these rows."""
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": (
                '<?xml version="1.0"?><office:document-content '
                'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
                'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
                'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
                '<office:body><office:spreadsheet><table:table table:name="S1">'
                f"{rows}</table:table></office:spreadsheet></office:body>"
                "</office:document-content>"
            ),
        }
    )


def xls(sheets: int, cells: int) -> bytes:
    """An Excel 97 workbook of sheets that all begin at one place."""

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    begin, end = record(0x0809, struct.pack("<HHHHII", 0x600, 5, 0, 1997, 0, 6)), record(0x0A, b"")
    names = [f"S{number:03d}".encode() for number in range(sheets)]
    start = len(begin) + sum(12 + len(name) for name in names) + len(end)
    listed = [
        record(0x0085, struct.pack("<IBBBB", start, 0, 0, len(name), 0) + name) for name in names
    ]
    numbers = (record(0x0203, struct.pack("<HHHd", row, 0, 0, 1.0)) for row in range(cells))
    book = begin + b"".join(listed) + end + begin + b"".join(numbers) + end
    return ole({"Workbook": book.ljust(4096, b"\0")})


def lying(content: bytes, says: int) -> bytes:
    """The zip, whose directory and headers say that each part unpacks to so few bytes."""
    lies = bytearray(content)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for entry in parts.infolist():
            struct.pack_into("<I", lies, entry.header_offset + 22, says)
    at = lies.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<I", lies, at + 24, says)
        at = lies.find(b"PK\x01\x02", at + 4)
    return bytes(lies)


_ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
_LOL = f'<!DOCTYPE worksheet [<!ENTITY e0 "ha">{_ENTITIES}]>'
_XXE = '<!DOCTYPE worksheet [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
_TEXT_CELL = '<row r="3"><c r="A3" t="inlineStr"><is><t>{}</t></is></c></row>'


def with_doctype(doctype: str, entity: str) -> str:
    """A sheet in which a cell is an entity."""
    return part(_TEXT_CELL.format(entity)).replace("<worksheet", doctype + "<worksheet", 1)


def with_a_text(text: str) -> bytes:
    """A workbook in which a cell holds this."""
    return xlsx(part(_TEXT_CELL.format(text)))


_VALUE = '<table:table-cell office:value-type="float" office:value="1"/>'
_ODS_TEXT = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


def deep() -> bytes:
    """A workbook with half a million elements in each other, in which nothing else is wrong."""
    return xlsx(part(before="<x>" * 500_000, after="</x>" * 500_000))


_MAKE: dict[str, Callable[[], bytes]] = {
    "cell far away.xlsx": lambda: xlsx(
        part('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    ),
    "cell far away, unseen.xlsx": lambda: xlsx(
        part(
            '<row r="9"><c r = "XFD1048576"><v>1</v></c></row>', '<dimension ref="A1:XFD1048576"/>'
        )
    ),
    "cell beyond the grid.xlsx": lambda: xlsx(
        part('<row r="3"><c r="ZZZ9999999"><v>1</v></c></row>')
    ),
    "wide sheet forty times.xlsx": lambda: xlsx(
        part('<row r="250000"><c r="X250000"><v>1</v></c></row>'), sheets=40
    ),
    "20,000 sheets.xlsx": lambda: xlsx(part(), sheets=20_000),
    "long cell.xlsx": lambda: with_a_text("x" * 40_000_000),
    "long heading.csv": lambda: b"Keycode," + b"Q" * 900_000 + b"\nHOSTILE1,1\n",
    "unclosed cells.xlsx": lambda: xlsx(part('<row r="3">' + '<c r="A3" t="e"><f>1' * 400_000)),
    "unclosed tags.xlsx": lambda: xlsx(part('<row r="3"' * 400_000 + '<c r="A3"' * 400_000)),
    "one tag of a million attributes.xlsx": lambda: xlsx(
        part('<row r="3"><c ' + 'r="A3" ' * 1_000_000 + '<f>1</f><v t="e">')
    ),
    "entities.xlsx": lambda: xlsx(with_doctype(_LOL, "&e9;")),
    "external entity.xlsx": lambda: xlsx(with_doctype(_XXE, "&file;")),
    "unpacks to 600 MB.xlsx": lambda: xlsx(part(), more={"xl/media/a.bin": "0" * 600_000_000}),
    "says it is small.xlsx": lambda: lying(
        xlsx(part(), more={"xl/sharedStrings.xml": "0" * 600_000_000}), 1000
    ),
    "sheet above the zip.xlsx": lambda: xlsx(part()).replace(
        b"xl/worksheets/sheet1.xml", b"../../../../../../etc/aa"
    ),
    "row four million times.ods": lambda: ods(
        f'<table:table-row table:number-rows-repeated="4000000">{_VALUE * 3}</table:table-row>'
    ),
    "rows of empty cells.ods": lambda: ods(
        "".join(
            '<table:table-row><table:table-cell table:number-columns-repeated="1000"/>'
            f"{_ODS_TEXT.format(n)}</table:table-row>"
            for n in range(29_000)
        )
    ),
    "repeated without end.ods": lambda: ods(
        f'<table:table-row table:number-rows-repeated="{"9" * 5000}">{_VALUE}</table:table-row>'
    ),
    "negative repeat.ods": lambda: ods(
        f'<table:table-row table:number-rows-repeated="-5">{_VALUE}</table:table-row>'
    ),
    "row too wide.csv": lambda: b"Keycode,Q1\n" + b"," * 2_000_000 + b"\n",
    "quotes.csv": lambda: b"Keycode,Q1\n" + b'"a"b,"c\n' * 200_000,
    "NULs.csv": lambda: b"\x00" * 5_000_000,
    "brackets.csv": lambda: b"[" * 5_000_000,
    "sheets at one place.xls": lambda: xls(sheets=190, cells=2_400),
    "circle.xls": lambda: (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(22)
        + struct.pack("<H", 9)
        + bytes(12)
        + struct.pack("<9I", 1, 0, 0, 0, 4096, 0, 0, 0, 0)
        + struct.pack("<109I", *([0] * 109))
        + struct.pack("<128I", *([0] * 128)) * 2000
    ),
    "half of a zip.xlsx": lambda: xlsx(part())[:700],
    "a bomb that is no workbook.xlsx": lambda: packed({"a": zlib.compress(b"0" * 1_000_000)}),
}

NAMES = tuple(_MAKE)
"""Of the files. None of them holds a mark that could be sent."""


@cache
def content(name: str) -> bytes:
    """Of the file by that name: some take a second to make, and not every test needs them."""
    return _MAKE[name]()
