"""Make the sample ODS files anew: ``python -m sample_data.layouts.make_ods``.

By hand, as no library writes what Auto Multiple Choice does: formulas without a stored value.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_HERE = Path(__file__).parent
_Cell = str | float | None
_Rows = Sequence[Sequence[_Cell]]

_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = "urn:oasis:names:tc:opendocument:xmlns"
_MADE = (2024, 1, 1, 0, 0, 0)  # so that the same sheets are the same bytes


def _student(row: int, key: str | None, name: str, *cells: _Cell) -> list[_Cell]:
    mark = f"oooc:=[.D{row}]/[.E{row}]*[.$C$4]"
    return [key, name, mark, f"oooc:=SUM([.F{row}:.H{row}])", 8, *cells]


_ENGLISH: dict[str, _Rows] = {
    "Marks": [
        ["Biology, paper 2"],
        [],
        ["A:id", "Name", "note", "total", "max", "Q01", "Q02", "Q10", "student"],
        [None, None, 20, "max", None, 2, 3, 3],
        [None, None, "oooc:=AVERAGE([.C7:.C9])", "mean", None]
        + [f"oooc:=AVERAGE([.{at}7:.{at}9])/[.{at}4]" for at in "FGH"],
        ["A:id", "Name", "note", "total", "max"],
        _student(7, "0041", "Abbott, Ann", 2, 3, 0, "0041"),
        _student(8, "0042", "Bell, Ben", 1, 0, 2, "0042"),
        _student(9, "0107", "Cole, Cy", 0.5, 3, None, "107"),
        ["0108", "Dunn, Di", "ABS", "oooc:=SUM()"],
        _student(11, None, "?", 1, 1, 1),
    ],
    "Questions statistics": [["Q01"], ["Box", "Nb", "/all", "/expr"], ["ALL", 4], ["NA", 0]],
}
_QUESTIONS = ("algo:1", "algo:2", "<algo>", "geo:1")  # two groups; the sum of one
_SUM = "oooc:=SUM([.G7:.H7])"
_FRENCH: dict[str, _Rows] = {
    "Notes": [
        ["Contrôle 3"],
        [],
        [*("A:Keycode", "Nom", "Copie", "Note", "Total", "Max"), *_QUESTIONS],
        [None, None, None, 2, "null"],
        [None, None, None, 20, "max", None, 4, 4, 8, 2],
        [None, None, None, "oooc:=AVERAGE([.D7:.D8])", "moyenne", None]
        + [f"oooc:=AVERAGE([.{at}7:.{at}8])" for at in "GHIJ"],
        ["H76RBD8P", "Aubry Léa", "1", "oooc:=[.E7]", _SUM, 10, 4, 2, _SUM, 1],
        ["K3PW9QZT", "Blanc Hugo", "2", "oooc:=[.E8]", _SUM, 10, 0, 3, _SUM, 2],
    ],
}


def _cell(value: _Cell) -> str:
    if value is None:
        return "<table:table-cell/>"
    if not isinstance(value, str):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    if value.startswith("oooc:"):
        return f'<table:table-cell table:formula="{escape(value)}" office:value-type="float"/>'
    text = f"<text:p>{escape(value)}</text:p>"
    return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'


def _table(name: str, rows: _Rows) -> str:
    inner = "".join(
        f"<table:table-row>{''.join(map(_cell, row or [None]))}</table:table-row>" for row in rows
    )
    return f'<table:table table:name="{escape(name)}">{inner}</table:table>'


def _made(path: Path, sheets: dict[str, _Rows]) -> None:
    names = " ".join(f'xmlns:{n}="{_NAMES}:{n}:1.0"' for n in ("office", "table", "text"))
    names += ' xmlns:oooc="http://openoffice.org/2004/calc"'
    tables = "".join(_table(name, rows) for name, rows in sheets.items())
    entry = f'<m:file-entry m:media-type="{_TYPE}" m:full-path="/"/>'
    parts = {
        "mimetype": _TYPE,
        "content.xml": f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}>'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>",
        "META-INF/manifest.xml": f'<m:manifest xmlns:m="{_NAMES}:manifest:1.0">{entry}'
        '<m:file-entry m:media-type="text/xml" m:full-path="content.xml"/></m:manifest>',
    }
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name, _MADE), content)


def main() -> None:
    """Make them all."""
    _made(_HERE / "amc-ods.ods", _ENGLISH)
    _made(_HERE / "amc-ods.french.ods", _FRENCH)


if __name__ == "__main__":
    main()
