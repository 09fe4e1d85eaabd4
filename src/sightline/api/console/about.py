"""About this server: version, stores and their sizes, memory, settings."""

import os
import platform
import resource
import sys
from pathlib import Path
from typing import Any

from litestar import MediaType, Response, Router, get

from sightline import __version__
from sightline.api.kit.services import Services
from sightline.core import codec
from sightline.core.clock import format_us
from sightline.domain.workspace import Principal
from sightline.stores.analytics.options import default_memory_bytes
from sightline.stores.analytics.sizes import sizes
from sightline.stores.catalog.sizes import blob_bytes, catalog_bytes


# Sizes and folders concern every workspace, so they are not for everybody who has a key.
@get("/", opt={"role": "admin"})
async def about(who: Principal, services: Services) -> Response[bytes]:
    """Say what runs here, how much it holds and how it is set."""
    analytics = services.analytics
    found = await sizes(analytics)
    catalog, blobs = await services.catalog.read(lambda c: (catalog_bytes(c), blob_bytes(c)))
    cap = analytics.options.max_memory_bytes or default_memory_bytes()
    body: dict[str, Any] = {
        "version": __version__,
        "python": platform.python_version(),
        "started_at": format_us(services.started_at_us),
        # Both stores have answered by now.
        "health": "ok",
        "data_folder": services.data_folder,
        "platform": f"{platform.system()} {platform.machine()}",
        "stores": {
            "analytics": {
                "kind": "embedded ClickHouse" if analytics.is_embedded else "ClickHouse server",
                "version": found.version,
                "bytes": found.bytes,
                "parts": found.parts,
                "rows": found.rows,
            },
            "catalog": {"kind": services.catalog.kind, "bytes": catalog},
            "blobs": {"kind": services.blobs.kind, "bytes": blobs},
        },
        "memory": {
            "rss_bytes": _resident_bytes(),
            "engine_cap_bytes": cap if analytics.is_embedded else None,
        },
        "settings": dict(services.settings),
    }
    return Response(codec.encode(body), media_type=MediaType.JSON)


def _resident_bytes() -> int:
    """Return the memory that the process has now; where the system does not say, its most."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


ROUTER = Router(path="/api/console/about", route_handlers=[about], tags=["about"])
