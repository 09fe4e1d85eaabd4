"""`POST projects/{id}/import`: JSON lines as an export wrote them, of any length."""

import asyncio
from typing import Any, get_args

import msgspec
from litestar import Request, Router, post

from sightline.api.console._json_lines import Batch, batches, drain
from sightline.api.console._slice import project_of
from sightline.api.kit.services import Services
from sightline.core.errors import InvalidRequestError, SightlineError
from sightline.domain.workspace import Principal
from sightline.services.ingest.imports import Ids, Import
from sightline.wire.opik.exported import Line, read_line


@post("/{project_id:str}/import", status_code=200, summary="Import JSON lines")
async def import_lines(
    request: Request[Any, Any, Any],
    project_id: str,
    who: Principal,
    services: Services,
    ids: str = "auto",
) -> dict[str, Any]:
    """Store what the lines say in this project and return how much it was.

    Ids are kept, so that sending a file twice stores it once; where another project of the
    workspace has them already the import is a copy with ids of its own (`ids=new` always makes
    one, `ids=keep` refuses). The first line that is wrong ends it, with what is before it stored.
    """
    importing = Import(
        services.ingest,
        services.analytics,
        services.clock,
        who,
        await project_of(who, services, project_id),
        _ids(ids),
    )
    stored = 0
    chunks = request.stream()
    try:
        async for batch in batches(request, chunks):
            lines, read, error = await asyncio.to_thread(_read, batch, services.clock.now_us())
            await importing.take(lines)
            stored = batch.first - 1 + read
            if error is not None:
                raise error
    except SightlineError as error:
        await drain(chunks)
        error.hint = " ".join(filter(None, [_end(error.hint), _so_far(stored)]))
        raise
    return {
        **msgspec.structs.asdict(importing.counts),
        "ids": "new" if importing.are_ids_new else "kept",
    }


def _read(batch: Batch, now_us: int) -> tuple[list[Line], int, SightlineError | None]:
    """Return what the lines say, how many were read, and what is wrong with the next, if it is."""
    found: list[Line] = []
    for i, text in enumerate(batch.lines):
        if not text.strip():
            continue
        try:
            found.append(read_line(text, batch.first + i, now_us + i))
        except SightlineError as error:
            return found, i, error
    return found, len(batch.lines), None


def _so_far(lines: int) -> str:
    if not lines:
        return "Nothing was stored"
    return f"What stands before, {lines} lines, is stored; sent again it counts once"


def _end(hint: str | None) -> str | None:
    return hint if hint is None or hint.endswith(".") else f"{hint}."


def _ids(text: str) -> Ids:
    for known in get_args(Ids):
        if text == known:
            found: Ids = known
            return found
    raise InvalidRequestError(
        f"Parameter `ids` cannot be `{text[:40]}`", hint=f"It is one of {', '.join(get_args(Ids))}"
    )


ROUTER = Router(path="/api/console/projects", route_handlers=[import_lines], tags=["console"])
