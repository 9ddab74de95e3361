"""The to-do list of a run: who has to do what, at which cells, the most important first.

Findings of one rule in one file are one thing to do, with the cells at which it is to be done. What
Surpass or the run itself left undone, with no cell at fault, is one thing to do for each outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from typing import cast

from pipeline.findings import counts_of
from pipeline.reconcile import Reconciliation
from schemas.frames import AccountFinding, DataFrame, typed
from schemas.rules import RULES
from schemas.words import SETTLED, Outcome, Severity, Who

MAX_PLACES = 100
"""Of one thing to do; the findings have them all."""

BALANCE, STOPPED = "balance", "stopped"


@dataclass(frozen=True)
class Place:
    """Where something is to be done."""

    sheet: str  # "" in a text file
    cell: str  # C7; "" where it is about a sheet, a file or a session
    row: int | None
    question: str
    submission: int | None  # the number of the one that it is found in
    keycode: str
    message: str
    to_do: str


@dataclass(frozen=True)
class ToDo:
    """One thing to do."""

    who: Who
    code: str  # the rule's, or the outcome's word, or BALANCE or STOPPED
    file: str  # "" where it is about no file
    stops: bool  # whether anything is not sent because of it
    findings: int  # how often it was found
    submissions: int  # in how many submissions
    message: str
    to_do: str
    places: tuple[Place, ...] = ()  # at most MAX_PLACES
    unlisted: int = 0  # of the findings those that are counted, and listed nowhere one by one

    @property
    def listed_on(self) -> str:
        """The sheet of the workbook that lists all of them."""
        return "Findings" if self.code in RULES else "Submissions"

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells that are listed, each once, as people look them up."""
        names = (f"{place.sheet}!{place.cell}" for place in self.places if place.cell)
        several = len({place.sheet for place in self.places}) > 1
        shown = names if several else (place.cell for place in self.places if place.cell)
        return tuple(dict.fromkeys(shown))


def to_do_list(
    reconciliation: Reconciliation, findings: DataFrame[AccountFinding]
) -> tuple[ToDo, ...]:
    """All that is left to do, the most important first.

    ``findings`` are the account's, with ``who`` and ``cell``.
    """
    # That a candidate was absent is no error, and yet nothing is sent because of it.
    stop = (findings["severity"] == str(Severity.ERROR)) | findings["outcome"].notna()
    parts = (
        *_of_the_run(reconciliation),
        *_of_findings(findings[stop], stops=True),
        *_of_outcomes(reconciliation, findings[stop]),
        *_of_findings(findings[~stop], stops=False),
    )
    return tuple(sorted(parts, key=_importance))


_ORDER = {who: at for at, who in enumerate((Who.IT, Who.SENDER, Who.OFFICE))}


def _importance(part: ToDo) -> tuple[bool, int, bool, bool, int, int]:
    """What stops anything first; within each person's, whole files, then what stops the most."""
    of_file, of_cells = part.stops and not part.submissions, bool(part.cells)
    most = -part.submissions, -part.findings
    return not part.stops, _ORDER[part.who], not of_file, of_file and of_cells, *most


def _of_the_run(reconciliation: Reconciliation) -> Iterator[ToDo]:
    if not reconciliation.balanced:
        lines = [line for line in reconciliation.balance if not line.holds]
        against = "; ".join(f"{line.sentence}: {line.left} against {line.right}" for line in lines)
        yield _one(
            BALANCE,
            f"The account of this run does not add up: {against}.",
            "Do not rely on this run. Report it, with reconciliation.json.",
        )
    if reconciliation.stopped_by is not None:
        yield _one(
            STOPPED,
            f"Sending was stopped: {reconciliation.stopped_by}.".replace("..", "."),
            f"Correct it, then send the rest: papermarks rerun {reconciliation.run.id}.",
        )


def _one(code: str, message: str, to_do: str) -> ToDo:
    return ToDo(
        Who.IT, code, "", stops=True, findings=1, submissions=0, message=message, to_do=to_do
    )


