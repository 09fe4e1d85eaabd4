"""`GET projects/{id}/series`: a metric over time, split by what rows have in common or not."""

from litestar import Response, Router, get
from litestar.di import Provide

from sightline.api.console._reading import PROJECT, bounded, json_response
from sightline.api.console._slice import Slice, slice_of
from sightline.api.kit.services import Services
from sightline.core.clock import format_us
from sightline.services.query import series
from sightline.services.query.series import Asked
from sightline.services.query.time_scale import MAX_BUCKETS, MIN_BUCKETS

MAX_TOP = 50


@get("/series", dependencies={"asked": Provide(slice_of)}, summary="Read a metric over time")
async def read_series(
    services: Services,
    asked: Slice,
    metric: str = "count",
    breakdown: str = "none",
    percentile: str = "p50",
    score: str = "",
    buckets: int = 60,
    top: int = 8,
) -> Response[bytes]:
    """Return the lines of a chart, each with the query of the rows behind it.

    Groups come largest first, then `other`. `percentile` is what a split duration shows, `score`
    the name of the score to show alone, which a split of scores needs.
    """
    found = await series.chart(
        services.analytics,
        asked.entity,
        asked.scope,
        asked.lifecycle,
        Asked(
            metric=metric,
            breakdown="" if breakdown == "none" else breakdown,
            percentile=percentile,
            score=score,
            buckets=bounded("buckets", buckets, MIN_BUCKETS, MAX_BUCKETS),
            top=bounded("top", top, 1, MAX_TOP),
        ),
        now_us=services.clock.now_us(),
    )
    times_ms = [start_us // 1000 for start_us in found.scale.starts()]
    return json_response(
        {
            "from": format_us(found.scale.from_us),
            "to": format_us(found.scale.to_us),
            "step_s": found.scale.step_s,
            "series": [
                {
                    "name": line.name,
                    "label": line.label,
                    "unit": found.unit,
                    "query": line.query,
                    "points": list(zip(times_ms, line.values, strict=True)),
                }
                for line in found.lines
            ],
        }
    )


ROUTER = Router(path=PROJECT, route_handlers=[read_series], tags=["console"])
