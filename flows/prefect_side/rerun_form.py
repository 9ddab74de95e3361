"""The form by which Prefect's page asks which run is to be run again, with runs to choose from.

Prefect keeps a deployment's form as a JSON schema, so the choices are part of it, and it is written
anew when there are others. A run that is not among them is named by its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentUpdate

_RECENT, _ANY = "A run that left something", "Another run, by its id"


async def offer(client: PrefectClient, deployment: UUID, choices: Sequence[str]) -> None:
    """Write the choices into the deployment's form."""
    schema = (await client.read_deployment(deployment)).parameter_openapi_schema or {}
    form = DeploymentUpdate.model_validate(
        {"parameter_openapi_schema": form_with_choices(schema, choices)}
    )
    await client.update_deployment(deployment, form)


def form_with_choices(schema: Mapping[str, Any], choices: Sequence[str]) -> dict[str, Any]:
    """The form in which a run is chosen, or where there is none to choose, written."""
    properties = dict(schema["properties"])
    about = {name: text for name, text in properties["run"].items() if name in _ABOUT}
    written = {"type": "string", "title": _ANY}
    chosen = {"type": "string", "title": _RECENT, "enum": [*choices]}
    properties["run"] = about | ({"anyOf": [chosen, written]} if choices else {"type": "string"})
    return {**schema, "properties": properties}


_ABOUT = {"title", "description", "position"}
