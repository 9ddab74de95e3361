"""The sandbox's own plane, for training and for tests in another process; Surpass has no such."""

from __future__ import annotations

from typing import TypedDict

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, JSONResponse

from pipeline.sandbox.access import Served, from_this_machine
from pipeline.sandbox.errors import ErrorNumber, refused
from pipeline.sandbox.faults import FaultPlan
from pipeline.sandbox.journal import Entry
from pipeline.sandbox.options import SWITCHES
from pipeline.sandbox.page import HEADERS, render
from pipeline.sandbox.sessions import SandboxSession

router = APIRouter(dependencies=[Depends(from_this_machine)])


class SessionView(TypedDict):
    """A session as this plane tells it; ``applied`` counts the POSTs that were taken."""

    id: int
    keycode: str
    state: str
    is_result: bool
    candidate: str
    centre: str
    test: str
    test_form: str
    questions: dict[str, int]
    marks: dict[str, int | None]
    responses: dict[str, str | None]
    mark: float | None
    applied: int


class EntryView(TypedDict):
    """A request as this plane tells it; ``status`` may be ``cut`` or ``open``."""

    number: int
    method: str
    path: str
    query: str
    keycode: str | None
    body: str
    fault: str | None
    status: int | str
    applied: bool


@router.get("/")
async def page(sandbox: Served, skip: int = 0) -> HTMLResponse:
    """What arrived, for people to look at."""
    return HTMLResponse(render(sandbox.sessions, max(0, skip)), headers=HEADERS)


@router.get("/sandbox/sessions")
async def sessions(sandbox: Served) -> JSONResponse:
    """All sessions."""
    return JSONResponse([_session(session) for session in sandbox.sessions])


@router.get("/sandbox/journal")
async def journal(sandbox: Served) -> JSONResponse:
    """All requests to the API so far."""
    return JSONResponse([_entry(entry) for entry in sandbox.journal.entries])


@router.put("/sandbox/faults")
async def set_faults(sandbox: Served, plan: FaultPlan) -> JSONResponse:
    """Switch on these faults instead of any before; an empty list switches all off."""
    sandbox.faults.set(*plan.faults, seed=plan.seed)
    return JSONResponse({"faults": len(plan.faults)})


@router.put("/sandbox/options")
async def set_options(sandbox: Served, switches: dict[str, object]) -> JSONResponse:
    """Set the switches that are named, such as ``{"becomes_result": true}``; answers with all."""
    try:
        sandbox.switch(switches)
    except ValueError as error:
        raise refused(ErrorNumber.BAD_BODY, str(error)) from error
    options = {name: getattr(sandbox.options, name) for name in SWITCHES}
    return JSONResponse(options)


@router.post("/sandbox/settle-late")
async def settle_late(sandbox: Served) -> JSONResponse:
    """Do now what is still to come of late POSTs."""
    sandbox.settle_late()
    return JSONResponse({})


@router.post("/sandbox/reset")
async def reset(sandbox: Served) -> JSONResponse:
    """Everything as it was at first: sessions, options, an empty journal, no faults."""
    sandbox.reset()
    return JSONResponse({"sessions": len(sandbox)})


def _session(session: SandboxSession) -> SessionView:
    return {
        "id": session.id,
        "keycode": session.keycode,
        "state": session.state.wire,
        "is_result": session.is_result,
        "candidate": session.candidate.reference,
        "centre": session.centre.reference,
        "test": session.test.reference,
        "test_form": session.test_form.reference,
        "questions": dict(session.questions),
        "marks": dict(session.marks),
        "responses": dict(session.responses),
        "mark": session.mark,
        "applied": len(session.applied),
    }


def _entry(entry: Entry) -> EntryView:
    return {
        "number": entry.number,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "keycode": entry.keycode,
        "body": entry.body.decode("utf-8", "replace"),
        "fault": entry.fault,
        "status": entry.status,
        "applied": entry.applied,
    }
