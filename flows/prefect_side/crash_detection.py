"""A run whose process died must not be shown as running for ever: it is marked as crashed.

Each run is signed with the process that carries it, so that ``papermarks serve`` sees within
seconds that a process of this machine is gone. For processes elsewhere, and for a run that died
before it was signed, there is an automation in Prefect: no heartbeat for 90 seconds.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.utilities import get_or_create_client
from prefect.context import FlowRunContext
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.runtime import flow_run
from prefect.states import Crashed

from flows.service import lifeline
from pipeline.ledger import owner

TAG = "papermarks"
NEEDS_A_PERSON = "Needs a person"  # the name of a completed run's state

_UNDER_WAY = {"type": {"any_": [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]}}
_PARTS = 4  # the bars in a process's place; a worker's word for it has none
_PAGE = 200  # the most that a server tells at once

_SILENCE = "papermarks: a run that is silent has crashed"
_WORD = "its process ended before it did; run its files again, or papermarks rerun"


async def sign() -> None:
    """Say which process carries the flow run that is under way here, and end with its runner.

    It bears our tag from its creation: its deployment's, or that of whoever began it here.
    """
    lifeline.to_runner()
    running = FlowRunContext.get()
    theirs = running and running.flow_run and running.flow_run.infrastructure_pid  # a worker's
    if not theirs and (place := owner.place()):
        client, _ = get_or_create_client()  # the flow's own
        # Not as a label: on SQLite that often fails at first, and is tried again after 2 s.
        await client.update_flow_run(UUID(flow_run.id), infrastructure_pid=place)


async def mark(client: PrefectClient) -> list[str]:
    """Mark the runs whose process on this machine is gone; their names."""
    marked = []
    for run in [run for run in await _under_way(client) if _is_dead(run)]:
        # Its last word may have come between our two looks; after this one none can.
        state = (await client.read_flow_run(run.id)).state
        if state is None or not state.is_final():
            await client.set_flow_run_state(run.id, Crashed(message=_WORD))
            marked.append(run.name)
    return marked


async def _under_way(client: PrefectClient) -> list[FlowRun]:
    ours = FlowRunFilter.model_validate({"state": _UNDER_WAY, "tags": {"all_": [TAG]}})
    found: list[FlowRun] = []
    while page := await client.read_flow_runs(flow_run_filter=ours, limit=_PAGE, offset=len(found)):
        found += page
    return found


def _is_dead(run: FlowRun) -> bool:
    place = run.infrastructure_pid or ""
    return place.count("|") == _PARTS and owner.surely_dead(place)


async def watch_for_silence(client: PrefectClient, flows: list[str]) -> None:
    """Have the server itself mark runs of these flows that are silent, wherever they ran."""
    if not await client.read_automations_by_name(_SILENCE):
        await client.create_automation(_silence(flows))


def _silence(flows: list[str]) -> AutomationCore:
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
        within=timedelta(seconds=90),
    )
    action = ChangeFlowRunState(
        name=None, state=StateType.CRASHED, message="no sign of life for 90 seconds", force=False
    )
    return AutomationCore(name=_SILENCE, trigger=trigger, actions=[action])
