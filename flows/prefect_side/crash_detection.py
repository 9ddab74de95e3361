"""Mark a run as crashed whose process died: else Prefect shows it as running for ever.

Each run is signed: a file in ``PAPERMARKS_HOME/prefect/runs`` says which process carries it, so
that ``papermarks serve`` sees within seconds that a process of this machine is gone. For processes
elsewhere, and for a run that died before it was signed, there is an automation in Prefect: no
heartbeat for 90 seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Crashed

from flows.service import lifeline
from pipeline.ledger import owner
from pipeline.report.atomic import write_bytes

TAG = "papermarks"
NEEDS_A_PERSON = "Needs a person"  # the name of a completed run's state

_AUTOMATION = "papermarks: a run that is silent has crashed"
_SILENT_AFTER_S = 90
_MESSAGE = "its process ended before it did; run its files again, or papermarks rerun"


@contextmanager
def signed(home: Path) -> Iterator[None]:
    """Within this block, a file says which process carries the flow run that is under way here.

    The process ends with its runner, where one started it.
    """
    lifeline.exit_with_parent()
    signature = _signatures(home) / str(flow_run.id)
    with suppress(OSError):  # what is only shown must not stop what is sent
        signature.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(signature, owner.place().encode())
    try:
        yield
    finally:
        with suppress(OSError):
            signature.unlink(missing_ok=True)


async def mark_crashed(client: PrefectClient, home: Path) -> list[str]:
    """Mark the runs whose process on this machine is gone; their names."""
    marked = []
    for signature in sorted(_signatures(home).glob("[!.]*")):
        with suppress(FileNotFoundError, ValueError, ObjectNotFound):  # it has just ended well
            if not owner.surely_dead(signature.read_text()):
                continue
            run = await client.read_flow_run(UUID(signature.name))
            if run.state is None or not run.state.is_final():
                await client.set_flow_run_state(run.id, Crashed(message=_MESSAGE))
                marked.append(run.name)
        signature.unlink(missing_ok=True)
    return marked


def _signatures(home: Path) -> Path:
    return home / "prefect" / "runs"


async def watch_for_silence(client: PrefectClient, flows: list[str]) -> None:
    """Have the server itself mark runs of these flows that are silent, wherever they ran."""
    if not await client.read_automations_by_name(_AUTOMATION):
        await client.create_automation(_automation(flows))


def _automation(flows: list[str]) -> AutomationCore:
    """No sign of life for three heartbeats.

    Armed by the run's begin too: by heartbeats alone, one that dies before its first never is.
    """
    under_way = {"Pending", "Running", "heartbeat"}
    alive = {"heartbeat", "Completed", "Failed", "Cancelled", "Crashed", NEEDS_A_PERSON}
    trigger = EventTrigger(
        after={f"prefect.flow-run.{name}" for name in under_way},
        expect={f"prefect.flow-run.{name}" for name in alive},
        match=ResourceSpecification.model_validate({"prefect.resource.id": "prefect.flow-run.*"}),
        match_related=ResourceSpecification.model_validate(
            {"prefect.resource.role": "flow", "prefect.resource.name": flows}
        ),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=_SILENT_AFTER_S),
    )
    action = ChangeFlowRunState(
        name=None,
        state=StateType.CRASHED,
        message=f"no sign of life for {_SILENT_AFTER_S} seconds",
        force=False,
    )
    return AutomationCore(name=_AUTOMATION, trigger=trigger, actions=[action])
