"""doctor --session: lists, results, and keycodes that nobody has."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.doctor import Verdict
from tests.doctor.surpass_answers import LISTED, MARKED, REFUSED, Case, body, check, session
from tests.serving import reply

RESULTS = {
    "no-result-yet": Case(what="results", expected="call is there"),
    "none-by-400": Case(what="results", changes={"result": REFUSED}, expected="HTTP 400"),
    "result": Case(
        what="results", changes={"result": reply(body(session()))}, expected="can be read"
    ),
    "forbidden": Case(
        what="results",
        changes={"result": reply("", status=403)},
        verdict=Verdict.WARNING,
        expected="no permission",
    ),
    "a-page": Case(
        what="results",
        changes={"result": reply("<html>", status=404)},
        verdict=Verdict.WARNING,
        expected="not one of the",
    ),
    "not-surpasss-own-json": Case(
        what="results",
        changes={"result": reply({"detail": "x"}, status=404)},
        verdict=Verdict.WARNING,
        expected="not one of the",
    ),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results(tmp_path: Path, name: str) -> None:
    check(tmp_path, RESULTS[name])


LISTS = {
    "by-name": Case(what="state filter", expected="By name it works, by number it is refused"),
    "by-number": Case(
        what="state filter",
        changes={
            "by name": reply(body(count=0)),
            "by number": reply(body(LISTED, count=1)),
        },
        expected="By name it finds nothing, by number it works",
    ),
    "by-neither": Case(
        what="state filter",
        changes={"by name": REFUSED, "by number": reply(body(MARKED, LISTED, count=9))},
        verdict=Verdict.WARNING,
        expected="By name it is refused, by number it is ignored",
    ),
    "all-wait": Case(
        what="state filter",
        changes={"by name": reply(body(LISTED, count=9))},
        verdict=Verdict.WARNING,
        expected="cannot be told",
    ),
    "list": Case(
        what="list", expected="its reference is the keycode, it bears candidate.reference"
    ),
    "list-without-references": Case(
        what="list",
        changes={
            "by name": reply(body(LISTED | {"reference": "TS-7", "candidate": {"id": 3}})),
            "by keycode": REFUSED,
        },
        expected="keycode is refused; an entry: its reference is NOT the keycode, "
        "so each session is read by its id, it bears no candidate.reference",
    ),
    "in-no-list": Case(
        what="list",
        changes={"by name": REFUSED, "by keycode": reply(body(MARKED, count=9))},
        verdict=Verdict.WARNING,
        expected="is ignored; the session stands in no list",
    ),
    "next-page-elsewhere": Case(
        what="list",
        changes={"all": reply(body(MARKED, count=9, nextPageLink="https://elsewhere.example/x"))},
        verdict=Verdict.WARNING,
        expected="on another host",
    ),
    "next-page-by-another-scheme": Case(
        what="list",
        changes={"all": reply(body(MARKED, count=9, nextPageLink="https://127.0.0.1/x"))},
        expected="same host by another address",
    ),
    "404": Case(what="unknown keycodes", expected="HTTP 404, with errors"),
    "400": Case(what="unknown keycodes", changes={"unknown": REFUSED}, expected="HTTP 400"),
    "500": Case(
        what="unknown keycodes",
        changes={"unknown": reply("", status=500)},
        verdict=Verdict.WARNING,
        expected="HTTP 500, without errors",
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_and_unknown_keycodes(tmp_path: Path, name: str) -> None:
    check(tmp_path, LISTS[name])
