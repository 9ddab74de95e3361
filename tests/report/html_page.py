"""A page as its readers' programs see it: elements, tables, texts. Only the standard library."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "br", "link", "img", "rect", "line"}


@dataclass
class Element:
    """One element with its attributes and the text within."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    children: list[Element] = field(default_factory=list)


@dataclass(frozen=True)
class TableText:
    """A table's caption and the texts of its cells, by part."""

    caption: str
    head: list[list[str]]
    body: list[list[str]]
    foot: list[list[str]]


class Page(HTMLParser):
    """A page, read whole. AssertionError where an element is not closed where it should be."""

    def __init__(self, content: bytes) -> None:
        """Read it."""
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(content.decode())
        self.close()
        assert not self._open, [element.tag for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open it."""
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if self._open:
            self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One without content."""
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        self._open[-1].children.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        if tag in _VOID:
            return
        assert self._open, tag
        assert self._open[-1].tag == tag, (self._open[-1].tag, tag, self.getpos())
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """A text belongs to all that is open."""
        for element in self._open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        """The elements with one of these tags, in the page's order."""
        return [element for element in self.elements if element.tag in tags]

    def tables(self) -> list[TableText]:
        """All tables."""
        return [_table(element) for element in self.all("table")]

    def table(self, caption: str) -> TableText:
        """The table with this caption."""
        (found,) = (table for table in self.tables() if table.caption == caption)
        return found

    @property
    def text(self) -> str:
        """All that is to be read, spaces as one."""
        (body,) = self.all("body")
        return " ".join(body.text.split())


def _table(element: Element) -> TableText:
    parts: dict[str, list[list[str]]] = {"thead": [], "tbody": [], "tfoot": []}
    caption = ""
    for child in element.children:
        if child.tag == "caption":
            caption = " ".join(child.text.split())
        for row in child.children if child.tag in parts else ():
            parts[child.tag].append([" ".join(cell.text.split()) for cell in row.children])
    return TableText(caption, parts["thead"], parts["tbody"], parts["tfoot"])
