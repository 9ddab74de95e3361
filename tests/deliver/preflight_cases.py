"""What the check finds between a file and the sessions of a sandbox, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.sandbox import SandboxSession
from schemas.states import TestState
from tests.deliver.checking import CANDIDATES, OMR, PAPER, WIDE, Finding, paper


@dataclass(frozen=True, kw_only=True)
class Case:
    file: str
    sessions: Sequence[SandboxSession]
    found: Sequence[Finding] = ()
    outcome: Mapping[str, str]  # of each session; `open` goes on to be sent


CASES = {
    "all is right": Case(
        file=WIDE + "AAAAAAA2,5,3,1\nBBBBBBB2,0,NA,0\n",
        sessions=[paper("AAAAAAA2"), paper("BBBBBBB2")],
        outcome={"AAAAAAA2": "open", "BBBBBBB2": "open"},
    ),
    "all is right, with answers": Case(
        file=OMR + '"a","b","c","0","AAAAAAA2","A","","C"\n',
        sessions=[paper("AAAAAAA2")],
        outcome={"AAAAAAA2": "open"},
    ),
    "a session that tells no questions": Case(
        file=WIDE + "AAAAAAA2,99,3,1\n",
        sessions=[paper("AAAAAAA2", {})],
        outcome={"AAAAAAA2": "open"},
    ),
    "session-unknown": Case(
        file=WIDE + "AAAAAAA2,5,3,1\nB0BBBBB2,5,3,1\n",
        sessions=[paper("AAAAAAA2")],
        found=[("session-unknown", "A3", "B0BBBBB2", "")],
        outcome={"AAAAAAA2": "open", "B0BBBBB2": "not_open"},
    ),
    "session-not-open": Case(
        file=WIDE + "AAAAAAA2,5,3,1\nBBBBBBB2,5,3,1\n",
        sessions=[paper("AAAAAAA2"), paper("BBBBBBB2", state=TestState.MARKED)],
        found=[("session-not-open", "A3", "BBBBBBB2", "")],
        outcome={"AAAAAAA2": "open", "BBBBBBB2": "not_open"},
    ),
    "not open, so its marks are not looked at": Case(
        file=WIDE + "BBBBBBB2,9,9,9\n",
        sessions=[paper("BBBBBBB2", {"7": 1}, state=TestState.READY)],
        found=[("session-not-open", "A2", "BBBBBBB2", "")],
        outcome={"BBBBBBB2": "not_open"},
    ),
    "question-unknown": Case(
        file=WIDE + "AAAAAAA2,5,3,1\nBBBBBBB2,5,3,1\n",
        sessions=[paper("AAAAAAA2"), paper("BBBBBBB2", {"1": 5, "2": 3})],
        found=[("question-unknown", "D3", "BBBBBBB2", "3")],
        outcome={"AAAAAAA2": "open", "BBBBBBB2": "invalid"},
    ),
    "question-unknown, with answers": Case(
        file=OMR + '"a","b","c","0","AAAAAAA2","A","B","C"\n',
        sessions=[paper("AAAAAAA2", {"1": 1, "3": 1})],
        found=[("question-unknown", "G2", "AAAAAAA2", "2")],
        outcome={"AAAAAAA2": "invalid"},
    ),
    "questions-missing": Case(
        file=WIDE + "AAAAAAA2,5,3,1\nBBBBBBB2,5,3,1\n",
        sessions=[paper("AAAAAAA2"), paper("BBBBBBB2", PAPER | {"4": 2, "5": 2})],
        found=[("questions-missing", "A3", "BBBBBBB2", "")],
        outcome={"AAAAAAA2": "open", "BBBBBBB2": "invalid"},
    ),
    "mark-over-maximum": Case(
        file=WIDE + "AAAAAAA2,5,3,1\nBBBBBBB2,6,3,2\n",
        sessions=[paper("AAAAAAA2"), paper("BBBBBBB2")],
        found=[
            ("mark-over-maximum", "B3", "BBBBBBB2", "1"),
            ("mark-over-maximum", "D3", "BBBBBBB2", "3"),
        ],
        outcome={"AAAAAAA2": "open", "BBBBBBB2": "invalid"},
    ),
    "not attempted is over no maximum": Case(
        file=WIDE + "AAAAAAA2,NA,NA,NA\n",
        sessions=[paper("AAAAAAA2")],
        outcome={"AAAAAAA2": "open"},
    ),
    "candidate-differs": Case(
        file=CANDIDATES + "AAAAAAA2,0012,5,3,1\nBBBBBBB2,0014,5,3,1\nCCCCCCC2,0013,5,3,1\n"
        "DDDDDDD2,15,5,3,1\nEEEEEEE2,,5,3,1\n",
        sessions=[
            paper(f"{sign * 7}2", candidate_reference=f"00{number}")
            for number, sign in enumerate("ABCDE", start=12)
        ],
        found=[
            ("candidate-differs", "A3", "BBBBBBB2", ""),
            ("candidate-differs", "A4", "CCCCCCC2", ""),
        ],
        outcome={
            "AAAAAAA2": "open",
            "BBBBBBB2": "held",
            "CCCCCCC2": "held",
            "DDDDDDD2": "open",
            "EEEEEEE2": "open",
        },
    ),
    "candidates by name are no references": Case(
        file=CANDIDATES + "AAAAAAA2,Ann Lee,5,3,1\nBBBBBBB2,Bo Ray,5,3,1\nCCCCCCC2,Cy Orr,5,3,1\n",
        sessions=[
            paper(f"{sign * 7}2", candidate_reference=f"00{number}")
            for number, sign in enumerate("ABC", start=12)
        ],
        outcome={"AAAAAAA2": "open", "BBBBBBB2": "open", "CCCCCCC2": "open"},
    ),
    "everything at once": Case(
        file=WIDE + "AAAAAAA2,6,3,1\n",
        sessions=[paper("AAAAAAA2", {"1": 5, "2": 3, "9": 1})],
        found=[
            ("mark-over-maximum", "B2", "AAAAAAA2", "1"),
            ("question-unknown", "D2", "AAAAAAA2", "3"),
            ("questions-missing", "A2", "AAAAAAA2", ""),
        ],
        outcome={"AAAAAAA2": "invalid"},
    ),
    "questions-fewer-than-others": Case(
        file="Keycode,Question,Mark\n"
        + "".join(f"AAAAAA{n}2,{q},1\n" for n in range(5) for q in (1, 2, 3) if (n, q) != (4, 2)),
        sessions=[paper(f"AAAAAA{n}2", {}) for n in range(5)],
        found=[("questions-fewer-than-others", "A14", "AAAAAA42", "")],
        outcome={**{f"AAAAAA{n}2": "open" for n in range(4)}, "AAAAAA42": "held"},
    ),
    "fewer than others, but of another paper": Case(
        file="Keycode,Question,Mark\n"
        + "".join(f"AAAAAA{n}2,{q},1\n" for n in range(5) for q in (1, 2, 3) if (n, q) != (4, 2)),
        sessions=[paper(f"AAAAAA{n}2", {}, test_form_reference=f"FORM-{n == 4}") for n in range(5)],
        outcome={f"AAAAAA{n}2": "open" for n in range(5)},
    ),
    "too few to say what nearly all have": Case(
        file="Keycode,Question,Mark\n"
        + "".join(f"AAAAAA{n}2,{q},1\n" for n in range(4) for q in (1, 2, 3) if (n, q) != (3, 2)),
        sessions=[paper(f"AAAAAA{n}2", {}) for n in range(4)],
        outcome={f"AAAAAA{n}2": "open" for n in range(4)},
    ),
    "a question that only some have is no rule": Case(
        file="Keycode,Question,Mark\n"
        + "".join(f"AAAAAA{n}2,{q},1\n" for n in range(6) for q in (1, 2, 3) if q < 3 or n < 4),
        sessions=[paper(f"AAAAAA{n}2", {}) for n in range(6)],
        outcome={f"AAAAAA{n}2": "open" for n in range(6)},
    ),
}
