"""A paper as the office defines it, and which one is a session's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.surpass import Session
from schemas.words import Kind


@dataclass(frozen=True)
class Question:
    """One question, with what the definition says of it; None or empty where it says nothing."""

    row: int  # as in Excel
    maximum: float | None = None
    kind: Kind | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paper:
    """One test form's definition."""

    file: str  # as people find it: papers/BIO-P1.csv
    sheet: str
    columns: Mapping[str, str]  # from maximum, kind, …, to its column's letter
    questions: Mapping[str, Question]
    # For each version, in lower case: from the position in it to the paper's question.
    versions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Papers:
    """All definitions, by the reference that their file is named by."""

    by_reference: Mapping[str, Paper] = field(default_factory=dict)

    @property
    def with_versions(self) -> bool:
        """Whether any of them tells of versions."""
        return any(paper.versions for paper in self.by_reference.values())

    def of(self, session: Session) -> Paper | None:
        """The session's paper: its test form's, else its test's."""
        for link in (session.test_form, session.test):
            for name in (link.reference, link.name) if link is not None else ():
                if name and (paper := self.by_reference.get(file_name(name))):
                    return paper
        return None


NO_PAPERS = Papers()
"""An office that defines none."""


def file_name(reference: str) -> str:
    """A reference as a file can be named by it, in lower case: no system allows ``BIO/P1``."""
    return "".join("_" if sign in '\\/:*?"<>|' else sign for sign in reference.strip().casefold())


Sessions = Mapping[int, Session]
"""The sessions as Surpass describes them, by submission."""
