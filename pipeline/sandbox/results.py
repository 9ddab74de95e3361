"""The routes of Surpass's Result and TestForm resources that a client of paper marks needs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from pipeline.sandbox import replies
from pipeline.sandbox.access import Served, signed_in

router = APIRouter(prefix="/api/v2", dependencies=[Depends(signed_in)])


@router.get("/Result/{key}")
async def read_result(
    key: str,
    request: Request,
    sandbox: Served,
    answers: Annotated[bool, Query(alias="showItemResponses")] = False,
    downloads: Annotated[bool, Query(alias="returnDownloadData")] = False,
) -> JSONResponse:
    """What a session has become, by its id or keycode."""
    options = sandbox.options
    reply = replies.result(
        sandbox.result(key), str(request.base_url), options, answers=answers, downloads=downloads
    )
    return JSONResponse(replies.one_reply([reply], options.server_time_zone))


@router.get("/Result/{keycode}/StateChanges")
async def read_state_changes(keycode: str, sandbox: Served) -> JSONResponse:
    """The states that it came into here, the first first; all by the one user that there is."""
    session, options = sandbox.result(keycode), sandbox.options
    changes = [
        replies.state_change(change, session, options.username) for change in session.changes
    ]
    return JSONResponse(replies.one_reply(changes, options.server_time_zone))


@router.get("/TestForm/{key}")
async def read_test_form(
    key: str,
    request: Request,
    sandbox: Served,
    items: Annotated[bool, Query(alias="includeItems")] = False,
) -> JSONResponse:
    """A test form, by its id or reference."""
    options = sandbox.options
    form = replies.test_form(
        sandbox.with_test_form(key), str(request.base_url), options, items=items
    )
    return JSONResponse(replies.one_reply([form], options.server_time_zone))
