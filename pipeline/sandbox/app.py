"""Put the sandbox's application together: routes, and one shape for everything that goes wrong."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from pipeline.sandbox import admin, api, results
from pipeline.sandbox.errors import ErrorNumber, Problem, RefusedError
from pipeline.sandbox.replies import refusal
from pipeline.sandbox.store import Sandbox


def create_app(sandbox: Sandbox) -> FastAPI:
    """The application that serves this sandbox; without the gate it knows no faults."""
    app = FastAPI(
        title="Surpass sandbox",
        # Documentation pages load scripts from elsewhere, and no client should learn from them.
        openapi_url=None,
        # A redirect would hide that a client has an address slightly wrong.
        redirect_slashes=False,
    )
    app.state.sandbox = sandbox
    app.include_router(api.router)
    app.include_router(results.router)
    app.include_router(admin.router)

    @app.exception_handler(RefusedError)
    async def refuse(request: Request, error: RefusedError) -> JSONResponse:
        status = 200 if error.business and sandbox.options.errors_in_200 else error.status
        # Basic alone is what the vendor documents; where it is switched off it is not offered.
        offered = error.status == 401 and not sandbox.options.basic_refused
        headers = {"WWW-Authenticate": 'Basic realm="sandbox"'} if offered else None
        zone = sandbox.options.server_time_zone
        return JSONResponse(refusal(request.method, error.problems, zone), status, headers)

    @app.exception_handler(RequestValidationError)
    async def refuse_query(request: Request, error: RequestValidationError) -> JSONResponse:
        fields = sorted({".".join(map(str, detail["loc"])) for detail in error.errors()})
        problem = Problem(ErrorNumber.BAD_QUERY, f"Missing or unreadable: {', '.join(fields)}.")
        return await refuse(request, RefusedError(problem))

    @app.exception_handler(HTTPException)
    async def refuse_address(request: Request, error: HTTPException) -> JSONResponse:
        problem = Problem(ErrorNumber.UNKNOWN_ADDRESS, f"{error.detail}.")
        return await refuse(
            request, RefusedError(problem, status=error.status_code, business=False)
        )

    return app
