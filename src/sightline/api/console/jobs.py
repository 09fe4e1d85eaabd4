"""`/api/console/jobs/{id}`: how far work on many has come, and stopping it."""

from typing import Any

from litestar import Router, delete, get

from sightline.api.kit.services import Services
from sightline.core.ids import format_id, parse_id
from sightline.domain.workspace import Principal
from sightline.services.workspace.bulk import BulkJob


@get("/{id:str}", summary="Watch a job")
async def read_job(id: str, who: Principal, services: Services) -> dict[str, Any]:
    """Return how far a job of the workspace has come."""
    return _body(await services.bulk.get(who.workspace_id, parse_id(id)))


@delete("/{id:str}", status_code=200, summary="Cancel a job")
async def cancel_job(id: str, who: Principal, services: Services) -> dict[str, Any]:
    """Stop a job and return it; what it has done stays done. One that has ended stays as it is."""
    return _body(await services.bulk.cancel(who.workspace_id, parse_id(id)))


def _body(job: BulkJob) -> dict[str, Any]:
    return {
        "id": format_id(job.id),
        "kind": job.kind,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "error": job.error,
    }


ROUTER = Router(path="/api/console/jobs", route_handlers=[read_job, cancel_job], tags=["console"])
