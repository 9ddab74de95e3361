"""Who sends: papermarks, and what it is held against. Each is a process of its own.

python -m tests.benchmarks.clients NAME URL SHEET HOME CONCURRENCY
"""

from __future__ import annotations

import asyncio
import base64
import csv
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.benchmarks.server import PASSWORD, USER

Row = tuple[str, dict[str, int]]
Rows = list[Row]
Send = Callable[[], None]
_DATE = "?completionDate=2025-06-02T09:30:00"
_QUESTIONS = "?returnAdditionalInformation=true"


def _rows(sheet: Path) -> Rows:
    """Each keycode with its marks by question."""
    with sheet.open(newline="") as file:
        _, *questions = next(rows := csv.reader(file))
        numbers = [question.removeprefix("Q") for question in questions]
        return [
            (keycode, dict(zip(numbers, map(int, cells), strict=True))) for keycode, *cells in rows
        ]


def _body(marks: Mapping[str, int]) -> list[dict[str, object]]:
    return [{"questionNumber": question, "mark": mark} for question, mark in marks.items()]


async def _shared_out(
    rows: Rows,
    workers: int,
    work: Callable[[Iterator[Row]], Awaitable[None]],
) -> None:
    left = iter(rows)
    await asyncio.gather(*(work(left) for _ in range(workers)))


def papermarks(url: str, sheet: Path, home: Path, concurrency: int) -> Send:
    """Papermarks, as the command line runs it, without Prefect."""
    from pipeline.progress import QUIET
    from pipeline.run import ingest
    from pipeline.settings import Settings
    from pipeline.stages import Job, start
    from pipeline.surpass import Surpass, access_of

    access = {"surpass_url": url, "surpass_username": USER, "surpass_password": PASSWORD}
    settings = Settings.model_validate({"home": home, "concurrency": concurrency} | access)

    async def run() -> None:
        async with Surpass(access_of(settings)) as surpass:
            report = await ingest(start(Job(settings), [sheet], QUIET), surpass)
        outcomes = set(report.reconciliation.submissions["outcome"])
        assert outcomes == {"accepted"}, outcomes

    return lambda: asyncio.run(run())


def raw(url: str, sheet: Path, _: Path, concurrency: int) -> Send:
    """The floor: the same GET, POST, GET over plain sockets, with nothing checked or kept."""
    rows = _rows(sheet)
    parts = urlsplit(url)
    credentials = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    common = f"Host: {parts.netloc}\r\nAuthorization: Basic {credentials}\r\n"

    async def work(left: Iterator[Row]) -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)

        async def exchange(method: str, path: str, body: bytes = b"") -> object:
            head = f"{method} /api/v2/TestSession/{path} HTTP/1.1\r\n{common}"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.split(b"Content-Length: ")[1].split(b"\r\n")[0])
            return json.loads(await reader.readexactly(length))

        for keycode, marks in left:
            await exchange("GET", f"{keycode}{_QUESTIONS}")
            body = json.dumps(_body(marks)).encode()
            await exchange("POST", f"{keycode}/ItemMarks/{_DATE}", body)
            await exchange("GET", f"{keycode}{_QUESTIONS}")
        writer.close()

    return lambda: asyncio.run(_shared_out(rows, concurrency, work))


def one_by_one(url: str, sheet: Path, _: Path, __: int) -> Send:
    """A plain script: POST after POST over one connection, nothing read before or after."""
    import httpx

    def run() -> None:
        with httpx.Client(base_url=f"{url}/api/v2/TestSession/", auth=(USER, PASSWORD)) as http:
            for keycode, marks in _rows(sheet):
                answer = http.post(f"{keycode}/ItemMarks/{_DATE}", json=_body(marks))
                answer.raise_for_status()

    return run


def unchecked(url: str, sheet: Path, _: Path, concurrency: int) -> Send:
    """An asyncio script over httpx: POSTs at once, nothing read before or after, nothing kept."""
    import httpx

    async def run() -> None:
        limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
        base = f"{url}/api/v2/TestSession/"
        async with httpx.AsyncClient(base_url=base, auth=(USER, PASSWORD), limits=limits) as http:

            async def work(left: Iterator[Row]) -> None:
                for keycode, marks in left:
                    answer = await http.post(f"{keycode}/ItemMarks/{_DATE}", json=_body(marks))
                    answer.raise_for_status()

            await _shared_out(_rows(sheet), concurrency, work)

    return lambda: asyncio.run(run())


def prefect(url: str, sheet: Path, _: Path, concurrency: int) -> Send:
    """A naive flow: a task for each session, nothing read before or after, nothing kept."""
    import httpx
    from prefect import flow, task
    from prefect.task_runners import ThreadPoolTaskRunner

    @task
    def post(keycode: str, marks: dict[str, int]) -> None:
        with httpx.Client(base_url=f"{url}/api/v2/TestSession/", auth=(USER, PASSWORD)) as http:
            http.post(f"{keycode}/ItemMarks/{_DATE}", json=_body(marks)).raise_for_status()

    runner: Any = ThreadPoolTaskRunner(max_workers=concurrency)

    @flow(task_runner=runner)
    def post_all() -> None:
        for future in [post.submit(keycode, marks) for keycode, marks in _rows(sheet)]:
            future.result()

    return post_all


CLIENTS = {
    "ours": papermarks,
    "raw": raw,
    "one by one": one_by_one,
    "unchecked": unchecked,
    "prefect": prefect,
}


def main(name: str, url: str, sheet: Path, home: Path, concurrency: int) -> None:
    """Send, and print what that took: processor seconds, and the megabytes of memory at most."""
    send = CLIENTS[name](url, sheet, home, concurrency)
    before = time.process_time()  # imports are the same for ten sessions and for ten thousand
    send()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(time.process_time() - before, megabytes)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
