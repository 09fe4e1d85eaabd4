"""`/metrics`: the figures an operator watches, in Prometheus text form."""

from litestar import Response, Router, get

from sightline import __version__
from sightline.api.kit.services import Services

_HELP = {
    "sightline_ingest_rows_total": ("counter", "Rows committed, by table"),
    "sightline_ingest_commits_total": ("counter", "Group commits, by table"),
    "sightline_ingest_refused_rows_total": ("counter", "Rows refused with 429, by table"),
    "sightline_ingest_queue_bytes": ("gauge", "Bytes waiting to be committed, by table"),
}


@get("/metrics", opt={"public": True}, include_in_schema=False)
async def metrics(services: Services) -> Response[bytes]:
    """Return counters and gauges."""
    lines = [
        "# TYPE sightline_build_info gauge",
        f'sightline_build_info{{version="{__version__}"}} 1',
    ]
    figures = services.ingest.figures()
    for position, (name, (kind, text)) in enumerate(_HELP.items()):
        lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
        lines += [f'{name}{{table="{table}"}} {f[position]}' for table, f in figures.items()]
    return Response(
        ("\n".join(lines) + "\n").encode(), media_type="text/plain; version=0.0.4; charset=utf-8"
    )


ROUTER = Router(path="/", route_handlers=[metrics])