def _of_findings(findings: DataFrame[AccountFinding], *, stops: bool) -> Iterator[ToDo]:
    if findings.empty:
        return
    many = findings["unlisted"].notna()
    count, files = counts_of(findings), findings["file"].fillna("").astype(object)
    keyed = findings.assign(file=files, count=count, many=many, unlisted=count.where(many, 0))
    # What stands for many is a place only where there is no other.
    keyed = keyed.sort_values("many", kind="stable")
    groups = keyed.groupby(["rule", "file"], sort=False)
    found, unlisted = (groups[name].sum().to_dict() for name in ("count", "unlisted"))
    submissions = groups["submission"].nunique().to_dict()
    number = groups.cumcount()
    listed = keyed[(number == 0) | ((number < MAX_PLACES) & ~keyed["many"])]
    for key, part in listed.groupby(["rule", "file"], sort=False):
        rule, file = map(str, cast("tuple[object, object]", key))
        places = tuple(_places(typed(part, AccountFinding)))
        yield ToDo(
            who=RULES[rule].who,
            code=rule,
            file=file,
            stops=stops,
            findings=int(found[key]),
            submissions=submissions[key],
            message=places[0].message,
            to_do=_to_do_of_all(rule, places, found[key]),
            places=places,
            unlisted=int(unlisted[key]),
        )


def _places(part: DataFrame[AccountFinding]) -> Iterator[Place]:
    names = ["sheet", "cell", "row", "question", "submission", "keycode", "message", "to_do"]
    rows = part[names].astype(object)
    for values in rows.where(rows.notna(), None).to_dict("records"):
        yield Place(
            sheet=values["sheet"] or "",
            cell=values["cell"] or "",
            row=None if values["row"] is None else int(values["row"]),
            question=values["question"] or "",
            submission=None if values["submission"] is None else int(values["submission"]),
            keycode=values["keycode"] or "",
            message=values["message"],
            to_do=values["to_do"],
        )


def _to_do_of_all(rule: str, places: tuple[Place, ...], findings: int) -> str:
    """What to do at all of its cells, where the rule's sentence names nothing but the cell."""
    sentence = RULES[rule].to_do
    names = {name for _, name, _, _ in Formatter().parse(sentence) if name}
    if findings > 1 and names == {"cell"}:
        return sentence.format(cell="each of these cells")
    return places[0].to_do


def _of_outcomes(
    reconciliation: Reconciliation, errors: DataFrame[AccountFinding]
) -> Iterator[ToDo]:
    """What is not settled, and has no error of a file that would say why."""
    submissions = reconciliation.submissions
    settled = submissions["outcome"].isin([str(word) for word in SETTLED])
    explained = submissions.index.isin(errors["submission"].dropna().astype(int))
    rest = submissions[~settled & ~explained & submissions["outcome"].notna()]
    for word, part in rest.groupby("outcome"):
        outcome = Outcome(str(word))
        to_do = _OF_OUTCOMES.get(outcome, _LOOK).format(run=reconciliation.run.id)
        firsts = part.head(MAX_PLACES)
        places = tuple(
            Place("", "", None, "", number, keycode, str(reason), to_do)
            for number, keycode, reason in zip(
                firsts.index.tolist(), firsts["keycode"], firsts["reason"], strict=True
            )
        )
        yield ToDo(
            who=Who.OFFICE,
            code=str(outcome),
            file="",
            stops=True,
            findings=len(part),
            submissions=len(part),
            message=outcome.meaning,
            to_do=to_do,
            places=places,
        )


_LOOK = "Look at the session in Surpass."
_OF_OUTCOMES = {
    Outcome.REFUSED: "Read what Surpass said, correct it there or in the file, and drop the file "
    "again.",
    Outcome.FAILED: "Send it again: papermarks rerun {run}.",
    Outcome.IN_DOUBT: "Read it again: papermarks confirm {run}. What stays in doubt: look at the "
    "session in Surpass, then write down what you saw with papermarks resolve.",
    Outcome.UNCONFIRMED: "Look at the session in Surpass, then write down what you saw with "
    "papermarks resolve.",
    Outcome.NOT_OPEN: "Look at the session in Surpass: its state must be changed first. Then: "
    "papermarks rerun {run}.",
}
