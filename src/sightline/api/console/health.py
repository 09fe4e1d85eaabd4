"""`/health`: alive and able to read its store. `/ready`: able to take and answer everything.

For load balancers and operators. Who is not ready should get no requests, but needs no restart.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any

from litestar import Response, Router, get

from sightline import __version__
from sightline.api.kit.services import Services
from sightline.core.errors import SightlineError, StoreUnavailableError
from sightline.domain.process_roles import shown

# A store that is slower than this is no help to who asks.
_PATIENCE_S = 5.0
_SET_BACK_US = 5_000_000


@get("/health", opt={"public": True}, summary="Is the server alive")
async def health(services: Services) -> dict[str, Any]:
    """Answer 200 when the store answers; `faults` names what an operator should look at."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await services.analytics.query("SELECT 1", is_of_writes=False)
    except TimeoutError:
        raise StoreUnavailableError(
            "The analytics store does not answer", retry_after_s=2
        ) from None
    said: dict[str, Any] = {
        "status": "ok",
        "version": __version__,
        "role": shown(services.roles),
    }
    faults = services.upkeep.faults()
    if services.clock.now_us() - services.clock.wall_us() > _SET_BACK_US:
        faults.append("clock_set_back")
    if faults:
        said["faults"] = faults
    return said


@get("/ready", opt={"public": True}, summary="Is the server ready")
async def ready(services: Services) -> Response[dict[str, str]]:
    """Answer 200 when both databases answer, else 503; the body says `ok` or `down` of each."""
    analytics, catalog = await asyncio.gather(
        _state(services.analytics.query("SELECT 1", is_of_writes=False)),
        _state(services.catalog.ping()),
    )
    is_ready = analytics == catalog == "ok"
    return Response(
        {
            "status": "ok" if is_ready else "not ready",
            "role": shown(services.roles),
            "analytics": analytics,
            "catalog": catalog,
        },
        status_code=200 if is_ready else 503,
        headers={} if is_ready else {"retry-after": "2"},
    )


async def _state(asked: Awaitable[object]) -> str:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await asked
    except (SightlineError, TimeoutError):
        return "down"
    return "ok"


ROUTER = Router(path="/", route_handlers=[health, ready])
