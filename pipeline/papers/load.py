"""Read the office's paper definitions: any kind of file that marks can come in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pipeline.errors import PaperError, SourceUnreadable
from pipeline.model import Table, cell_column
from pipeline.papers.paper import Paper, Papers, Question, file_name
from pipeline.read import identify, tables
from schemas.layout import fold
from schemas.words import Kind

_ENDINGS = {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
_HEADINGS = {
    "question": {"question", "question number", "question no", "qn", "q", "item"},
    "maximum": {"maximum", "max", "maximum mark", "max mark", "available marks"},
    "kind": {"kind"},
    "options": {"options"},
    "version": {"version", "paper version"},
    "position": {"position"},
}
_HEADING_WITHIN = 10  # rows from the top
_KINDS = {
    Kind.MARKS: {"mark", "marks", "written"},
    Kind.RESPONSES: {"response", "responses", "answer", "answers", "multiple choice", "mc", "mcq"},
}
_QUESTION = re.compile(r"(?:q|qn|question|item)?[ ._-]*0*([0-9].*)", re.IGNORECASE)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MAX_LISTED = 5  # wrong cells named in one message

_T = TypeVar("_T")


def load_papers(folder: Path) -> Papers:
    """Load every definition in the folder. PaperError names each cell that is wrong."""
    papers: dict[str, Paper] = {}
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() in _ENDINGS and not path.name.startswith(("~$", ".")):
            reference = file_name(path.stem)
            paper = _paper(path, f"{folder.name}/{path.name}")
            if reference in papers:
                raise PaperError(
                    f"{paper.file} and {papers[reference].file} define one paper: keep one of them"
                )
            papers[reference] = paper
    return Papers(papers)


def _paper(path: Path, name: str) -> Paper:
    try:
        sheets, _ = tables(identify(path, name))
    except SourceUnreadable as error:
        raise PaperError(f"paper definition {name} cannot be read: {error}") from error
    headed = [(sheet, head) for sheet in sheets if (head := _head(sheet)) is not None]
    if len(headed) != 1:
        many = "more than one sheet has a" if headed else "there is no"
        raise PaperError(
            f"paper definition {name}: {many} row of headings such as Question, Maximum"
        )
    sheet, (row, columns) = headed[0]
    return _Reading(name, sheet, row, columns).paper()


def _head(sheet: Table) -> tuple[int, dict[str, int]] | None:
    """The row of headings, from 0, and the columns that it names."""
    for row, cells in enumerate(sheet.cells.head(_HEADING_WITHIN).itertuples(index=False)):
        folded = [fold(str(cell)).rstrip(".") for cell in cells]
        columns = {
            name: at
            for name, headings in _HEADINGS.items()
            for at, text in reversed([*enumerate(folded)])
            if text in headings
        }
        if "question" in columns and len(columns) > 1:
            return row, columns
    return None


@dataclass
class _Reading:
    """One definition while it is read; what is wrong is gathered, to be told together."""

    name: str
    sheet: Table
    head: int
    columns: Mapping[str, int]
    wrong: list[str] = field(default_factory=list)

    def paper(self) -> Paper:
        """The definition, or PaperError."""
        questions: dict[str, Question] = {}
        versions: dict[str, dict[str, str]] = {}
        for row, cells in self.sheet.cells.iloc[self.head + 1 :].iterrows():
            cells_by_name = {name: str(cells[at]).strip() for name, at in self.columns.items()}
            if any(cells_by_name.values()):
                self._read_row(int(str(row)) + 1, cells_by_name, questions, versions)
        if not questions and not self.wrong:
            self._complain(self.head + 1, "question", "there is no question below it")
        if self.wrong:
            more = [f"and {len(self.wrong) - _MAX_LISTED} more"] if self.wrong[_MAX_LISTED:] else []
            raise PaperError("\n".join([*self.wrong[:_MAX_LISTED], *more]))
        letters = {name: cell_column(at) for name, at in self.columns.items()}
        return Paper(self.name, self.sheet.sheet, letters, questions, versions)

    def _read_row(
        self,
        row: int,
        cells_by_name: Mapping[str, str],
        questions: dict[str, Question],
        versions: dict[str, dict[str, str]],
    ) -> None:
        number = question_number(cells_by_name["question"])
        if not number:
            self._complain(row, "question", "there is no question number")
            return
        new = Question(
            row,
            self._read(row, cells_by_name, "maximum", _maximum, "is no maximum: write a number"),
            self._read(row, cells_by_name, "kind", _kind, "is no kind: write marks or responses"),
            self._read(row, cells_by_name, "options", _options, "are no options: write A-D") or (),
        )
        version = cells_by_name.get("version", "").casefold()
        known = questions.get(number)
        if known is None:
            questions[number] = new
        elif not version:
            self._complain(row, "question", f"question {number} stands in row {known.row} already")
        else:
            self._agree(row, number, known, new)
        if version:
            self._place(row, cells_by_name, version, number, versions)
        elif cells_by_name.get("position"):
            self._complain(row, "position", "there is a position, but no version")

    def _place(
        self,
        row: int,
        cells_by_name: Mapping[str, str],
        version: str,
        number: str,
        versions: dict[str, dict[str, str]],
    ) -> None:
        """Where a version has a question; in its own place where no position is told."""
        position = question_number(cells_by_name.get("position", "")) or number
        positions = versions.setdefault(version, {})
        column = "position" if "position" in self.columns else "question"
        if position in positions:
            self._complain(
                row, column, f"version {cells_by_name['version']} has two questions at {position}"
            )
        elif number in positions.values():
            self._complain(
                row, "question", f"version {cells_by_name['version']} has question {number} twice"
            )
        positions[position] = number

    def _agree(self, row: int, number: str, known: Question, new: Question) -> None:
        for name in ("maximum", "kind", "options"):
            before, now = getattr(known, name), getattr(new, name)
            if now and before and before != now:
                self._complain(
                    row, name, f"question {number} has another {name} in row {known.row}"
                )

    def _read(
        self,
        row: int,
        cells_by_name: Mapping[str, str],
        name: str,
        read: Callable[[str], _T | None],
        otherwise: str,
    ) -> _T | None:
        text = cells_by_name.get(name, "")
        value = read(text) if text else None
        if text and value is None:
            self._complain(row, name, f"'{text}' {otherwise}")
        return value

    def _complain(self, row: int, name: str, what: str) -> None:
        place = [self.name, self.sheet.sheet, f"{cell_column(self.columns[name])}{row}"]
        self.wrong.append(f"paper definition {', '.join(filter(None, place))}: {what}")


def question_number(text: str) -> str:
    """A question as entries have it: ``Q01`` is 1."""
    match = _QUESTION.fullmatch(text.strip())
    return match[1].strip() if match else text.strip()


def _maximum(text: str) -> float | None:
    plain = text.replace(",", ".")
    return float(plain) if re.fullmatch(r"[0-9]{1,6}([.][0-9]{1,3})?", plain) else None


def _kind(text: str) -> Kind | None:
    return next((kind for kind, words in _KINDS.items() if fold(text) in words), None)


def _options(text: str) -> tuple[str, ...] | None:
    """``A-D``, ``ABCD``, ``A, B, C, D``, ``1-4`` or how many there are: 4."""
    text = text.upper().replace("\N{EN DASH}", "-").replace(" ", "")
    if match := re.fullmatch(r"([A-Z])-([A-Z])", text):
        return _between(_LETTERS, match[1], match[2])
    if match := re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})", text):
        return _between([str(number) for number in range(100)], match[1], match[2])
    if re.fullmatch(r"[0-9]{1,2}", text):
        return tuple(_LETTERS[: int(text)]) if 2 <= int(text) <= len(_LETTERS) else None
    parts = tuple(text) if text.isalpha() else tuple(re.split("[,;/|]", text))
    right = all(re.fullmatch("[A-Z]|[0-9]{1,2}", part) for part in parts)
    return parts if right and len(set(parts)) == len(parts) > 1 else None


def _between(signs: Sequence[str], first: str, last: str) -> tuple[str, ...] | None:
    begin, end = signs.index(first), signs.index(last)
    return tuple(signs[begin : end + 1]) if begin < end else None
