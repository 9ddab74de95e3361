"""The page: whole, safe and fit for every reader; a browser looks at it too, where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import sample_data
from pipeline.account import Account
from pipeline.model import Ending
from pipeline.profile import Profile
from pipeline.report import as_page
from schemas.words import Outcome
from tests.report.html_page import Page
from tests.report.samples import OMR, WIDE
from tests.validate.prepared import Prepared, prepared, prepared_paths

_BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


@pytest.fixture(scope="module")
def came(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Two kinds, errors, warnings, an unreadable file; what was ready has ended in many ways."""
    came = prepared(tmp_path_factory.mktemp("page"), WIDE, OMR, b"")
    ends = iter([Outcome.ACCEPTED, Outcome.IN_DOUBT, Outcome.UNCHANGED])
    endings = tuple(
        Ending(end.submission, next(ends), "as it is", batch=1, attempts=1)
        if end.outcome is Outcome.READY
        else end
        for end in came.endings
    )
    return replace(came, endings=endings)


@pytest.fixture(scope="module")
def account(came: Prepared) -> Account:
    return came.account()


@pytest.fixture(scope="module")
def page(account: Account) -> Page:
    return Page(as_page.build_page(account))


def test_it_is_one_file_without_scripts_that_fetches_nothing(page: Page, account: Account) -> None:
    assert not page.all("script", "link", "img", "iframe", "object", "embed", "form", "base")
    for element in page.elements:
        names = element.attributes.keys()
        assert not {"src", "srcset", "action", "background"} & names, element.tag
        assert not [name for name in names if name.startswith("on")]
    assert all((link.attributes["href"] or "").startswith("#") for link in page.all("a"))
    (style,) = page.all("style")
    assert "url(" not in style.text
    assert "@import" not in style.text
    policies = [meta.attributes.get("content") for meta in page.all("meta")]
    assert "default-src 'none'; style-src 'unsafe-inline'" in policies


def test_its_links_lead_somewhere_and_no_name_comes_twice(page: Page) -> None:
    names = Counter(e.attributes["id"] for e in page.elements if e.attributes.get("id"))
    assert max(names.values()) == 1
    assert {(link.attributes["href"] or "")[1:] for link in page.all("a")} <= names.keys()


def test_a_screen_reader_finds_its_way(page: Page) -> None:
    (html,) = page.all("html")
    assert html.attributes["lang"] == "en"
    assert [len(page.all(tag)) for tag in ("header", "main", "footer", "nav", "h1")] == [1] * 5
    levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3")]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for table in page.all("table"):
        captions = [child for child in table.children if child.tag == "caption"]
        assert len(captions) == 1
        assert captions[0].text.strip()
    assert all(cell.attributes.get("scope") in {"col", "row"} for cell in page.all("th"))
    for picture in page.all("svg"):
        names = picture.attributes
        assert names.get("aria-hidden") == "true" or (
            names.get("role") == "img" and names["aria-label"]
        )
    labels = {e.attributes["aria-labelledby"] for e in page.all("section")}
    assert labels <= {e.attributes.get("id") for e in page.all("h2")}


def test_every_row_of_a_table_is_as_wide_as_its_head(page: Page) -> None:
    for table in page.tables():
        widths = {len(row) for row in (*table.head, *table.body, *table.foot)}
        assert len(widths) == 1, table.caption


def _colours(style: str, dark: bool) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[1 if dark else 0]))


