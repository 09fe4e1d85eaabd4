"""`GET projects/{id}/histogram`: how many rows began when, and how they fared."""

from typing import Any, get_args

from litestar import Response, Router, get
from litestar.di import Provide

from sightline.api.console._reading import PROJECT, bounded, json_response, names_of
from sightline.api.console._slice import Slice, slice_of
from sightline.api.kit.services import Services
from sightline.core.clock import format_us
from sightline.core.errors import InvalidRequestError
from sightline.services.query import histogram
from sightline.services.query.time_scale import MAX_BUCKETS, MIN_BUCKETS
from sightline.stores.analytics.slice_figures import EVERY, Figures, Wanted

_WANTED: tuple[Wanted, ...] = get_args(Wanted)


@get("/histogram", dependencies={"asked": Provide(slice_of)}, summary="Read rows over time")
async def read_histogram(
    services: Services, asked: Slice, buckets: int = 60, figures: str | None = None
) -> Response[bytes]:
    """Return buckets of a round length, at most as many as asked for.

    `figures` says which of `duration`, `cost` and `tokens` are wanted beside the counts, `none`
    for none of them; they cost time in a large project. Absent is all.
    """
    found = await histogram.histogram(
        services.analytics,
        asked.entity,
        asked.scope,
        asked.lifecycle,
        buckets=bounded("buckets", buckets, MIN_BUCKETS, MAX_BUCKETS),
        now_us=services.clock.now_us(),
        wanted=_wanted(figures),
    )
    starts = found.scale.starts()
    return json_response(
        {
            "from": format_us(found.scale.from_us),
            "to": format_us(found.scale.to_us),
            "step_s": found.scale.step_s,
            "buckets": [
                _bucket(start_us, figures)
                for start_us, figures in zip(starts, found.figures, strict=True)
            ],
        }
    )


def _wanted(text: str | None) -> list[Wanted]:
    names = names_of("figures", text)
    if not names:
        return list(EVERY)
    for name in names:
        if name not in {*_WANTED, "none", "count", "errors"}:
            raise InvalidRequestError(
                f"Parameter `figures` cannot have `{name[:40]}`",
                hint=f"It is none or some of {', '.join(_WANTED)}",
            )
    return [name for name in _WANTED if name in names]


def _bucket(start_us: int, figures: Figures) -> dict[str, Any]:
    return {
        "time": format_us(start_us),
        "count": figures.count,
        "errors": figures.errors,
        "duration_p50": figures.duration_p50,
        "duration_p99": figures.duration_p99,
        "cost": None if figures.cost is None else float(figures.cost),
        "tokens": figures.tokens,
    }


ROUTER = Router(path=PROJECT, route_handlers=[read_histogram], tags=["console"])
