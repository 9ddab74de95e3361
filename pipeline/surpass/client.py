"""The HTTP client of Surpass: test sessions, their marks and results.

Reading may be repeated freely. A change whose answer was lost never is: the session is read first,
and only what is still due is sent again.
"""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlencode

from aiolimiter import AsyncLimiter

from pipeline.errors import (
    NotFound,
    NotUnderstood,
    Refused,
    SurpassError,
    WrongState,
)
from pipeline.http_logs import keep_addresses_out
from pipeline.surpass import filters, replies
from pipeline.surpass.access import Access
from pipeline.surpass.changes import send_while_due
from pipeline.surpass.clock import SurpassClock
from pipeline.surpass.next_page import next_page_address
from pipeline.surpass.replies import Page, Receipt, Result, Session
from pipeline.surpass.retries import Retries
from schemas.states import POSSIBLE_CHANGES, RESETTABLE, TestState, VoidReason

if TYPE_CHECKING:
    import httpx

_FLAGS = ("includeAdditionalInfo", "showTest", "showTestForm")  # what a list leaves out by itself
PAGE_SIZE = 40  # the most that a published client asks for at once

Attempting = Callable[[], AbstractAsyncContextManager[None]]
"""Entered before a POST's first byte leaves; left with the error, if any, that came of it."""


def _without_record() -> AbstractAsyncContextManager[None]:
    return nullcontext()