def _contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_its_texts_stand_out(page: Page, dark: bool) -> None:
    colours = _colours(page.all("style")[0].text, dark)
    pairs = [("ink", "paper"), ("ink", "head"), ("soft", "paper"), ("link", "paper")]
    pairs += [(f"{tone}-ink", tone) for tone in ("good", "warn", "bad")]
    for text, ground in pairs:
        assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_it_says_first_what_became_of_the_run_and_then_what_to_do(
    page: Page, account: Account
) -> None:
    text = page.text
    assert account.verdict in text
    parts = [
        account.verdict,
        "What must be done",
        "Every submission ended",
        "By paper",
        "The balance",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_the_band_is_green_only_where_nothing_is_left(came: Prepared, tmp_path: Path) -> None:
    def bands(account: Account) -> list[str | None]:
        return [
            element.attributes.get("class")
            for element in Page(as_page.build_page(account)).all("div")
            if "band" in (element.attributes.get("class") or "")
        ]

    assert bands(came.account()) == ["band warn"]
    assert bands(prepared(tmp_path, "Keycode,Q1,Q2\nKEYCODE1,5,6\n").account()) == ["band good"]
    rejected = prepared(tmp_path, "").account()
    assert bands(rejected) == ["band bad"]
    assert not re.search(r'class="[^"]*\bgood\b', as_page.build_page(rejected).decode())


_HOSTILE = {
    "a tag": "<script>alert(1)</script>",
    "an attribute": '" onmouseover="alert(1)',
    "a template": "{{ 7*7 }}{% raw %}",
    "an entity": "&lt;b&gt;",
    "a style": "</style><b>",
    "directions": "abc\u202edef",
    "no text": "\ufffe\u0007",
    "half a character": "\ud800",
}


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE.keys())
def test_a_text_from_a_file_stays_text(text: str, account: Account, page: Page) -> None:
    reconciliation = account.reconciliation
    profile = Profile(text, None, text)
    hostile = replace(
        account,
        reconciliation=replace(
            reconciliation,
            run=replace(reconciliation.run, profile=profile),
            sources=tuple(replace(s, file=text, read_as=text) for s in reconciliation.sources),
        ),
        to_do=tuple(replace(part, file=text, message=text, to_do=text) for part in account.to_do),
        submissions=account.submissions.assign(
            keycode=text, candidate=text, reason=text, file=text
        ),
        findings=account.findings.assign(message=text, file=text),
    )
    content = as_page.build_page(hostile)
    shown = Page(content)
    assert not shown.all("script")
    assert len(shown.all("b")) == len(page.all("b"))
    assert not any(name.startswith("on") for e in shown.elements for name in e.attributes)
    assert not re.search("[\u202a-\u202e\ufffe\u0007]", content.decode())
    if text in {"<script>alert(1)</script>", "{{ 7*7 }}{% raw %}", "&lt;b&gt;"}:
        assert text in shown.text


@pytest.mark.skipif(_BROWSER is None, reason="no Chromium on this machine to look at the page with")
def test_a_browser_shows_it_and_prints_it_on_a4(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "reconciliation.html"
    path.write_bytes(as_page.build_page(account))
    command = [
        str(_BROWSER),
        "--headless",
        "--no-sandbox",  # of a page of our own; a container has none
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--enable-logging=stderr",
    ]

    def look(*options: str) -> str:
        done = subprocess.run(  # noqa: S603  # our own command
            [*command, *options, path.as_uri()],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        assert "CONSOLE" not in done.stderr, done.stderr
        return done.stdout

    seen = Page(look("--dump-dom").encode())
    assert account.verdict in seen.text
    look("--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}")
    sizes = set(re.findall(rb"/MediaBox \[([^\]]*)\]", (tmp_path / "page.pdf").read_bytes()))
    for size in sizes:
        assert [round(float(number)) for number in size.split()] == [0, 0, 595, 842]
    assert sizes


_MANY = 5_000
_MOST_BYTES = 3_000_000


@pytest.mark.long
def test_five_thousand_sessions_with_twenty_kinds_of_trouble(tmp_path: Path) -> None:
    """Short enough to open at once, and every column of its tables adds up."""
    rows = "".join(
        f"{n:05d}AAA,C{n % 40:02d},BIO-{n % 3},{n % 7},{n % 11 if n % 9 else 'x'},{n % 5}\n"
        for n in range(_MANY)
    )
    big = tmp_path / "big.csv"
    big.write_text(f"Keycode,Centre,Test,Q1,Q2,Q3\n{rows}")
    rules = Path(sample_data.__file__).parent / "rules"
    account = prepared_paths([big, *sorted(rules.iterdir())]).account()
    assert len(account.submissions) > _MANY
    assert account.findings["rule"].nunique() > 20
    content = as_page.build_page(account)
    assert len(content) < _MOST_BYTES
    page = Page(content)
    outcomes = page.table("Every submission ended in one of these outcomes")
    assert _sums(outcomes.body, range(1, 5)) == _sums(outcomes.foot, range(1, 5))
    for title in ("By paper", "By centre"):
        table = page.table(title)
        figures = range(1, len(table.head[0]) - 1)  # without the hash total
        assert _sums(table.body, figures) == _sums(table.foot, figures), title
    totals = account.reconciliation.totals
    balance = re.search(r"([\d ]+) rows read = ([\d ]+) used \+ ([\d ]+) set aside", page.text)
    assert balance is not None
    read, used, aside = (int(text.replace(" ", "")) for text in balance.groups())
    assert (read, read) == (totals.rows_read, used + aside)


def _sums(rows: list[list[str]], columns: range) -> list[float]:
    """The sum of each of these columns; a dash counts nothing."""
    return [
        sum(float(row[at].replace(" ", "").replace("\u2013", "0")) for row in rows)
        for at in columns
    ]
