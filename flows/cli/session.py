"""``papermarks session``: the TestSession resource in an operator's hands."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from flows.cli import show
from pipeline import event_loop, settings
from pipeline.deliver.readback import read_back
from pipeline.errors import InputError
from pipeline.foreign_text import in_a_line
from pipeline.surpass import Receipt, Result, Session, Surpass, access_of, filters
from schemas.states import TestState, VoidReason

_T = TypeVar("_T")

app = typer.Typer(
    help="Look at test sessions in Surpass, and change their state.", no_args_is_help=True
)

Key = Annotated[str, typer.Argument(metavar="SESSION", help="Its keycode, or its id.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_sessions(
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="Such as centre/reference=12345; repeat to narrow. Also: state, "
            "test/reference, testForm/reference, candidate/reference, scheduledFrom, …"
        ),
    ] = None,
    state: Annotated[str | None, typer.Option(help="Such as PaperResponseUpload.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """List test sessions."""
    conditions = dict(_condition(text) for text in where or ())
    if state is not None:
        conditions["state"] = _state(state).wire

    async def collect(surpass: Surpass) -> list[Session]:
        found: list[Session] = []
        async for session in surpass.sessions(conditions):
            found.append(session)
            if len(found) >= limit:
                break
        return found

    sessions = _ask(collect)
    if as_json:
        typer.echo(json.dumps([_to_json(session) for session in sessions], indent=1))
        return
    table = Table("Session", "State", "Test form", "Centre", "Candidate")
    for session in sessions:
        table.add_row(*(str(value or "") for value in _to_json(session).values()))
    show.table(table)
    show.note(
        f"{len(sessions)} sessions" + (" (and perhaps more)" if len(sessions) == limit else "")
    )


@app.command("show")
def show_session(key: Key, as_json: AsJson = False) -> None:
    """Show one session, or the result that it has become, with questions and marks if told."""
    session = _ask(lambda surpass: read_back(surpass, str(_key(key))))
    document = _to_json(session) | {
        "available_marks": session.available_marks,
        "mark": session.mark,
        "questions": {
            number: {"maximum": item.available_marks, "mark": item.mark, "response": item.response}
            for number, item in session.items.items()
        },
    }
    if as_json:
        typer.echo(json.dumps(document, indent=1))
        return
    table = Table(show_header=False)
    for name, value in document.items():
        if name != "questions":
            table.add_row(name, _cell(value))
    show.table(table)
    if session.items:
        items = Table("Question", "Maximum", "Mark", "Response")
        for number, item in session.items.items():
            cells = (item.available_marks, item.mark, item.response)
            items.add_row(number, *map(_cell, cells))
        show.table(items)


def _cell(value: object) -> str:
    """A value as a person writes it: 10, not 10.0."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


@app.command()
def update(
    key: Key,
    state: Annotated[str, typer.Argument(help="The new state, such as Paused or Voided.")],
    reason: Annotated[
        str | None,
        typer.Option(help=f"To void: {', '.join(reason.name.lower() for reason in VoidReason)}."),
    ] = None,
    message: Annotated[str | None, typer.Option(help="To void for another reason.")] = None,
    yes: Yes = False,
) -> None:
    """Change a session's state. Voiding cannot be reversed."""
    wanted = _state(state)
    if wanted is TestState.VOIDED:
        if reason is None:
            raise InputError("to void a session, give its --reason")
        _confirm(f"Void {key}? This cannot be reversed.", yes=yes)
    if _reason(reason) is VoidReason.OTHER and not message:
        raise InputError("the reason 'other' needs a --message")
    _show_receipt(
        _ask(
            lambda surpass: surpass.update_state(
                _key(key), wanted, void_reason=_reason(reason), void_message=message
            )
        )
    )


@app.command()
def reset(
    keycode: Annotated[str, typer.Argument(help="The session's keycode.")],
    current_form: Annotated[str, typer.Argument(help="Reference of its present test form.")],
    updated_form: Annotated[str, typer.Argument(help="Reference of the one to have.")],
    yes: Yes = False,
) -> None:
    """Reset a session that is not yet begun (states 1 to 4) to ScheduledButNotCreated."""
    _confirm(f"Reset {keycode} to {updated_form}? What it was cannot be brought back.", yes=yes)
    _show_receipt(_ask(lambda surpass: surpass.reset(keycode, current_form, updated_form)))


@app.command()
def submit(key: Key, yes: Yes = False) -> None:
    """Submit a marked test: AwaitingMarking becomes Marked."""
    _confirm(f"Submit {key} as marked? This cannot be reversed.", yes=yes)
    _show_receipt(_ask(lambda surpass: surpass.submit_marked(_key(key))))


def _ask(ask: Callable[[Surpass], Awaitable[_T]]) -> _T:
    async def call() -> _T:
        async with Surpass(access_of(settings.load())) as surpass:
            return await ask(surpass)

    return event_loop.run(call)


def _to_json(session: Session | Result) -> dict[str, object]:
    linked = (session.test_form, session.centre, session.candidate)
    form, centre, candidate = (link and link.reference for link in linked)
    known = (
        (session.reference, "Result")
        if isinstance(session, Result)
        else (session.keycode, session.state_name)
    )
    return {
        "keycode": known[0],
        "state": known[1],
        "test_form": form,
        "centre": centre,
        "candidate": candidate,
    }


def _show_receipt(receipt: Receipt) -> None:
    show.line(f"Done: {receipt.reference or receipt.id or 'Surpass took it'}")


def _confirm(question: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(in_a_line(question), abort=True)


def _key(text: str) -> str | int:
    """Ids are numbers of fewer digits than a keycode has characters."""
    return int(text) if text.isdecimal() and len(text) != 8 else text


def _condition(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--where {text}: write it as name=value")
    if not filters.can_ask_for(value.strip()):
        raise InputError(
            f"--where {text}: Surpass's filter takes no empty value, no quote and no ' and '"
        )
    return name.strip(), value.strip()


def _state(text: str) -> TestState:
    state = TestState.parse(text)
    if state is None:
        names = ", ".join(state.wire for state in TestState)
        raise InputError(f"'{text}' is no state; the states are {names}")
    return state


def _reason(text: str | None) -> VoidReason | None:
    if text is None:
        return None
    try:
        return VoidReason[text.strip().upper().replace("-", "_")]
    except KeyError:
        names = ", ".join(reason.name.lower() for reason in VoidReason)
        raise InputError(f"'{text}' is no reason; the reasons are {names}") from None
