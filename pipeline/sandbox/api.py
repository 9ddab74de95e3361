"""The routes of Surpass's TestSession resource."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from pipeline.sandbox import replies
from pipeline.sandbox.access import Served, signed_in
from pipeline.sandbox.bodies import ChangeBody, ReadBody
from pipeline.sandbox.content import read_completion_date, read_json
from pipeline.sandbox.errors import ErrorNumber, Problem, RefusedError, refused
from pipeline.sandbox.filters import parse_filter
from pipeline.sandbox.gate import ARRIVAL_IN_SCOPE
from pipeline.sandbox.sessions import SandboxSession
from pipeline.sandbox.store import Arrival, Sandbox

router = APIRouter(prefix="/api/v2/TestSession", dependencies=[Depends(signed_in)])

Completed = Annotated[str | None, Query(alias="completionDate")]


@router.get("")
async def list_sessions(
    request: Request,
    sandbox: Served,
    top: Annotated[int | None, Query(alias="$top")] = None,
    skip: Annotated[int, Query(alias="$skip")] = 0,
    filter_text: Annotated[str | None, Query(alias="$filter")] = None,
    additional: Annotated[bool, Query(alias="includeAdditionalInfo")] = False,
    progress: Annotated[bool, Query(alias="showMarkingProgress")] = False,
    test: Annotated[bool, Query(alias="showTest")] = False,
    test_form: Annotated[bool, Query(alias="showTestForm")] = False,
) -> JSONResponse:
    """One page of the sessions that match."""
    options = sandbox.options
    top = options.default_top if top is None else top
    if not 1 <= top <= options.max_top or skip < 0:
        raise refused(ErrorNumber.BAD_QUERY, f"$top is 1 to {options.max_top}, $skip 0 or more.")
    page, count = sandbox.select(parse_filter(filter_text, options.state_filter), skip, top)
    base = str(request.base_url)
    body: ReadBody = {
        # That `count` is all that match and `pageCount` the number of pages is a guess.
        "count": count,
        "top": top,
        "skip": skip,
        "pageCount": -(-count // top),
        "nextPageLink": _page_link(request, top, skip + top) if skip + top < count else None,
        "prevPageLink": _page_link(request, top, max(0, skip - top)) if skip else None,
        "response": [
            replies.listed(
                session,
                base,
                options,
                additional=additional,
                progress=progress,
                test=test,
                test_form=test_form,
            )
            for session in page
        ],
        "errors": None,
        "serverTimeZone": options.server_time_zone,
    }
    return JSONResponse(body)


@router.get("/{key}")
async def read_session(
    key: str,
    request: Request,
    sandbox: Served,
    additional: Annotated[bool, Query(alias="returnAdditionalInformation")] = False,
    downloads: Annotated[bool, Query(alias="returnDownloadData")] = False,
) -> JSONResponse:
    """One session, by id or keycode."""
    session, options = sandbox.test_session(key), sandbox.options
    reply = replies.single(
        session, str(request.base_url), options, additional=additional, downloads=downloads
    )
    return JSONResponse(replies.one_reply([reply], options.server_time_zone))


@router.put("/{key}")
async def change_state(key: str, request: Request, sandbox: Served) -> JSONResponse:
    """Pause, continue or void a session."""
    session = sandbox.change_state(key, read_json(await request.body()))
    return JSONResponse(_changed(request, sandbox, session))


@router.patch("/{keycode}")
async def reset_session(
    keycode: str,
    request: Request,
    sandbox: Served,
    current_form: Annotated[str, Query(alias="currentTestFormRef", min_length=1)],
    updated_form: Annotated[str, Query(alias="updatedTestFormRef", min_length=1)],
) -> JSONResponse:
    """Put a session that nobody has started back to state 1."""
    session = sandbox.reset_session(keycode, current_form, updated_form)
    return JSONResponse(_changed(request, sandbox, session))


@router.put("/{key}/SubmitMarkedExam")
async def submit_marked_exam(key: str, request: Request, sandbox: Served) -> JSONResponse:
    """AwaitingMarking becomes Marked."""
    session = sandbox.submit_marked_exam(key)
    return JSONResponse(_changed(request, sandbox, session))


@router.post("/{keycode}/ItemMarks")
@router.post("/{keycode}/ItemMarks/")  # the published client writes the slash
async def take_marks(
    keycode: str, request: Request, sandbox: Served, completed: Completed = None
) -> JSONResponse:
    """The marks of a paper session: all of them, or none."""
    date = read_completion_date(completed)
    if date is None:
        raise refused(ErrorNumber.BAD_COMPLETION_DATE, "completionDate is missing.")
    content = read_json(await request.body())
    session = sandbox.take_marks(keycode, content, date, _arrival(request))
    return JSONResponse(_changed(request, sandbox, session))


@router.post("/{keycode}/ItemResponses")
@router.post("/{keycode}/ItemResponses/")
async def take_responses(
    keycode: str, request: Request, sandbox: Served, completed: Completed = None
) -> JSONResponse:
    """The multiple-choice responses of a paper session: all of them, or none."""
    date = read_completion_date(completed)
    content = read_json(await request.body())
    session = sandbox.take_responses(keycode, content, date, _arrival(request))
    body = _changed(request, sandbox, session)
    body["message"] = "[sandbox] The responses were taken."
    return JSONResponse(body)


@router.get("/{key}/File/{file}")
@router.post("/{keycode}/ScannedItemResponses")
async def retired() -> JSONResponse:
    """Two calls that the vendor has withdrawn; whoever still makes them must notice."""
    problem = Problem(ErrorNumber.RETIRED, "This endpoint is retired and must not be used.")
    raise RefusedError(problem, status=410, business=False)


def _changed(request: Request, sandbox: Sandbox, session: SandboxSession) -> ChangeBody:
    return replies.changed(session, str(request.base_url), sandbox.options.server_time_zone)


def _page_link(request: Request, top: int, skip: int) -> str:
    """This very request, absolute and with its filter and flags, for another page."""
    return str(request.url.include_query_params(**{"$top": top, "$skip": skip}))


def _arrival(request: Request) -> Arrival:
    return cast(Arrival, request.scope[ARRIVAL_IN_SCOPE])
