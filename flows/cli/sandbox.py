"""``papermarks sandbox``."""

from __future__ import annotations

import json
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
from pipeline.sandbox.options import SWITCHES


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
    seconds: Annotated[
        float, typer.Option(min=0, help="Of latency, of hanging, or until what is late comes.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
    switch: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help=f"Answer in another shape; repeatable. Names: {', '.join(SWITCHES)}.",
        ),
    ] = None,
) -> None:
    """Stand in for Surpass, for training and trials. Its page shows what it took."""
    try:
        options = SandboxOptions().switched(dict(map(_named_value, switch or ())))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--switch") from error
    service = Sandbox(sample_sessions(sessions), options)
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


def _named_value(text: str) -> tuple[str, object]:
    """``becomes_result=true`` as name and value: JSON where it is some, text otherwise."""
    name, is_there, value = text.partition("=")
    if not is_there:
        raise ValueError(f"not like NAME=VALUE: {text}")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value


def _access(url: str, service: Sandbox) -> str:
    return (
        f"The sandbox is at {url} (open it in a browser); Ctrl-C ends it. To use it:\n"
        f"  PAPERMARKS_SURPASS_URL={url}\n"
        f"  PAPERMARKS_SURPASS_USERNAME={service.options.username}\n"
        f"  PAPERMARKS_SURPASS_PASSWORD={service.options.password}"
    )
