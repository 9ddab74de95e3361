"""In which group the help shows a command, and how it is used: examples to copy."""

from __future__ import annotations

PANELS = {
    "The first day": ("demo", "init", "doctor", "sandbox"),
    "Send marks": ("check", "ingest", "watch", "sweep", "serve"),
    "After a run": (
        *("runs", "show", "rerun", "confirm", "resolve", "absent"),
        *("find", "export", "verify", "purge", "compare"),
    ),
    "Before the marks": ("template", "outstanding", "session"),
    "How files are read": ("inspect", "rules", "layouts", "layout", "confirm-layout"),
}
"""The names of the commands by group; some may not be there yet."""

EXAMPLES: dict[str, tuple[str, ...]] = {
    "absent": ("papermarks absent 20261123-001541-274-0e60",),
    "check": ("papermarks check marks.xlsx", "papermarks check --offline marks.xlsx scans.csv"),
    "confirm": ("papermarks confirm", "papermarks confirm 20261123-001541-274-0e60"),
    "doctor": ("papermarks doctor", "papermarks doctor --session B10P1AAB"),
    "ingest": ("papermarks ingest marks.xlsx", "papermarks ingest --canary north.csv south.csv"),
    "init": ("papermarks init", "papermarks init --group exams"),
    "inspect": ("papermarks inspect marks.xlsx",),
    "outstanding": (
        "papermarks outstanding --test BIO",
        "papermarks outstanding --excel missing.xlsx",
    ),
    "rerun": ("papermarks rerun 20261123-001541-274-0e60",),
    "resolve": ('papermarks resolve B10P1AAB accepted --reason "marks are there"',),
    "rules": ("papermarks rules", "papermarks rules mark-blank"),
    "show": ("papermarks show 20261123-001541-274-0e60",),
    "template": (
        "papermarks template --test BIO --centre 12345 -o biology.xlsx",
        "papermarks template --form BIO-1 --split centre",
    ),
}


def panel_of(command: str) -> str | None:
    """The group in which the help shows it; None: among the rest."""
    return next((panel for panel, names in PANELS.items() if command in names), None)


def epilog_of(command: str) -> str | None:
    """What stands below the command's help; each line a paragraph, or they would flow together."""
    examples = EXAMPLES.get(command)
    return None if examples is None else "\n\n".join(("Examples:", *examples))