class Surpass:
    """A client of Surpass; use it as an async context manager.

    ``transport`` is what carries the requests: tests and the sandbox may swap the wire. ``pace`` is
    entered for each request, beside our own limits: the turns that several machines share. What
    cannot give a turn raises Unreachable.
    """

    def __init__(
        self,
        access: Access,
        transport: httpx.AsyncBaseTransport | None = None,
        pace: Callable[[], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        """Connect to nothing yet."""
        keep_addresses_out()
        self._retries = Retries(access)
        # Here: a command that asks Surpass nothing starts sooner without them.
        from pipeline.surpass.wire import JsonClient

        if transport is None:
            from pipeline.surpass.transport import transport_to

            transport = transport_to(access.url, access.concurrency, _tls(access))
        self._http = JsonClient(transport, access)
        self._base = str(self._http.base)
        self._pace: AbstractAsyncContextManager[None] = (
            AsyncLimiter(1, 1 / access.rate_limit) if access.rate_limit else nullcontext()
        )
        self._shared_pace = pace or nullcontext

    @property
    def clock(self) -> SurpassClock:
        """Surpass's clock, as its answers show it."""
        return self._http.clock

    async def __aenter__(self) -> Self:
        """Open the connections' pool."""
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        await self._http.__aexit__(kind, error, trace)

    @property
    def gives_up_after_s(self) -> float:
        """How long a whole answer is waited for, from when the request could leave."""
        return self._http.patience.whole_s

    def hurry(self) -> None:
        """Retry nothing and wait for no answer long: somebody waits for this process to end."""
        self._retries.hurry()
        self._http.patience.hurry()

    async def session(self, keycode_or_id: str | int, *, additional: bool = True) -> Session:
        """Read one session; with its questions, maxima and marks where Surpass gives them.

        NotFound where there is none by that keycode or id, or none that this user may see.
        """
        return await self._retries.call(lambda: self._read(keycode_or_id, additional=additional))

    async def result(self, keycode_or_id: str | int) -> Result:
        """Read the result that a session has become. NotFound where there is none (yet)."""
        return await self._retries.call(lambda: self._read_result(keycode_or_id))

    async def sessions(
        self, where: Mapping[str, str | int] | None = None, *, page_size: int = PAGE_SIZE
    ) -> AsyncIterator[Session]:
        """List all sessions that meet ``where``, such as ``{"centre/reference": "12345"}``.

        What Surpass's filter cannot say is left to the caller: see `filters.can_ask_for`.
        """
        params: dict[str, str | int] = {"$top": page_size} | dict.fromkeys(_FLAGS, "true")
        if where:
            params["$filter"] = filters.filter_expression(where)
        link: str | None = "TestSession"
        visited: set[str] = set()
        while link is not None:
            visited.add(link)
            page = await self._retries.call(partial(self._page, link, params))
            for session in page.response:
                yield session
            link, params = next_page_address(page.next_page_link, visited, self._http.base), {}

    async def update_state(
        self,
        keycode_or_id: str | int,
        state: TestState,
        *,
        void_reason: VoidReason | None = None,
        void_message: str | None = None,
        force_local_void: bool | None = None,
    ) -> Receipt:
        """Change a session's state. Voiding cannot be reversed."""
        body = {
            "testState": state.wire,
            "voidReason": None if void_reason is None else void_reason.wire,
            "voidMessage": void_message,
            "forceLocalVoid": force_local_void,
        }
        present = {name: value for name, value in body.items() if value is not None}
        return await self._send_change(
            keycode_or_id,
            lambda: self._send("PUT", _path(keycode_or_id), json=present),
            still_due=lambda session: session.state is not state,
            allowed=lambda session: (session.state, state) in POSSIBLE_CHANGES,
        )

    async def reset(self, keycode: str, current_form: str, updated_form: str) -> Receipt:
        """Reset a session to state 1, with another test form; only from states 1 to 4."""
        params = {"currentTestFormRef": current_form, "updatedTestFormRef": updated_form}
        return await self._send_change(
            keycode,
            lambda: self._send("PATCH", _path(keycode), params),
            still_due=lambda session: session.state in RESETTABLE,
        )

    async def submit_marked(self, keycode_or_id: str | int) -> Receipt:
        """Move a session from AwaitingMarking to Marked."""
        return await self._send_change(
            keycode_or_id,
            lambda: self._send("PUT", _path(keycode_or_id) + "/SubmitMarkedExam"),
            still_due=lambda session: session.state is TestState.AWAITING_MARKING,
        )

    async def assign_item_marks(
        self,
        keycode: str,
        marks: Sequence[tuple[str, int | None]],
        completion_date: dt.datetime,
        attempt: Attempting = _without_record,
    ) -> Receipt:
        """Send all of a session's marks, once. None is 'not attempted'.

        A SurpassError that is not ``not_taken`` means that nobody knows whether they were taken:
        the caller reads the session, after a while, before anything is sent again.
        """
        body = [{"questionNumber": question, "mark": mark} for question, mark in marks]
        return await self._assign(keycode, "ItemMarks/", body, completion_date, attempt)

    async def assign_item_responses(
        self,
        keycode: str,
        answers: Sequence[tuple[str, str | None]],
        completion_date: dt.datetime | None = None,
        attempt: Attempting = _without_record,
    ) -> Receipt:
        """Send all of a session's multiple-choice answers, once. As with marks."""
        body = [{"questionNumber": question, "answer": answer} for question, answer in answers]
        return await self._assign(keycode, "ItemResponses", body, completion_date, attempt)

    async def _assign(
        self,
        keycode: str,
        call: str,
        body: Sequence[Mapping[str, Any]],
        completion_date: dt.datetime | None,
        attempt: Attempting,
    ) -> Receipt:
        """POST, again only after an answer that proves that nothing was taken."""
        params = (
            {"completionDate": completion_date.strftime("%Y-%m-%dT%H:%M:%S")}
            if completion_date
            else {}
        )

        async def post() -> Receipt:
            # The turn first: an attempt begins when it leaves, however long that was waited for.
            async with self._pace, self._shared_pace(), attempt():
                reply = await self._ask("POST", f"{_path(keycode)}/{call}", params, json=body)
                return replies.receipt(reply)

        try:
            return await self._retries.call(post, only_if_not_taken=True)
        except Refused as error:
            raise await self._because_of_state(keycode, error, lambda s: s.is_open) from error

    async def _send_change(
        self,
        keycode_or_id: str | int,
        send: Callable[[], Awaitable[object]],
        still_due: Callable[[Session], bool],
        allowed: Callable[[Session], bool] | None = None,
    ) -> Receipt:
        """Send a change until it is answered; after a doubtful end only while it is still due.

        ``allowed`` tells the states from which it can be made, where those are not the same.
        """
        read = partial(self._read, keycode_or_id, additional=False)
        try:
            return await send_while_due(self._retries, send, read, still_due)
        except Refused as error:
            raise await self._because_of_state(
                keycode_or_id, error, allowed or still_due
            ) from error

    async def _because_of_state(
        self, keycode_or_id: str | int, refused: Refused, allowed: Callable[[Session], bool]
    ) -> Refused:
        """Surpass's error numbers are not documented: the session's state tells the cause."""
        try:
            session = await self.session(keycode_or_id, additional=False)
        except SurpassError:
            return refused
        return (
            refused
            if allowed(session)
            else WrongState(refused, session.state_name or "a state that is not told")
        )

    async def _page(self, link: str, params: Mapping[str, str | int]) -> Page:
        return replies.page(await self._send("GET", link, params))

    async def _read(self, keycode_or_id: str | int, *, additional: bool) -> Session:
        params = {"returnAdditionalInformation": "true"} if additional else {}
        session = replies.session(await self._get_one(_path(keycode_or_id), params))
        if session is None:
            raise NotFound(f"Surpass does not know {keycode_or_id}")
        if session.keycode is not None and str(keycode_or_id) not in (
            session.keycode,
            str(session.id),
        ):
            raise NotUnderstood(f"asked for {keycode_or_id}, told of {session.keycode}")
        return session

    async def _read_result(self, keycode_or_id: str | int) -> Result:
        result = replies.result(await self._get_one(_path(keycode_or_id, "Result"), {}))
        if result is None:
            raise NotFound(f"Surpass knows no result of {keycode_or_id}")
        if result.reference is not None and str(keycode_or_id) not in (
            result.reference,
            str(result.id),
        ):
            raise NotUnderstood(f"asked for {keycode_or_id}, told of {result.reference}")
        return result

    async def _get_one(self, path: str, params: Mapping[str, str | int]) -> object:
        """One thing's reply; that there is none comes as 404, or as errors with another status."""
        try:
            return await self._send("GET", path, params)
        except Refused as error:
            raise NotFound(str(error), not_taken=True) from error

    async def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
    ) -> object:
        async with self._pace, self._shared_pace():
            return await self._ask(method, path, params, json)

    async def _ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
    ) -> object:
        """The same, at once."""
        # A list's next page comes as an address.
        whole = path if "://" in path else f"{self._base}{path}"
        address = f"{whole}?{_query(params)}" if params else whole
        return await self._http.exchange(method, address, json)


def _tls(access: Access) -> ssl.SSLContext | None:
    """What verifies the certificate of Surpass; None where nothing is encrypted (this machine)."""
    from pipeline.tls import verifying

    return verifying(access.ca_file) if access.url.lower().startswith("https:") else None


def _query(params: Mapping[str, str | int]) -> str:
    """As the known clients write it: blanks as %20, which httpx would write as '+'."""
    return urlencode(params, safe="$/:'", quote_via=quote)


def _path(keycode_or_id: str | int, resource: str = "TestSession") -> str:
    return f"{resource}/{quote(str(keycode_or_id), safe='')}"
