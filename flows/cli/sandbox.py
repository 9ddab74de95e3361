"""``papermarks sandbox``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli import show
from flows.samples import SAMPLES
from pipeline.errors import InputError
from pipeline.sandbox import (
    Fault,
    FaultKind,
    Sandbox,
    SandboxOptions,
    SandboxSession,
    load_sessions,
    serve,
)


def sandbox(
    sessions: Annotated[
        Path | None, typer.Option(help="A CSV file of test sessions; default: the samples'.")
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 8086,
    fault: Annotated[
        list[FaultKind] | None, typer.Option(help="Go wrong in this way at times; repeatable.")
    ] = None,
    probability: Annotated[
        float, typer.Option(min=0, max=1, help="How often each fault comes.")
    ] = 0.1,
    seconds: Annotated[float, typer.Option(min=0, help="Of latency or hanging.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
) -> None:
    """Stand in for Surpass, for training and trials. Its page shows what it took."""
    service = Sandbox(sample_sessions(sessions), SandboxOptions())
    service.faults.set(
        *(Fault(kind, probability=probability, seconds=seconds) for kind in fault or ()), seed=seed
    )
    try:
        serve(service, host, port, ready=lambda url: show.note(_access(url, service)))
    except OSError as error:
        raise InputError(f"cannot listen on {host}:{port}: {error.strerror}") from error


def sample_sessions(path: Path | None) -> list[SandboxSession]:
    """The sandbox's sessions from a file. InputError names what is wrong in it."""
    try:
        return load_sessions(path or SAMPLES / "sessions.csv")
    except (OSError, ValueError) as error:
        raise InputError(f"the sandbox's sessions: {error}") from error


def _access(url: str, service: Sandbox) -> str:
    return (
        f"The sandbox is at {url} (open it in a browser); Ctrl-C ends it. To use it:\n"
        f"  PAPERMARKS_SURPASS_URL={url}\n"
        f"  PAPERMARKS_SURPASS_USERNAME={service.options.username}\n"
        f"  PAPERMARKS_SURPASS_PASSWORD={service.options.password}"
    )
