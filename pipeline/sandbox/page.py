"""One HTML page that shows what arrived in the sandbox. Nothing is loaded from elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from pipeline.sandbox.sessions import SandboxSession

ROWS_PER_PAGE = 200

# Should a value ever slip through unescaped, the browser still runs and loads nothing.
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}

_STYLE = """
:root { color-scheme: light dark; --line: #8883; --soft: #8881; --dim: #888; --good: #1a7f4b; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; margin: 0 } p { color: var(--dim); margin: .3rem 0 1.2rem }
ul { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; padding: 0; margin: 0 0 1.2rem }
li { border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .8rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 600; border-bottom: 2px solid var(--line) }
th, td { padding: .35rem .7rem .35rem 0; vertical-align: top }
td { border-bottom: 1px solid var(--line) } tr:hover td { background: var(--soft) }
.key { font-family: ui-monospace, monospace } .number { text-align: right }
.taken { color: var(--good); font-weight: 600 } .twice { color: #c0341d; font-weight: 600 }
nav { margin-top: 1rem; display: flex; gap: 1rem }
"""

_HEADINGS = ("Keycode", "Candidate", "Centre", "Test form", "State", "Marks and responses")


def render(sessions: Sequence[SandboxSession], skip: int = 0) -> str:
    """The page as HTML, from the ``skip``th session on; every value in it is escaped."""
    states = Counter(_state(session) for session in sessions)
    chips = "".join(f"<li>{escape(state)} · {count}</li>" for state, count in states.most_common())
    headings = "".join(f"<th>{heading}</th>" for heading in _HEADINGS)
    rows = "".join(_row(session) for session in sessions[skip : skip + ROWS_PER_PAGE])
    arrived = sum(1 for session in sessions if session.applied)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Surpass sandbox</title>'
        f"<style>{_STYLE}</style>"
        "<h1>Surpass sandbox</h1>"
        f"<p>A stand-in for training, not Surpass itself. Marks or responses have arrived for "
        f"{arrived} of {len(sessions)} sessions. Reload the page to look again.</p>"
        f"<ul>{chips}</ul>"
        f'<table><thead><tr>{headings}<th class="number">Total</th>'
        f'<th class="number">Taken</th></tr></thead><tbody>{rows}</tbody></table>'
        f"{_page_links(skip, len(sessions))}</html>"
    )


def _row(session: SandboxSession) -> str:
    times = len(session.applied)
    css_class = ("", "taken", "twice")[min(times, 2)]
    total = "" if session.mark is None else f"{session.mark:g}"
    out_of = f" / {session.available_marks}" if session.questions else ""
    cells = (
        f'<td class="key">{escape(session.keycode)}</td>',
        f"<td>{escape(session.candidate.reference)}</td>",
        f"<td>{escape(session.centre.reference)}</td>",
        f"<td>{escape(session.test_form.reference)}</td>",
        f"<td>{escape(_state(session))}</td>",
        f"<td>{escape(_content(session))}</td>",
        f'<td class="number">{total}{out_of}</td>',
        f'<td class="number {css_class}">{f"{times}x" if times else "-"}</td>',
    )
    return f"<tr>{''.join(cells)}</tr>"


def _state(session: SandboxSession) -> str:
    return f"{session.state.wire} (result)" if session.is_result else session.state.wire


def _content(session: SandboxSession) -> str:
    content = {**session.marks, **session.responses}
    return " · ".join(
        f"{question}: {'-' if value is None else value}" for question, value in content.items()
    )


def _page_links(skip: int, count: int) -> str:
    earlier = (
        f'<a href="/?skip={max(0, skip - ROWS_PER_PAGE)}">Earlier sessions</a>' if skip else ""
    )
    later = (
        f'<a href="/?skip={skip + ROWS_PER_PAGE}">Later sessions</a>'
        if skip + ROWS_PER_PAGE < count
        else ""
    )
    return f"<nav>{earlier}{later}</nav>"
