"""The ledger of what clients sent: received, stored, refused and why, by project and client."""

from typing import Annotated, Any

from litestar import MediaType, Response, Router, get
from litestar.params import QueryParameter

from sightline.api.console._slice import project_of, time_param
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.clock import format_us
from sightline.core.errors import InvalidRequestError
from sightline.core.ids import NIL, format_id
from sightline.domain.workspace import Principal
from sightline.services.ingest.ledger import FLUSH_S
from sightline.services.ingest.ledger_report import Line, Report, report
from sightline.stores.catalog.ingest_ledger import DAY_US, KEPT_US, Question

_MOST_ROWS = 1_000


@get("/", summary="Read the ledger of what clients sent")
async def read_ledger(
    who: Principal,
    services: Services,
    project_id: str | None = None,
    from_: Annotated[str | None, QueryParameter(name="from")] = None,
    to: str | None = None,
) -> Response[bytes]:
    """Return the messages of a period (the last day) by project, face and client, with reasons
    for those that are not stored, and their course over time.

    What was refused before a workspace was known is in it for admins, without a project.
    """
    now_us = services.clock.now_us()
    to_us = min(time_param("to", to) or now_us, now_us)
    from_us = time_param("from", from_)
    from_us = max(to_us - DAY_US if from_us is None else from_us, now_us - KEPT_US)
    if to_us <= now_us - KEPT_US:
        raise InvalidRequestError("Counts are kept for 31 days: those of this period are gone")
    if from_us >= to_us:
        raise InvalidRequestError("Parameter `to` must be after `from`, and `from` in the past")
    project = await project_of(who, services, project_id) if project_id else None
    sees_all = who.role == "admin" and project is None
    # What this process has counted is in it to the moment.
    await services.ledger.flush()
    found = await report(
        services.catalog,
        who.workspace_id,
        Question(
            workspace_ids=(who.workspace_id, NIL) if sees_all else (who.workspace_id,),
            from_us=from_us,
            to_us=to_us,
            project_id=project,
        ),
        now_us,
    )
    return Response(codec.encode(_body(found)), media_type=MediaType.JSON)


def _body(found: Report) -> dict[str, Any]:
    return {
        "from": format_us(found.from_us),
        "to": format_us(found.to_us),
        "step_s": found.step_us // 1_000_000,
        "lost_by_a_crash_s": FLUSH_S,
        "total": _counts(found.total),
        "rows": [_row(line, found) for line in found.lines[:_MOST_ROWS]],
        "rows_left_out": max(0, len(found.lines) - _MOST_ROWS),
        "series": [
            {"time": format_us(step.start_us), "stored": step.stored, "refused": step.refused}
            for step in found.steps
        ],
    }


def _row(line: Line, found: Report) -> dict[str, Any]:
    """Return one row; a project that is not known has neither id nor name, a deleted one no name.

    Of a request that was refused before its workspace was known `is_ours` is false.
    """
    client, _, version = line.client.partition("/")
    project = found.projects.get(line.project_id)
    return {
        "project_id": None if line.project_id == NIL else format_id(line.project_id),
        "project_name": None if project is None else project.name,
        "is_ours": line.workspace_id != NIL,
        "face": line.face,
        "client": client,
        "client_version": version or None,
        **_counts(line),
    }


def _counts(line: Line) -> dict[str, Any]:
    return {
        "received": line.received,
        "stored": line.stored,
        "refused": line.refused,
        "reasons": dict(sorted(line.reasons.items(), key=lambda item: (-item[1], item[0]))),
        "last_received_at": format_us(line.last_us) if line.last_us else None,
    }


ROUTER = Router(path="/api/console/ledger", route_handlers=[read_ledger], tags=["ledger"])
