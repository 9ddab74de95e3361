"""Requests to the second server, as a client sends them, and what it answered."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.acceptance.documented import Service
from tests.acceptance.model import (
    PostFault,
    Session,
    Shape,
)
from tests.acceptance.server import BASIC

DATE = "?completionDate=2026-11-23T10:00:00"
MARKS = [{"questionNumber": str(at), "mark": mark} for at, mark in enumerate((5, 0, None, 3, 6), 1)]
ITEMS = "?returnAdditionalInformation=true"


@dataclass(frozen=True)
class Answered:
    status: int
    body: Any
    kind: str

    @property
    def only(self) -> Any:
        (element,) = self.body["response"]
        return element

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for section in self.only["sections"] for item in section["items"]]


def ask(
    service: Service,
    method: str,
    path: str,
    body: object = None,
    *,
    authorization: str = BASIC,
) -> Answered:
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=10)
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body)
    try:
        connection.request(method, f"/api/v2/{path}", content, headers)
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    kind = response.headers["Content-Type"].partition(";")[0]
    document = json.loads(text) if kind == "application/json" else text
    return Answered(response.status, document, kind)


def get_from(service: Service, path: str) -> Answered:
    return ask(service, "GET", path)


def post_to(service: Service, keycode: str, body: object = None) -> Answered:
    path = f"TestSession/{keycode}/ItemMarks/{DATE}"
    return ask(service, "POST", path, MARKS if body is None else body)


def new_service(
    shape: Shape | None = None, faults: Mapping[str, PostFault] | None = None, late_s: float = 0.1
) -> Service:
    return Service([Session("OPEN0001", "00042")], shape, faults=faults, late_s=late_s)
