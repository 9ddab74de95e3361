"""A change of a session that is sent until it is answered, and never blindly a second time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pipeline.errors import DOUBTFUL, AnswerLost, SurpassError
from pipeline.surpass import replies
from pipeline.surpass.replies import Receipt, Session
from pipeline.surpass.retries import Retries


class _MovedOn(SurpassError):  # noqa: N818
    """The session no longer waits for the change whose answer was lost."""


async def send_while_due(
    retries: Retries,
    send: Callable[[], Awaitable[object]],
    read: Callable[[], Awaitable[Session]],
    still_due: Callable[[Session], bool],
) -> Receipt:
    """Send it; after an answer that was lost, read the session and send only if it is still due.

    AnswerLost where it is not known in the end whether the change was made.
    """
    lost: SurpassError | None = None
    must_read = False

    async def once() -> object:
        nonlocal lost, must_read
        if must_read:
            if not still_due(await read()):
                raise _MovedOn("the session has moved on")
            must_read = False
        try:
            return await send()
        except DOUBTFUL as error:
            lost, must_read = error, True
            raise

    try:
        return replies.receipt(await retries.call(once))
    except SurpassError as error:
        # Once in doubt, even a later 'no' may only mean that the first try was taken after all.
        if lost is not None and error is not lost:
            raise AnswerLost(f"{lost}; since then: {error}") from error
        raise
