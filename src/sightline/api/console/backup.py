"""`POST /api/console/backup`: the data folder as a tar stream, for whoever may write to it.

A backup holds every workspace, so no API key opens this route. The caller proves that it may
write to the data folder: it makes a file `operator-<32 hex>` there and names it in a header.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

from litestar import Request, Router, post
from litestar.response import Stream

from sightline.api.kit.services import Services
from sightline.core.errors import ConflictError, PermissionDeniedError
from sightline.core.log import get_logger
from sightline.services.workspace import backup

log = get_logger(__name__)

PROOF = "sightline-operator"
_PROOF = re.compile(r"[0-9a-f]{32}")
_turn = asyncio.Lock()


@post("/api/console/backup", opt={"public": True}, status_code=200, include_in_schema=False)
async def take_backup(request: Request[Any, Any, Any], services: Services) -> Stream:
    """Stream a consistent copy of the embedded stores."""
    if not services.analytics.is_embedded:
        raise ConflictError(
            "The analytics store is a ClickHouse server, which has backups of its own",
            hint="Use its BACKUP statement, and Postgres' own tools for the catalog",
        )
    folder = Path(services.analytics.options.dsn.removeprefix("chdb://")).parent
    proof = request.headers.get(PROOF, "")
    if not _PROOF.fullmatch(proof) or not (folder / f"operator-{proof}").is_file():
        raise PermissionDeniedError(
            "Only somebody who may write to the data folder may copy it",
            hint="Run `sightline backup` on this machine, as the user that runs the server",
        )
    if _turn.locked():
        raise ConflictError("Another backup is running", hint="Wait until it ends")
    await _turn.acquire()
    try:
        snapshot = await backup.take(folder, services.analytics, services.catalog)
    except BaseException:
        _turn.release()
        raise
    log.info("backup.started", files=len(snapshot.files))
    pieces = _pieces(snapshot)
    # Started here: one that never ran would not clean up when the caller has gone already.
    await anext(pieces)
    return Stream(pieces, media_type="application/x-tar")


async def _pieces(snapshot: backup.Snapshot) -> AsyncGenerator[bytes, None]:
    pieces = backup.archive(snapshot)
    size = 0
    try:
        yield b""
        while piece := await asyncio.to_thread(_some, pieces):
            size += len(piece)
            yield piece
        log.info("backup.finished", bytes=size)
    finally:
        # Also when the caller hangs up: the frozen parts would keep their disk space.
        snapshot.drop()
        _turn.release()


def _some(pieces: Iterator[bytes], want: int = 1 << 20) -> bytes:
    """Join small pieces, so that a hop to a thread and back carries enough."""
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= want:
            break
    return bytes(held)


ROUTER = Router(path="/", route_handlers=[take_backup])
