"""doctor --session: lists, results, and keycodes that nobody has."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.doctor import Verdict
from tests.doctor.surpass_answers import LISTED, MARKED, REFUSED, Case, body, check, session
from tests.serving import reply


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(what="results", changes={}, verdict=Verdict.OK, expected="call is there"),
            id="no-result-yet",
        ),
        pytest.param(
            Case(
                what="results", changes={"result": REFUSED}, verdict=Verdict.OK, expected="HTTP 400"
            ),
            id="none-by-400",
        ),
        pytest.param(
            Case(
                what="results",
                changes={"result": reply(body(session()))},
                verdict=Verdict.OK,
                expected="can be read",
            ),
            id="result",
        ),
        pytest.param(
            Case(
                what="results",
                changes={"result": reply("", status=403)},
                verdict=Verdict.WARNING,
                expected="no permission",
            ),
            id="forbidden",
        ),
        pytest.param(
            Case(
                what="results",
                changes={"result": reply("<html>", status=404)},
                verdict=Verdict.WARNING,
                expected="not one of the",
            ),
            id="a-page",
        ),
        pytest.param(
            Case(
                what="results",
                changes={"result": reply({"detail": "x"}, status=404)},
                verdict=Verdict.WARNING,
                expected="not one of the",
            ),
            id="not-surpasss-own-json",
        ),
    ],
)
def test_results(tmp_path: Path, case: Case) -> None:
    check(tmp_path, case)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(
                what="state filter",
                changes={},
                verdict=Verdict.OK,
                expected="By name it works, by number it is refused",
            ),
            id="by-name",
        ),
        pytest.param(
            Case(
                what="state filter",
                changes={
                    "by name": reply(body(count=0)),
                    "by number": reply(body(LISTED, count=1)),
                },
                verdict=Verdict.OK,
                expected="By name it finds nothing, by number it works",
            ),
            id="by-number",
        ),
        pytest.param(
            Case(
                what="state filter",
                changes={"by name": REFUSED, "by number": reply(body(MARKED, LISTED, count=9))},
                verdict=Verdict.WARNING,
                expected="By name it is refused, by number it is ignored",
            ),
            id="by-neither",
        ),
        pytest.param(
            Case(
                what="state filter",
                changes={"by name": reply(body(LISTED, count=9))},
                verdict=Verdict.WARNING,
                expected="cannot be told",
            ),
            id="all-wait",
        ),
        pytest.param(
            Case(
                what="list",
                changes={},
                verdict=Verdict.OK,
                expected="its reference is the keycode, it bears candidate.reference",
            ),
            id="list",
        ),
        pytest.param(
            Case(
                what="list",
                changes={
                    "by name": reply(body(LISTED | {"reference": "TS-7", "candidate": {"id": 3}})),
                    "by keycode": REFUSED,
                },
                verdict=Verdict.OK,
                expected="keycode is refused; an entry: its reference is NOT the keycode, "
                "so each session is read by its id, it bears no candidate.reference",
            ),
            id="list-without-references",
        ),
        pytest.param(
            Case(
                what="list",
                changes={"by name": REFUSED, "by keycode": reply(body(MARKED, count=9))},
                verdict=Verdict.WARNING,
                expected="is ignored; the session stands in no list",
            ),
            id="in-no-list",
        ),
        pytest.param(
            Case(
                what="list",
                changes={
                    "all": reply(body(MARKED, count=9, nextPageLink="https://elsewhere.example/x"))
                },
                verdict=Verdict.WARNING,
                expected="on another host",
            ),
            id="next-page-elsewhere",
        ),
        pytest.param(
            Case(
                what="list",
                changes={"all": reply(body(MARKED, count=9, nextPageLink="https://127.0.0.1/x"))},
                verdict=Verdict.OK,
                expected="same host by another address",
            ),
            id="next-page-by-another-scheme",
        ),
        pytest.param(
            Case(
                what="unknown keycodes",
                changes={},
                verdict=Verdict.OK,
                expected="HTTP 404, with errors",
            ),
            id="404",
        ),
        pytest.param(
            Case(
                what="unknown keycodes",
                changes={"unknown": REFUSED},
                verdict=Verdict.OK,
                expected="HTTP 400",
            ),
            id="400",
        ),
        pytest.param(
            Case(
                what="unknown keycodes",
                changes={"unknown": reply("", status=500)},
                verdict=Verdict.WARNING,
                expected="HTTP 500, without errors",
            ),
            id="500",
        ),
    ],
)
def test_lists_and_unknown_keycodes(tmp_path: Path, case: Case) -> None:
    check(tmp_path, case)
