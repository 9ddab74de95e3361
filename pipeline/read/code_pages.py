"""Code pages of the world's older programs: which a text may be in that is no UTF-8.

The bytes of such a text fit many pages, and a few names prove none. So nothing is read by what is
found here: it is told, and what would change by it is not used.

    "Иванова" of Windows-1251, read as Windows-1252: "Èâàíîâà"   ▶   Windows-1251 (Cyrillic)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

# The scripts of which the letters of a text are, by the first words of their Unicode names; of two
# bytes a letter, the first bytes of the common ones.
_PAGES: dict[str, tuple[str, tuple[str, ...], range]] = {
    "cp1251": ("Windows-1251 (Cyrillic)", ("CYRILLIC",), range(0)),
    "cp1253": ("Windows-1253 (Greek)", ("GREEK",), range(0)),
    "cp1255": ("Windows-1255 (Hebrew)", ("HEBREW",), range(0)),
    "koi8_r": ("KOI8-R (Cyrillic)", ("CYRILLIC",), range(0)),
    "cp1256": ("Windows-1256 (Arabic)", ("ARABIC",), range(0)),
    "euc_kr": ("EUC-KR (Korean)", ("HANGUL",), range(0xB0, 0xC9)),
    "gbk": ("GBK (Chinese)", ("CJK",), range(0xB0, 0xD8)),
    "big5": ("Big5 (Chinese)", ("CJK",), range(0xA4, 0xC7)),
    "cp932": ("Shift-JIS (Japanese)", ("CJK", "HIRAGANA", "KATAKANA"), range(0x81, 0x99)),
    "euc_jp": ("EUC-JP (Japanese)", ("CJK", "HIRAGANA", "KATAKANA"), range(0xA4, 0xD0)),
}
_CENTRAL_EUROPEAN = "Windows-1250 (Central European)"
_WORD = re.compile(rb'[^\s,;"]*[\x80-\xff][^\s,;"]*')
_LOOKED_AT = 2000  # words
_NEARLY_ALL, _MOST = 0.9, 0.5
_WESTERN_SHARE = 2 / 3  # of a word's letters, at most, that have an accent: \u00e9t\u00e9
# Signs of Windows-1252 that are letters in Windows-1250, beside a letter.
_LETTERS_ELSEWHERE = re.compile(
    r"[^\W\d_][\u00a5\u00b3\u00b9\u00bc\u00be\u00bf\u00a3\u00af\u00aa\u00ba]"
    r"|[\u00a3\u00a5\u00af\u00aa\u00bc\u00be\u00bf\u00b3\u00b9][^\W\d_]"
)
_SEVERAL, _MOST_NAMED = 2, 3
_NEAR = 0.05  # pages of which none fits much better


def likely_pages(content: bytes) -> tuple[str, ...]:
    """Which code pages the text looks like; none where it looks like Windows-1252."""
    words = [found[0] for found in islice(_WORD.finditer(content), _LOOKED_AT)]
    western = [word.decode("cp1252", errors="replace") for word in words]
    telling = [word for word in western if sum(map(str.isascii, word)) <= len(word) - _SEVERAL]
    if sum(map(_looks_western, telling)) >= _MOST * len(telling):
        odd = sum(_LETTERS_ELSEWHERE.search(word) is not None for word in western)
        return (_CENTRAL_EUROPEAN,) if odd >= _SEVERAL else ()
    fitting = {page: found for page in _PAGES if (found := _fitness(words, page)) > 0}
    best = max(fitting.values(), default=0)
    near = [_PAGES[page][0] for page, found in fitting.items() if found >= best - _NEAR]
    return tuple(near[:_MOST_NAMED])


def _looks_western(word: str) -> bool:
    """Whether it may be a word of a Western language: most of its letters are plain ones."""
    accented = sum(not sign.isascii() and sign.isalpha() for sign in word)
    signs = sum(not sign.isascii() and not sign.isalpha() for sign in word)
    plain = sum(sign.isascii() and sign.isalpha() for sign in word)
    return accented <= _WESTERN_SHARE * (accented + plain) and signs <= max(1, plain // 2)


def _fitness(words: Iterable[bytes], page: str) -> float:
    """How well the words fit the page, to 1; 0 where they do not.

    Nearly all letters are of its scripts, and most of them are common.
    """
    _, scripts, common = _PAGES[page]
    try:
        texts = [word.decode(page) for word in words]
    except UnicodeDecodeError:
        return 0
    signs = [sign for text in texts for sign in text if not sign.isascii()]
    of_scripts = sum(unicodedata.name(sign, "").startswith(scripts) for sign in signs)
    written = sum(text.istitle() or text.islower() or text.isupper() for text in texts)
    has_case = any(sign.lower() != sign.upper() for sign in signs)
    # The letters of one Cyrillic page are others in the next, great ones and small ones mixed.
    well_written = not has_case or written >= _NEARLY_ALL * len(texts)
    if of_scripts < _NEARLY_ALL * len(signs) or not well_written:
        return 0
    return sum(not common or sign.encode(page)[0] in common for sign in signs) / len(signs)
