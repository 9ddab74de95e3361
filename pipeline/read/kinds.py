"""What a file is, told from its bytes; its name decides nothing."""

from __future__ import annotations

import io
import json
import re
import zipfile
from struct import error as StructError  # noqa: N812

from pipeline.errors import SourceUnreadable
from pipeline.read import ole

TEXT = "text"
WORKBOOKS = {
    "xlsx": "Excel workbook (xlsx)",
    "xlsm": "Excel workbook with macros (xlsm)",
    "xlsb": "Excel binary workbook (xlsb)",
    "xls": "Excel 97 workbook (xls)",
    "ods": "OpenDocument (ods)",
}
"""The workbooks that can be read, and what the report calls them."""

BROKEN = "it looks like a workbook, but cannot be opened"
PROTECTED = "protected by a password: open it, take the password off and save it again"

OWN_REPORT = "papermarks report"
"""The document property by which a workbook says that it is a report of ours."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_EXPORT = "ask for the export of its results as .csv or .xlsx"
_PICTURE = f"scans are read by a marking program first; {_EXPORT}"
_STARTS: dict[bytes, str] = {
    b"%PDF": f"a PDF, which is for printing and holds no table; {_EXPORT}",
    b"\xff\xd8\xff": f"a picture (JPEG): {_PICTURE}",
    b"\x89PNG": f"a picture (PNG): {_PICTURE}",
    b"GIF8": f"a picture (GIF): {_PICTURE}",
    b"II*\x00": f"a picture (TIFF): {_PICTURE}",
    b"MM\x00*": f"a picture (TIFF): {_PICTURE}",
    b"{\\rtf": "a text document (RTF): copy its table into a workbook",
    b"\x1f\x8b": "packed (gzip): unpack it and drop what is in it",
    b"7z\xbc\xaf\x27\x1c": "packed (7z): unpack it and drop the files that are in it",
    b"Rar!\x1a\x07": "packed (rar): unpack it and drop the files that are in it",
    b"SQLite format 3\x00": f"a database (SQLite); {_EXPORT}",
}
_DOCUMENT = "copy its table into a workbook"
_IN_ZIP = {
    "word/document.xml": f"a Word document (docx): {_DOCUMENT}",
    "ppt/presentation.xml": f"a PowerPoint presentation (pptx): {_DOCUMENT}",
    "Index/Document.iwa": "a document of Apple's Numbers, Pages or Keynote: export it to Excel",
    "Index.zip": "a document of Apple's Numbers, Pages or Keynote: export it to Excel",
}
_IN_OLE = {
    "EncryptedPackage": PROTECTED,
    "WordDocument": f"an old Word document (doc): {_DOCUMENT}",
    "PowerPoint Document": f"an old PowerPoint presentation (ppt): {_DOCUMENT}",
    "__properties_version1.0": "an e-mail of Outlook (msg): save the attachment and drop that",
}
_SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"
_MARKUP = re.compile(
    r"\s*<(?:html|!doctype|\?xml|table|head|meta|body|style|script|div|svg|!--)", re.IGNORECASE
)
_LOOKED_AT = 4096  # characters that tell what markup is
_MOST_LOOKED_AT = 1_000_000  # bytes of a zip's lists of what is in it


def kind(content: bytes) -> str:
    """TEXT, or which of WORKBOOKS. SourceUnreadable names what is neither."""
    what_it_is = next((what for start, what in _STARTS.items() if content.startswith(start)), None)
    if what_it_is is not None:
        raise SourceUnreadable(f"it is {what_it_is}")
    if content.startswith(_ZIP):
        return _in_zip(content)
    if content.startswith(ole.START):
        return _in_ole(content)
    return TEXT


def is_packed(content: bytes) -> bool:
    """Whether it is in one of the forms of workbooks; nothing in it is looked at."""
    return content.startswith((*_ZIP, ole.START))


def refuse_markup(text: str) -> None:
    """SourceUnreadable where a text is HTML, XML or JSON, whatever its name says."""
    start = text[:_LOOKED_AT].lstrip("\ufeff")
    if _MARKUP.match(start):
        raise SourceUnreadable(f"it is {_markup(start.lower())}, whatever its name says")
    if start.lower().startswith("mime-version:"):
        raise SourceUnreadable("it is a saved web page (MHT): open it in Excel and save as .xlsx")
    if start.lstrip().startswith(("{", "[")) and _is_json(text):
        raise SourceUnreadable(f"it is JSON, not a table; {_EXPORT}")


def _markup(start: str) -> str:
    if "<workbook" in start and "urn:schemas-microsoft-com:office:spreadsheet" in start:
        return "an Excel 2003 XML workbook"
    if "<office:document" in start:
        return "a flat OpenDocument file (fods)"
    if "<?xml" in start and "<html" not in start and "<!doctype html" not in start:
        return "XML"
    return "a web page (HTML)"


def _is_json(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict | list)


def _in_zip(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = set(parts.namelist())
            mime = _part(parts, "mimetype").decode("latin-1")
            macros = b"macroEnabled" in _part(parts, "[Content_Types].xml")
            locked = b"encryption-data" in _part(parts, "META-INF/manifest.xml")
            own = f'name="{OWN_REPORT}"'.encode() in _part(parts, "docProps/custom.xml")
    except MemoryError:
        raise
    except Exception as error:  # a damaged zip ends in any of a dozen kinds
        raise SourceUnreadable(BROKEN) from error
    if locked:
        raise SourceUnreadable(f"it is {PROTECTED}")
    if own:
        raise SourceUnreadable(
            "it is a report of papermarks, whatever its name says: hand in the file of marks, or "
            "the workbook '… - to mend'"
        )
    if mime.startswith(_SPREADSHEET) or (not mime and "content.xml" in names):
        return "ods"
    if mime.startswith("application/vnd.oasis.opendocument"):
        raise SourceUnreadable(f"it is an OpenDocument file other than a spreadsheet: {_DOCUMENT}")
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "xl/workbook.xml" in names:
        return "xlsm" if macros else "xlsx"
    _refuse(names, _IN_ZIP)
    raise SourceUnreadable("it is packed (zip): unpack it and drop the files that are in it")


def _part(parts: zipfile.ZipFile, name: str) -> bytes:
    """The beginning of a file in the zip; nothing where there is none."""
    if name not in parts.namelist():
        return b""
    with parts.open(name) as part:
        return part.read(_MOST_LOOKED_AT)


def _in_ole(content: bytes) -> str:
    try:
        names = set(ole.Streams(content).names)
    except (StructError, ValueError, IndexError) as error:
        raise SourceUnreadable(BROKEN) from error
    if names & {"Workbook", "Book"}:
        return "xls"
    _refuse(names, _IN_OLE)
    raise SourceUnreadable("it is an Office file, but not a workbook")


def _refuse(names: set[str], known: dict[str, str]) -> None:
    for name, what in known.items():
        if name in names:
            raise SourceUnreadable(f"it is {what}")
