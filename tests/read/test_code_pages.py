"""Code pages of older programs: which a text looks like, of a few names."""

from __future__ import annotations

import pytest

from pipeline.errors import SourceUnreadable
from pipeline.read.code_pages import likely_pages
from pipeline.read.encoding import decoded

_NAMES = {
    "cp1251": ("Иванова Мария;Петров Пётр", "Windows-1251 (Cyrillic)"),
    "koi8_r": ("Иванова Мария;Петров Пётр", "KOI8-R (Cyrillic)"),
    "cp1253": ("Παπαδόπουλος Γιώργος", "Windows-1253 (Greek)"),
    "cp1255": ("דוד כהן;שרה לוי", "Windows-1255 (Hebrew)"),
    "cp1256": ("محمد علي;فاطمة حسن", "Windows-1256 (Arabic)"),
    "gbk": ("张伟;李小龙", "GBK (Chinese)"),
    "big5": ("張偉;李娜", "Big5 (Chinese)"),
    "cp932": ("山田太郎;鈴木花子;田中さくら", "Shift-JIS (Japanese)"),
    "euc_jp": ("山田太郎;鈴木花子;田中さくら", "EUC-JP (Japanese)"),
    "euc_kr": ("김민준;이서연", "EUC-KR (Korean)"),
    "cp1250": ("Łukasz Żółć;Małgorzata Świątek", "Windows-1250 (Central European)"),
}


@pytest.mark.parametrize("page", _NAMES)
def test_a_few_names_tell_what_it_looks_like(page: str) -> None:
    names, title = _NAMES[page]
    content = f"Keycode;Name;Q1\nQUIET0AA;{names};5\n".encode(page)
    assert title in likely_pages(content)
    assert len(likely_pages(content)) <= 3


@pytest.mark.parametrize(
    "names",
    [
        "Jürgen Müller;Björn Weiß;Prüfungsnummer",
        "Hélène Lefèvre;François Noël;été;à;déçu",
        "Søren Østergård;Ærø;Åsa Öberg",
        "João Conceição;Muñoz Ibáñez",
        "O\u2019Brien;\u201cgood\u201d \u2013 see p\u2026;paid £5;5½",
        "½",
        "plain",
    ],
)
def test_western_names_are_nothing_else(names: str) -> None:
    assert likely_pages(f"Keycode;Name\nQUIET0AA;{names}\n".encode("cp1252")) == ()


def test_what_is_no_windows_1252_at_all_is_refused_with_what_it_looks_like() -> None:
    with pytest.raises(SourceUnreadable, match=r"looks like Shift-JIS .*: save it as 'CSV UTF-8'"):
        decoded("Student ID,氏名,Q1\nS0000,山田ソ能,1\n".encode("cp932"), None)
