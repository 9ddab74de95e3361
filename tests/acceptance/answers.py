"""The documents that Surpass answers with: envelopes, lists, sessions, results, test forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from tests.acceptance.model import OPEN, Paper, Place, Session, Shape, number_of
from tests.acceptance.request import MOST_A_PAGE, RefusedError, as_float, flag, paging

API = "/api/v2"


@dataclass(frozen=True, kw_only=True)
class Documents:
    """Documents of one Surpass: of this shape, at this address, in this time zone."""

    shape: Shape
    url: str
    zone: str

    def envelope(
        self, response: list[dict[str, object]], errors: object = None, **paging: object
    ) -> dict[str, object]:
        """What every answer to a GET comes in."""
        names = ("count", "top", "skip", "pageCount", "nextPageLink", "prevPageLink")
        return {
            **dict.fromkeys(names),
            **paging,
            "response": response,
            "errors": errors,
            "serverTimeZone": self.zone,
        }

    def written(self, session: Session | None, errors: object = None) -> dict[str, object]:
        """The answer to a POST: to which session it was."""
        known = self._reference(session) if session else dict.fromkeys(("id", "reference", "href"))
        return {**known, "errors": errors, "serverTimeZone": self.zone}

    def _href(self, kind: str, key: object) -> str:
        return f"{self.url}{API}/{kind}/{key}"

    def _reference(self, session: Session, kind: str = "TestSession") -> dict[str, object]:
        return {
            "id": session.id,
            "reference": session.keycode,
            "href": self._href(kind, session.id),
        }

    def page(self, matching: Sequence[Session], query: Mapping[str, str]) -> dict[str, object]:
        """The page of these sessions that the query asks for."""
        top, skip = paging(query)
        return self.envelope(
            [self._listed(session, query) for session in matching[skip : skip + top]],
            count=len(matching),
            top=top,
            skip=skip,
            pageCount=-(-len(matching) // top),
            nextPageLink=self._link(query, skip + top) if skip + top < len(matching) else None,
            prevPageLink=self._link(query, max(0, skip - top)) if skip else None,
        )

    def _link(self, query: Mapping[str, str], skip: int) -> str:
        pairs = {**query, "$top": query.get("$top", str(MOST_A_PAGE)), "$skip": str(skip)}
        text = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs.items())
        return f"{self.url}{API}/TestSession?{text}"

    def _listed(self, session: Session, query: Mapping[str, str]) -> dict[str, object]:
        listed = self._reference(session)
        if flag(query, "includeAdditionalInfo"):
            listed["candidate"] = self._person("Candidate", session.candidate)
            listed["centre"] = self._person("Centre", session.centre)
            listed["currentExamState"] = session.state
        if flag(query, "showTest"):
            listed["test"] = self._named("Test", session.paper.test)
        if flag(query, "showTestForm"):
            listed["testForm"] = self._named("TestForm", session.paper.form)
        if flag(query, "showMarkingProgress"):
            listed["awaitingMarkingSubmission"] = False
            listed["markingProgressPercent"] = 100 if session.stored else 0
        return listed

    def _person(self, kind: str, reference: str) -> dict[str, object]:
        number = number_of(reference)
        known: dict[str, object] = {"id": number, "href": self._href(kind, number)}
        return known | ({"reference": reference} if self.shape.lists_with_references else {})

    def _named(self, kind: str, reference: str) -> dict[str, object]:
        number = number_of(reference)
        return {
            "id": number,
            "reference": reference,
            "name": f"The {reference}",
            "href": self._href(kind, number),
        }

    def single(self, session: Session, query: Mapping[str, str]) -> dict[str, object]:
        """One session that is asked for by its key."""
        single = {
            **self._reference(session),
            "keycode": session.keycode,
            "testState": session.state,
            "test": self._named("Test", session.paper.test),
            "centre": self._named("Centre", session.centre),
            "candidate": self._named("Candidate", session.candidate),
            "testForm": self._named("TestForm", session.paper.form),
            "startDate": "02/11/2026",
            "endDate": "13/11/2026",
            "startTime": "0900",
            "endTime": "1700",
            "externalReference": "",
            "files": [],
            "voidReason": None,
        }
        if flag(query, "returnDownloadData"):
            single["downloads"] = []
        marked = bool(session.stored) or session.state != OPEN
        with_sections = self.shape.sections_before_marks or marked
        if flag(query, "returnAdditionalInformation") and with_sections:
            single |= self._marked(session)
        return single

    def result(self, session: Session, query: Mapping[str, str]) -> dict[str, object]:
        """What a session is once it is a result."""
        if not session.is_result:
            raise RefusedError(self.shape.unknown_status, 90005, "The result does not exist.")
        return {
            **self._reference(session, "Result"),
            "test": self._named("Test", session.paper.test),
            "centre": self._named("Centre", session.centre),
            "candidate": self._named("Candidate", session.candidate),
            "testForm": self._named("TestForm", session.paper.form),
            **self._marked(session, answers=flag(query, "showItemResponses")),
        }

    def _marked(self, session: Session, *, answers: bool = True) -> dict[str, object]:
        content = session.stored[-1] if session.stored else {}
        sections = []
        for at, (section, places) in enumerate(session.paper.places(self.shape), start=1):
            listed = [
                _item(f"{at}{nth:02d}", place, content.get(place.question_number or ""))
                for nth, place in enumerate(places, start=1)
            ]
            if not answers:
                for item in listed:
                    item.pop("candidateResponse", None)
            sections.append(
                {
                    "id": at,
                    "name": section.name,
                    "mark": float(sum(as_float(item["mark"]) for item in listed)),
                    "availableMarks": sum(item.maximum for item in section.items),
                    "items": listed,
                    "selected": section.selected,
                    "isSurveySection": section.survey,
                    "pass": False,
                    "passMark": 0.0,
                }
            )
        fields: dict[str, object] = {
            "availableMarks": sum(session.paper.wanted(self.shape).values()),
            "sections": sections,
        }
        if session.stored:
            fields["mark"] = sum(as_float(section["mark"]) for section in sections)
        return fields

    def test_form(self, paper: Paper, query: Mapping[str, str]) -> dict[str, object]:
        """A test form; with its items where they are asked for."""
        fields = {**self._named("TestForm", paper.form), "requiresModeration": False}
        if flag(query, "includeItems"):
            fields["sections"] = [
                {
                    "id": at,
                    "name": section.name,
                    "items": [
                        {"id": f"{at}{place:02d}", "surpassId": place, "nonScored": item.non_scored}
                        for place, item in enumerate(section.items, start=1)
                    ],
                }
                for at, section in enumerate(paper.sections, start=1)
            ]
        return fields


def _item(key: str, place: Place, value: object) -> dict[str, object]:
    """An item as a session lists it; both its marks are numbers, whether or not it has one."""
    item = place.item
    mark = float(value) if isinstance(value, int) else 0.0
    marks = {"mark": mark, "awardedMark": mark}
    marks[item.weighted] *= item.weight
    fields = {
        "id": key,
        "name": f"Item {key}",
        "version": 1,
        "displayNumber": place.display_number,
        "availableMarks": item.maximum,
        **marks,
        "type": item.type,
        "nonScored": item.non_scored,
        "surpassReference": f"item-{key}",
        "marker": "",
        "unit": "",
        "learningOutcome": "",
        "markingType": "Human",
        "itemSetId": 0,
        "markBreakdown": [],
    }
    return fields | ({"candidateResponse": {"Value": value}} if isinstance(value, str) else {})
