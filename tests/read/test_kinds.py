"""What a file is comes from its bytes: what is no table is named for what it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from struct import pack

import pytest

from pipeline.errors import SourceUnreadable
from tests.read.by_hand import ods, ods_row, ole, xlsb, xlsb_row, zipped
from tests.read.source_files import dropped, read, with_part_changed, workbook

_XLSX = workbook({"Marks": [["Keycode", "Q1"], ["AB12CD34", 5]]})
_XLSM = with_part_changed(
    _XLSX,
    "[Content_Types].xml",
    lambda part: part.replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    ),
)
_XLS = (Path(__file__).parent / "files" / "marks.xls").read_bytes()
_ODS = ods({"Marks": ods_row("Keycode", "Q1")})
_XLSB = xlsb(xlsb_row(0, "Keycode", "Q1"))
_EXCEL_XML = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
)
_TEXT_MIME = "application/vnd.oasis.opendocument.text"


@dataclass(frozen=True)
class Case:
    content: bytes
    ending: str
    said: str


WORKBOOKS = {
    "xlsx": Case(content=_XLSX, ending="xlsx", said="Excel workbook (xlsx)"),
    "xlsm": Case(content=_XLSM, ending="xlsm", said="Excel workbook with macros (xlsm)"),
    "xlsb": Case(content=_XLSB, ending="xlsb", said="Excel binary workbook (xlsb)"),
    "xls": Case(content=_XLS, ending="xls", said="Excel 97 workbook (xls)"),
    "ods": Case(content=_ODS, ending="ods", said="OpenDocument (ods)"),
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_is_called_what_it_is(tmp_path: Path, name: str) -> None:
    case = WORKBOOKS[name]
    for file_name in (
        f"marks.{case.ending}",
        f"marks.{case.ending.upper()}",
        "marks",
        "marks.2025",
    ):
        assert read(dropped(tmp_path, case.content, file_name))[0][0].read_as == case.said
    for wrong in ({"csv", "txt", "xls", "xlsx", "ods"}) - {case.ending}:
        table = read(dropped(tmp_path, case.content, f"marks.{wrong}"))[0][0]
        assert table.read_as == f"{case.said}, though its name ends in .{wrong}"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(b"%PDF-1.7\n", "a PDF", id="PDF"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x10JFIF", r"picture \(JPEG\)", id="JPEG"),
        pytest.param(b"\x89PNG\r\n\x1a\n", r"picture \(PNG\)", id="PNG"),
        pytest.param(b"GIF89a", r"picture \(GIF\)", id="GIF"),
        pytest.param(b"II*\x00\x08\x00\x00\x00", r"picture \(TIFF\)", id="TIFF"),
        pytest.param(b"MM\x00*\x00\x00\x00\x08", r"picture \(TIFF\)", id="TIFF of a Mac"),
        pytest.param(b"{\\rtf1\\ansi", "RTF", id="RTF"),
        pytest.param(b"\x1f\x8b\x08\x00", "gzip.*unpack it", id="gzip"),
        pytest.param(b"7z\xbc\xaf\x27\x1c\x00\x04", "7z.*unpack it", id="7z"),
        pytest.param(b"Rar!\x1a\x07\x01\x00", "rar.*unpack it", id="rar"),
        pytest.param(b"SQLite format 3\x00", "database", id="SQLite"),
        pytest.param(zipped({"marks.csv": "Keycode"}), r"packed \(zip\): unpack", id="zip"),
        pytest.param(zipped({}), r"packed \(zip\)", id="empty zip"),
        pytest.param(zipped({"word/document.xml": ""}), "a Word document", id="docx"),
        pytest.param(zipped({"ppt/presentation.xml": ""}), "PowerPoint", id="pptx"),
        pytest.param(zipped({"Index/Document.iwa": ""}), "Apple's Numbers", id="Numbers"),
        pytest.param(zipped({"mimetype": _TEXT_MIME, "content.xml": ""}), "other than", id="odt"),
        pytest.param(ole({"WordDocument": b""}), "an old Word document", id="doc"),
        pytest.param(ole({"x": b"", "PowerPoint Document": b""}), "PowerPoint", id="ppt"),
        pytest.param(ole({"__properties_version1.0": b""}), "Outlook.*attachment", id="msg"),
        pytest.param(
            ole({"EncryptedPackage": b""}), "password.*take the password off", id="locked"
        ),
        pytest.param(
            ole({"Workbook": pack("<HH16xHHHH", 0x0809, 16, 0x002F, 0, 0x000A, 0)}),
            "protected by a password",
            id="locked xls",
        ),
        pytest.param(
            zipped(
                {"mimetype": _TEXT_MIME, "META-INF/manifest.xml": "<manifest:encryption-data/>"}
            ),
            "protected by a password",
            id="locked OpenDocument",
        ),
        pytest.param(ole({"Drawing": b""}), "but not a workbook", id="another Office file"),
        pytest.param(_EXCEL_XML.encode(), "an Excel 2003 XML workbook", id="Excel 2003"),
        pytest.param(_EXCEL_XML.encode("utf-16"), "an Excel 2003 XML", id="Excel 2003, UTF-16"),
        pytest.param(b"<?xml version='1.0'?><office:document>", "flat OpenDocument", id="fods"),
        pytest.param(b"<?xml version='1.0'?><marks/>", "it is XML", id="XML"),
        pytest.param(b"<?xml version='1.0'?><!DOCTYPE html>", "web page", id="XHTML"),
        pytest.param(b"<!-- x --><TABLE>", "web page", id="a table of a web page"),
        pytest.param("<html>".encode("utf-16"), "web page", id="HTML in UTF-16"),
        pytest.param(b"MIME-Version: 1.0\r\nX-Document-Type: Workbook", "MHT", id="MHT"),
        pytest.param(b'{"marks": [1, 2]}', "JSON", id="JSON"),
        pytest.param(b'\n[{"Keycode": "AB12CD34"}]', "JSON", id="a JSON list"),
    ],
)
@pytest.mark.parametrize("name", ["marks.csv", "marks.xlsx", "marks"])
def test_what_is_no_table_is_named_for_what_it_is(
    tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    with pytest.raises(SourceUnreadable, match=f"^it is .*{what}|^{what}"):
        read(dropped(tmp_path, content, name))


@pytest.mark.parametrize("text", ["[A|B],5\n[C],6\n", "[" * 30_000, "{K},Q1\nA,1\n"])
def test_brackets_alone_are_no_json(tmp_path: Path, text: str) -> None:
    (table,), _ = read(dropped(tmp_path, text))
    assert not table.cells.empty


def test_a_word_document_with_a_workbook_in_it_is_no_workbook(tmp_path: Path) -> None:
    """What is embedded lies deeper in the file: the stream at the root tells."""
    content = ole({"WordDocument": b"", "Pool": b""})
    embedded = content.replace("Pool".encode("utf-16-le"), "Book".encode("utf-16-le"))
    at = embedded.index("Book".encode("utf-16-le"))
    below = embedded.index("WordDocument".encode("utf-16-le")) + 72  # its right neighbour
    assert 0 < below < at
    embedded = embedded[:below] + b"\xff" * 4 + embedded[below + 4 :]
    with pytest.raises(SourceUnreadable, match="an old Word document"):
        read(dropped(tmp_path, embedded))
