"""A sheet that is written in another way that XML has for the same is read as the same."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from pipeline.errors import SourceUnreadable
from pipeline.read import identify, tables
from pipeline.read.plain_sheets import is_plain, with_plain_sheets
from tests.read.source_files import dropped, workbook
from tests.security.hostile_files import part, xlsx

_KEY = '<c r="A3" t="inlineStr"><is><t>HOSTILE2</t></is></c>'
_ROW = '<row r="3">' + _KEY + "{}</row>"
_NO_PLACE = '<row{}><c t="inlineStr"><is><t>HOSTILE2</t></is></c>{}</row>'


def _third_row(content: bytes, folder: Path) -> tuple[list[str], frozenset[int]]:
    (table,), _ = tables(identify(dropped(folder, content, "marks.xlsx")))
    assert table.cells.to_numpy().tolist()[:2] == [["Keycode", "Q1"], ["HOSTILE1", "1"]]
    assert len(table.cells) == 3
    return table.cells.to_numpy().tolist()[2], table.hidden_rows


@pytest.mark.parametrize(
    ("sheet", "mark"),
    [
        pytest.param(part(_ROW.format('<c r="B3"><v>4</v></c>')), "4", id="as Excel writes it"),
        pytest.param(
            part(_ROW.format('<c r="B3" t="e"><v>#REF!</v></c>')).replace('"', "'"),
            "#REF!",
            id="an error, single quotes",
        ),
        pytest.param(
            part(_ROW.format('<c r="B3"><f>1+1</f></c>')).replace('"', "'"),
            "=1+1",
            id="a formula, single quotes",
        ),
        pytest.param(
            part(_ROW.format('<c r="B3" t = "e"><v>#REF!</v></c>')),
            "#REF!",
            id="an error, blanks about the sign of equality",
        ),
        pytest.param(
            part(_NO_PLACE.format("", '<c t="e"><v>#REF!</v></c>')), "#REF!", id="error, no place"
        ),
        pytest.param(
            part(_NO_PLACE.format("", "<c><f>1+1</f></c>")), "=1+1", id="formula, no place"
        ),
        pytest.param(
            part(_ROW.format('<!-- > --><c r="B3" t="e"><!-- <c> --><v>#REF!</v></c>')),
            "#REF!",
            id="an error, comments",
        ),
        pytest.param(
            part(_ROW.format('<c r="B3"><v><![CDATA[4]]></v></c>')), "4", id="a value as CDATA"
        ),
        pytest.param(
            part(_ROW.format('<?x <c r="B3"> ?><c r="B3"><f>1</f><v>4</v></c>')),
            "4",
            id="an instruction for another program",
        ),
        pytest.param(
            part(_ROW.format('<c r="B3"><!----><f>A1="&lt;x>"</f></c>')),
            '=A1="<x>"',
            id="signs that are escaped stay so",
        ),
    ],
)
def test_what_stands_in_a_cell(sheet: str, mark: str, tmp_path: Path) -> None:
    assert _third_row(xlsx(sheet), tmp_path)[0] == ["HOSTILE2", mark]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_a_sheet_in_another_encoding(encoding: str, tmp_path: Path) -> None:
    sheet = part(_ROW.format('<c r="B3" t="e"><v>#REF!</v></c>'))
    declared = sheet.replace('version="1.0"', f'version="1.0" encoding="{encoding}"')
    content = _with_part(xlsx(sheet), declared.encode(encoding))
    assert _third_row(content, tmp_path)[0] == ["HOSTILE2", "#REF!"]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("<row r='3' hidden='1'>" + _KEY + "</row>", id="single quotes"),
        pytest.param(_NO_PLACE.format(' hidden="1"', ""), id="no place"),
    ],
)
def test_a_hidden_row_is_seen(row: str, tmp_path: Path) -> None:
    assert _third_row(xlsx(part(row)), tmp_path) == (["HOSTILE2", ""], frozenset({2}))


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        pytest.param(_ROW.format("") * 2, "row 3 stands twice", id="a row twice"),
        pytest.param("<!-- -->" + _ROW.format("") * 2, "row 3 stands twice", id="and a comment"),
        pytest.param(
            _ROW.format("<!-- -->" + '<c r="B3"><v>4</v></c>' * 2), "cell B3 stands", id="a cell"
        ),
        pytest.param(
            _ROW.format('<c r="B3"><v>4</v></c>' * 2),
            "cell B3 stands twice",
            id="a cell, and nothing else",
        ),
        pytest.param(
            _ROW.format('<c r="B3"><v>4</v></c><c r="C3"/><c s="1"\nr="B3"><v>4</v></c>'),
            "cell B3 stands twice",
            id="not side by side",
        ),
        pytest.param(
            _ROW.format('<c r="B4"><v>4</v></c>') + '<row r="4"><c r="B4"><v>4</v></c></row>',
            "cell B4 stands twice",
            id="in two rows",
        ),
        pytest.param(
            _ROW.format('<c r="B3"><v>4</v></c>' * 2).replace("<c ", "<x:c "),
            "cell B3 stands twice",
            id="with a prefix",
        ),
        pytest.param(
            _ROW.format('<!-- --><c r="B3"><v>4</v><v>9</v></c>'), "two values", id="two values"
        ),
        pytest.param(
            _ROW.format('<c r="B3"><v>4</v><v>9</v></c>'),
            "two values",
            id="two values, and nothing else",
        ),
        pytest.param(
            _ROW.format('<c r="B3"><v>4</v> <f>9</f>\n<v>9</v></c>'),
            "two values",
            id="a formula between them",
        ),
        pytest.param(
            '<row r="3"><!-- --><c r="A4"/></row>', "A4 stands in row 3", id="of another row"
        ),
        pytest.param(
            _ROW.format('<c r="B4"><v>4</v></c>'),
            "cell B4 stands in row 3",
            id="of another row, and nothing else",
        ),
        pytest.param(
            _ROW.format('<c r="B3"><v>4</v></c>').replace('<row r="3"', '<row ht="9" r="5"'),
            "cell A3 stands in row 5",
            id="all cells of another row",
        ),
        pytest.param(
            _ROW.format('<c r="D2"><v>4</v></c>').replace("<c ", "<x:c "),
            "cell D2 stands in row 3",
            id="of the row before, with a prefix",
        ),
        pytest.param("<row/>" * 1_100_000, "beyond Excel's last", id="more rows than Excel has"),
        pytest.param(
            "<row>" + "<c/>" * 20_000 + "</row>", "beyond Excel's last", id="more columns"
        ),
    ],
)
def test_what_may_be_read_in_two_ways_is_not_read(rows: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match=why):
        tables(identify(dropped(tmp_path, xlsx(part(rows)), "marks.xlsx")))


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(_ROW.format('<c r="C3"/><c r="B3"><v>4</v></c>'), id="out of order"),
        pytest.param(
            '<row r="3"><c r="A3" t="inlineStr"><is><t>HOSTILE2</t></is></c>'
            '<c r="B3" t="inlineStr"><is><t>4</t></is></c>'
            '<c r="C3" t="inlineStr"><is><t>r="B3" r="B3" r="HELLO"</t></is></c></row>',
            id="a text that looks like it",
        ),
        pytest.param(_ROW.format('<c r="B3">\n<v>4</v>\n</c>'), id="in lines"),
    ],
)
def test_what_only_looks_so_is_read(row: str, tmp_path: Path) -> None:
    """That of another element too, behind the cells, which watches a cell."""
    sheet = part(row).replace(
        "</sheetData>", '</sheetData><cellWatches><cellWatch r="B3"/></cellWatches>'
    )
    (table,), _ = tables(identify(dropped(tmp_path, xlsx(sheet), "marks.xlsx")))
    assert table.cells.to_numpy().tolist()[2][:2] == ["HOSTILE2", "4"]


@pytest.mark.parametrize("name", ["sheet1", "SHEET1"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_not_read(name: str, tmp_path: Path) -> None:
    """Readers disagree about which of them counts, and about small and capital letters."""
    content = io.BytesIO(xlsx(part()))
    with zipfile.ZipFile(content, "a") as parts:
        parts.writestr(f"xl/worksheets/{name}.xml", part())
    with pytest.raises(SourceUnreadable, match="same name"):
        tables(identify(dropped(tmp_path, content.getvalue(), "marks.xlsx")))


def test_the_usual_is_plain_and_so_is_what_was_written_anew() -> None:
    usual = workbook({"A": [["Keycode", "Q1"], ["=B1", "x = 'y'"]]})
    assert all(_plain_parts(usual))
    odd = xlsx(part(_NO_PLACE.format("", "<c><f>A1='x'</f></c>")))
    assert not all(_plain_parts(odd))
    assert all(_plain_parts(with_plain_sheets(odd)))


def _plain_parts(content: bytes) -> list[bool]:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        return [is_plain(parts.read(name), is_sheet=True) for name in names]


def _with_part(content: bytes, sheet: bytes) -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    return changed.getvalue()
