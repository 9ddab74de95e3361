"""What is said of candidates whose session is not found, or not for certain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.findings import make_findings
from pipeline.surpass import Session
from pipeline.validate.matched_sessions import by_reference, centres_of, reference_of
from schemas.frames import BESIDE, DataFrame, Finding
from schemas.layout import fold


def unknown(
    rows: pd.DataFrame, open_: Sequence[Session], others: Sequence[Session]
) -> DataFrame[Finding]:
    """Candidates without a session of the test and centre that their rows name."""
    zeros, has = _by_digits(open_), defaultdict(list)
    for session in {id(session): session for session in (*open_, *others)}.values():
        has[reference_of(session).casefold()].append(session)
    whose = zip(rows["candidate"], rows["test"], rows["centre"], strict=True)
    hints = []
    for candidate, _, centre in whose:
        once = {session.keycode: session for session in has.get(candidate.casefold(), [])}
        hints.append(_hint(candidate, zeros, [*once.values()], with_centre=bool(centre)))
    where = [
        (f" and test '{test}'" if test else "") + (f" at centre '{centre}'" if centre else "")
        for test, centre in zip(rows["test"], rows["centre"], strict=True)
    ]
    known = {name for session in open_ for name in centres_of(session)}
    strange = [
        f" It lists no centre '{centre}'." if centre and fold(centre) not in known else ""
        for centre in rows["centre"]
    ]
    return make_findings(
        "candidate-unknown",
        rows,
        where=where,
        hint=[no_centre + hint for no_centre, hint in zip(strange, hints, strict=True)],
    )


def several_sessions(
    sought: pd.DataFrame, several: Mapping[int, Sequence[Session]]
) -> DataFrame[Finding]:
    """Candidates with more than one session that agrees: each is named."""
    return make_findings(
        "candidate-several",
        sought.loc[[*several]],
        count=[len(sessions) for sessions in several.values()],
        other=[_described(sessions) for sessions in several.values()],
    )


def other_zeros(found: pd.DataFrame, open_: Sequence[Session]) -> DataFrame[Finding]:
    """References of which Surpass lists another with more or fewer leading zeros.

    Where a sheet has references with leading zeros, none was lost in it.
    """
    zeros = _by_digits(open_)
    kept = (
        found["candidate"].str.startswith("0").groupby([found["file"], found["sheet"]])
    ).transform("any")
    others = [
        sorted(zeros.get(text.lstrip("0"), set()) - {text}) if text.isdecimal() else []
        for text in found["candidate"]
    ]
    doubtful = pd.Series([bool(other) for other in others], found.index, dtype=bool) & ~kept
    other = [each[0] for each, is_so in zip(others, doubtful, strict=True) if is_so]
    return make_findings("candidate-zeros", found[doubtful], other=other)


def two_candidates(
    found: pd.DataFrame, sessions: Mapping[int, Session], open_: Sequence[Session]
) -> DataFrame[Finding]:
    """Rows with two references, each of another candidate in Surpass."""
    by_candidate = by_reference(open_)
    differing = [
        next(
            (
                other
                for other in text.split(BESIDE)
                if other.casefold() in by_candidate
                and other.casefold() != reference_of(sessions[row]).casefold()
            ),
            "",
        )
        for row, text in zip(found.index, found["other_reference"], strict=True)
    ]
    rows = found.assign(other=differing)
    return make_findings("ids-differ", rows[rows["other"] != ""])


def reference_or_keycode(
    sought: pd.DataFrame, sessions: Mapping[int, Session], open_: Sequence[Session]
) -> DataFrame[Finding]:
    """Ids that are a candidate's reference and another session's keycode too."""
    keycodes = {session.keycode for session in open_}
    both = [
        row in sessions and bool(code) and code in keycodes and sessions[row].keycode != code
        for row, code in zip(sought.index, sought["keycode"], strict=True)
    ]
    rows = sought[np.array(both, dtype=bool)]
    return make_findings(
        "ids-differ", rows, other=[f"the session {keycode}" for keycode in rows["keycode"]]
    )


def _by_digits(sessions: Iterable[Session]) -> dict[str, set[str]]:
    """The candidates' references by what they are without leading zeros."""
    found = defaultdict(set)
    for session in sessions:
        found[reference_of(session).lstrip("0")].add(reference_of(session))
    return found


def _hint(
    candidate: str, zeros: Mapping[str, set[str]], has: Sequence[Session], *, with_centre: bool
) -> str:
    alike = sorted(zeros.get(candidate.lstrip("0"), set()) - {candidate})
    if has:
        return f" It has: {_described(has, with_centre=with_centre)}."
    if alike:
        return f" It lists '{alike[0]}': leading zeros are missing here, or too many."
    return ""


def _described(sessions: Iterable[Session], *, with_centre: bool = False) -> str:
    return ", ".join(_one_described(session, with_centre=with_centre) for session in sessions)


def _one_described(session: Session, *, with_centre: bool) -> str:
    test, centre = session.test, session.centre
    parts = [
        (test.reference or test.name or "test not told") if test else "test not told",
        *([f"centre {centre.reference or centre.name}"] if with_centre and centre else []),
        session.state_name or "state not told",
    ]
    return f"{session.keycode} ({', '.join(parts)})"
