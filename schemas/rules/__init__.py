"""The rule book: every finding that can be made, by what it is found in.

A rule has a code that never changes, a severity, what becomes of the session (``outcome``), the
message, what to do and an example. In ``message`` and ``to_do`` the words in braces are filled from
the entry: ``text`` (the cell as written), ``cell``, ``keycode``, ``question``, and what the rule
adds itself.
"""

from schemas.rules import answers, candidates, files, rows, runs, surpass, tripwires
from schemas.rules.files import TOO_MANY_ERRORS, TOO_MANY_SESSIONS
from schemas.rules.rule import Rule

__all__ = ["RULES", "TOO_MANY_ERRORS", "TOO_MANY_SESSIONS", "TRIPWIRES", "Rule"]

_ALL = (
    *files.RULES,
    *runs.RULES,
    *rows.RULES,
    *candidates.RULES,
    *answers.RULES,
    *tripwires.RULES,
    *surpass.RULES,
)

RULES = {rule.code: rule for rule in _ALL}

TRIPWIRES = tuple(rule.code for rule in tripwires.RULES)
"""The rules about many entries together, which the report shows apart."""
