"""The words that travel through the whole pipeline: kinds, severities, outcomes, meanings.

They stand in code, columns, messages, reports and the README alike, so each is written once, here.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a submission carries, hence which of Surpass's two assigning calls it takes."""

    MARKS = "marks"
    RESPONSES = "responses"


class Severity(StrEnum):
    """How bad a finding is: a session with an error is not sent, a warning only tells."""

    ERROR = "error"
    WARNING = "warning"


class Who(StrEnum):
    """Who has to do something about a finding or an outcome."""

    SENDER = "sender"  # whoever made the file: a centre, a marker, a scanning bureau
    OFFICE = "office"  # the exam office, which decides and looks things up in Surpass
    IT = "IT"  # whoever keeps papermarks running


class Meaning(StrEnum):
    """What an entry's cell says. Blank, zero and not attempted are three things."""

    VALUE = "value"
    BLANK = "blank"
    NOT_ATTEMPTED = "not_attempted"
    ABSENT = "absent"
    MISSING = "missing"  # there is no paper, or none that counts: perhaps the candidate was absent
    MULTIPLE = "multiple"


class Proof(StrEnum):
    """By what reading showed it that a submission was accepted, the surest first."""

    MARKS = "marks"  # each mark agrees
    ANSWERS = "answers"  # each answer agrees
    RESULT = "result"  # the session has become a result, in which each mark or answer agrees
    TOTAL = "total"  # single marks are not told, and the total agrees
    STATE = "state"  # Surpass tells no marks: it said yes, and the session has moved on
    PERSON = "person"  # a person looked, and said so


class Origin(StrEnum):
    """How a run came about."""

    INBOX = "inbox"  # its file was dropped into the inbox
    COMMAND = "command"  # somebody named its files in a command
    SCHEDULE = "schedule"  # the nightly run took up what an earlier one left
    RERUN = "rerun"  # somebody asked for a re-run

    @property
    def from_ledger(self) -> bool:
        """Whether such a run takes up from the ledger what another one left, and reads no files."""
        return self in (Origin.SCHEDULE, Origin.RERUN)


class Outcome(StrEnum):
    """Where a submission ended: exactly one of these."""

    ACCEPTED = "accepted"
    UNCONFIRMED = "unconfirmed"
    UNCHANGED = "unchanged"
    INVALID = "invalid"
    HELD = "held"
    NOT_OPEN = "not_open"
    ABSENT = "absent"
    REFUSED = "refused"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    READY = "ready"

    @property
    def meaning(self) -> str:
        """One sentence for a person who meets the word in a report."""
        return _MEANINGS[self]


_MEANINGS = {
    Outcome.ACCEPTED: "Surpass took it, and reading the session back agrees.",
    Outcome.UNCONFIRMED: "Surpass took it, but reading back disagrees or cannot tell: look at it.",
    Outcome.UNCHANGED: "The same content was accepted before; not sent again.",
    Outcome.INVALID: "The file has an error for this session; nothing of it was sent.",
    Outcome.HELD: "A person must decide; nothing of it was sent.",
    Outcome.NOT_OPEN: "Surpass does not know the session, or it does not wait for paper responses.",
    Outcome.ABSENT: "The candidate was absent; nothing was sent. Void the session in Surpass.",
    Outcome.REFUSED: "Surpass said no.",
    Outcome.FAILED: "Not taken after all tries; safe to run again.",
    Outcome.IN_DOUBT: "Sent, the answer was lost, and it is not known yet whether Surpass took it.",
    Outcome.READY: "Checked only, on request: it would be sent.",
}

# Nothing is left to send or to correct after these.
SETTLED = frozenset({Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.ABSENT, Outcome.READY})

WORST_FIRST = (
    Outcome.IN_DOUBT,
    Outcome.UNCONFIRMED,
    Outcome.FAILED,
    Outcome.REFUSED,
    Outcome.HELD,
    Outcome.INVALID,
    Outcome.NOT_OPEN,
    Outcome.ABSENT,
    Outcome.READY,
    Outcome.UNCHANGED,
    Outcome.ACCEPTED,
)
"""How much each wants a person: what may be in Surpass and is not known for certain comes first."""

NEVER_PURGED = frozenset({Outcome.IN_DOUBT, Outcome.UNCONFIRMED})
"""It was sent, and what came of it is open: of that nothing is removed, however old it is."""

NOTHING_SENT = frozenset({Outcome.HELD, Outcome.FAILED, Outcome.NOT_OPEN})
"""Nothing of it was sent, and it may still be: removed only where somebody says so."""

REPORT_PAGE, REPORT_WORKBOOK = "reconciliation.html", "reconciliation.xlsx"
REPORT_DATA = "reconciliation.json"
"""Names of a run's report in its three forms."""

INSTRUCTIONS_SHEET, INSTRUCTIONS_TITLE = "Instructions", "Mark sheet"
"""Name and first cell of the sheet that says how our own mark sheets are filled in."""
