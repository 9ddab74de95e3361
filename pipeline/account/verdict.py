"""The verdict: what became of a run in one or two sentences, from the counts of its account.

    20 of 24 sent. 1 candidate absent, to be voided. 3 need you: 3 cells to mend in northfield.xlsx.

The parts of what needs somebody are counted by submission, so that they add up to the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.account.to_do import ToDo
from pipeline.reconcile import Reconciliation
from pipeline.with_noun import with_noun
from schemas.frames import AccountFinding, DataFrame
from schemas.words import SETTLED, Outcome, Severity, Who

_MAX_PARTS = 4
DOES_NOT_ADD_UP = "The account does not add up. Do not rely on this run; report it."


def verdict(
    reconciliation: Reconciliation, findings: DataFrame[AccountFinding], to_do: Sequence[ToDo]
) -> str:
    """What became of the run, for its first line everywhere."""
    if not reconciliation.balanced:
        return DOES_NOT_ADD_UP
    stopped = "Sending was stopped. " if reconciliation.stopped_by is not None else ""
    unused = [*_unused_files(reconciliation)]
    if not reconciliation.totals.submissions:
        return stopped + " ".join(("There was nothing to send.", *unused))
    sentences = (
        _sent(reconciliation),
        _absent(reconciliation),
        _needs(reconciliation, findings, to_do),
        *unused,
    )
    return stopped + " ".join(filter(None, sentences))


def _sent(reconciliation: Reconciliation) -> str:
    counts, whole = reconciliation.totals.by_outcome, reconciliation.totals.submissions
    ready, before = counts[Outcome.READY], counts[Outcome.UNCHANGED]
    if ready:
        first = f"Checked only: {ready} of {whole} can be sent"
    elif before == whole:
        return f"{before} of {whole} had been sent before."
    else:
        first = f"{counts[Outcome.ACCEPTED]} of {whole} sent"
    return f"{first}, {before} had been sent before." if before else f"{first}."


def _absent(reconciliation: Reconciliation) -> str:
    absent = reconciliation.totals.by_outcome[Outcome.ABSENT]
    return f"{with_noun(absent, 'candidate')} absent, to be voided." if absent else ""


def _needs(
    reconciliation: Reconciliation, findings: DataFrame[AccountFinding], to_do: Sequence[ToDo]
) -> str:
    counts = reconciliation.totals.by_outcome
    needing = {word: counts[word] for word in Outcome if word not in SETTLED and counts[word]}
    if not needing:
        return "Nothing is left to do." if not any(part.stops for part in to_do) else ""
    whole = sum(needing.values())
    parts = [part for word, count in needing.items() for part in _parts(word, count, findings)]
    listed = parts[:_MAX_PARTS]
    rest = whole - sum(count for count, _ in listed)
    texts = [text for _, text in listed] + ([f"{rest} more"] if rest else [])
    return f"{whole} need{'s' * (whole == 1)} you: {', '.join(texts)}."


def _parts(
    outcome: Outcome, count: int, findings: DataFrame[AccountFinding]
) -> Iterator[tuple[int, str]]:
    """The submissions of one outcome, in parts that say what is to be done."""
    errors = findings[
        (findings["severity"] == str(Severity.ERROR)) & (findings["ended"] == str(outcome))
    ]
    rest = count
    to_mend = errors[(errors["who"] == str(Who.SENDER)) & (errors["cell"] != "")]
    mended = to_mend["submission"].nunique() if outcome is Outcome.INVALID else 0
    if mended:
        yield mended, _cells(to_mend, mended)
    if rest - mended:
        yield rest - mended, f"{rest - mended} {_WORDS[outcome]}"


def _cells(to_mend: DataFrame[AccountFinding], submissions: int) -> str:
    cells = len(to_mend.drop_duplicates(["file", "sheet", "cell"]))
    files = to_mend["file"].unique()
    where = files[0] if len(files) == 1 else f"{len(files)} files"
    counted = f"{with_noun(cells, 'cell')} to mend in {where}"
    return counted if cells == submissions else f"{submissions} with {counted}"


_WORDS = {
    Outcome.INVALID: "to mend",
    Outcome.HELD: "to decide",
    Outcome.NOT_OPEN: "not open in Surpass",
    Outcome.REFUSED: "refused by Surpass",
    Outcome.FAILED: "to send again",
    Outcome.IN_DOUBT: "in doubt",
    Outcome.UNCONFIRMED: "to look at in Surpass",
}


def _unused_files(reconciliation: Reconciliation) -> Iterator[str]:
    findings = reconciliation.findings
    errors = findings[findings["severity"] == str(Severity.ERROR)]
    wrong = set(errors[errors["submission"].isna()]["file"].dropna())
    unused = [s.file for s in reconciliation.sources if not s.entries and s.file in wrong]
    if len(unused) == 1:
        yield f"Nothing of {unused[0]} could be used."
    elif unused:
        yield f"Nothing of {len(unused)} files could be used: {unused[0]} and others."
    if partly := len(wrong - set(unused)):
        yield f"In {with_noun(partly, 'file')} a part could not be used."
