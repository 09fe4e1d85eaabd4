"""Charts of a slice: what each metric draws, what may split it, and the query of each line."""

import asyncio
from collections.abc import Sequence

import msgspec

from sightline.core.errors import InvalidRequestError
from sightline.domain.filter import And, Condition, EntityType, Filter, Not
from sightline.services.query.histogram import scale_of
from sightline.services.query.time_scale import TimeScale
from sightline.stores.analytics import series as rows
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.likely_hours import narrowed
from sightline.stores.analytics.narrowing import simplified
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.series import Drawn, Group, Point
from sightline.stores.analytics.thread_columns import Lifecycle
from sightline.wire.query.writer import write

PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_USAGE = {
    "total_tokens": "Total tokens",
    "prompt_tokens": "Prompt tokens",
    "completion_tokens": "Completion tokens",
}
_SCORES = "feedback_scores"
_TOP_SCORES = 20
REST = "other"

_UNITS = {
    "count": "count",
    "errors": "count",
    "error_rate": "ratio",
    "duration": "ms",
    "ttft": "ms",
    "tokens": "tokens",
    "cost": "usd",
    _SCORES: "score",
}
METRICS = tuple(_UNITS)
_COUNTED: dict[EntityType, str] = {"trace": "Traces", "span": "Spans", "thread": "Threads"}
_LABELS = {"errors": "Errors", "error_rate": "Error rate", "cost": "Cost"}
# Where nothing happened these are nothing, and the others have no value.
_NOTHING_IS_ZERO = frozenset(("count", "errors", "tokens", "cost"))

_OF_ALL = ("name", "model", "provider", "tags", "user", "environment")
BREAKDOWNS: dict[EntityType, tuple[str, ...]] = {
    "trace": _OF_ALL,
    "span": (*_OF_ALL, "type"),
    "thread": ("tags", "environment", "status"),
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a chart shows. `percentile` and `score` pick one line where a breakdown needs one."""

    metric: str
    breakdown: str = ""
    percentile: str = "p50"
    score: str = ""
    buckets: int = 60
    top: int = 8


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a chart, a value for each bucket; `query` selects the rows behind it."""

    name: str
    label: str
    query: str
    values: list[float | None]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    scale: TimeScale
    unit: str
    lines: list[Line]


async def chart(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    lifecycle: Lifecycle,
    asked: Asked,
    *,
    now_us: int,
) -> Chart:
    """Return a chart's lines: of groups the largest first, what is left of them last.

    Raises `InvalidRequestError` for what cannot be drawn or split, and for a wrong filter.
    """
    _check(entity, asked)
    scope = await narrowed(analytics, entity, scope)
    scale, narrow = await asyncio.gather(
        scale_of(analytics, entity, scope, lifecycle, buckets=asked.buckets, now_us=now_us),
        simplified(analytics, entity, scope),
    )
    if entity == "thread":
        # A thread belongs where it began, which a range without an end would not say.
        narrow = msgspec.structs.replace(scope, hidden_sources=narrow.hidden_sources)
    names: Sequence[str] = ()
    if asked.metric == _SCORES:
        names = (
            [asked.score]
            if asked.score
            else await rows.score_names(analytics, entity, scope, _TOP_SCORES)
        )
        if not names:
            return Chart(scale=scale, unit=_UNITS[asked.metric], lines=[])
    points = await rows.series(
        analytics,
        entity,
        narrow,
        _drawn(asked, names),
        scale.buckets,
        lifecycle,
        by=asked.breakdown,
        top=asked.top,
    )
    draw = _grouped if asked.breakdown else _plain
    return Chart(
        scale=scale, unit=_UNITS[asked.metric], lines=draw(entity, asked, scale, points, names)
    )


def _check(entity: EntityType, asked: Asked) -> None:
    if asked.metric not in _UNITS:
        raise InvalidRequestError(
            f"Parameter `metric` cannot be `{asked.metric[:40]}`",
            hint=f"It is one of {', '.join(METRICS)}",
        )
    if asked.metric == "ttft" and entity == "thread":
        raise InvalidRequestError("A thread has no time to the first token (`ttft`)")
    if asked.breakdown and asked.breakdown not in BREAKDOWNS[entity]:
        raise InvalidRequestError(
            f"Parameter `breakdown` of a {entity} cannot be `{asked.breakdown[:40]}`",
            hint=f"It is none or one of {', '.join(BREAKDOWNS[entity])}",
        )
    if asked.percentile not in PERCENTILES:
        raise InvalidRequestError(
            f"Parameter `percentile` cannot be `{asked.percentile[:40]}`",
            hint=f"It is one of {', '.join(PERCENTILES)}",
        )
    if asked.metric == _SCORES and asked.breakdown and not asked.score:
        raise InvalidRequestError(
            "Feedback scores are split one at a time",
            hint="Name the one to split in the parameter `score`",
        )


def _drawn(asked: Asked, scores: Sequence[str]) -> Drawn:
    match asked.metric:
        case "duration" | "ttft":
            levels = [PERCENTILES[asked.percentile]] if asked.breakdown else PERCENTILES.values()
            return Drawn(kind="percentiles", columns=(asked.metric,), levels=tuple(levels))
        case "tokens":
            kinds = ("total_tokens",) if asked.breakdown else tuple(_USAGE)
            return Drawn(kind="sum", columns=tuple(f"usage.{kind}" for kind in kinds))
        case "cost":
            return Drawn(kind="sum", columns=("total_estimated_cost",))
        case "feedback_scores":
            return Drawn(kind="average", columns=tuple(f"{_SCORES}.{name}" for name in scores))
        case "count":
            return Drawn(kind="count")
        case "errors":
            return Drawn(kind="errors")
        case _:
            return Drawn(kind="error_rate")


def _plain(
    entity: EntityType,
    asked: Asked,
    scale: TimeScale,
    points: Sequence[Point],
    scores: Sequence[str],
) -> list[Line]:
    """Return a line for each value of a point."""
    names = {asked.metric: _LABELS.get(asked.metric, _COUNTED[entity])}
    queries: dict[str, str] = {}
    if asked.metric in {"duration", "ttft"}:
        names = {name: name for name in PERCENTILES}
    elif asked.metric == "tokens":
        names = _USAGE
    elif asked.metric == _SCORES:
        names = {name: name for name in scores}
        queries = {
            name: _text(entity, Condition(field=_SCORES, key=name, operator="is_not_empty"))
            for name in scores
        }
    return [
        Line(
            name=name,
            label=label,
            query=queries.get(name, ""),
            values=_filled(asked, scale, {p.bucket: p.values[i] for p in points}),
        )
        for i, (name, label) in enumerate(names.items())
    ]


def _grouped(
    entity: EntityType,
    asked: Asked,
    scale: TimeScale,
    points: Sequence[Point],
    scores: Sequence[str],
) -> list[Line]:
    """Return a line for each group."""
    found: dict[Group, dict[int, float | None]] = {}
    for point in points:
        found.setdefault(point.group, {})[point.bucket] = point.values[0]
    nothing = (0, None) if asked.metric in _NOTHING_IS_ZERO else (None,)
    found = {g: v for g, v in found.items() if any(x not in nothing for x in v.values())}
    order = sorted(
        found,
        key=lambda g: (g.is_rest, -sum(abs(v or 0) for v in found[g].values()), g.value),
    )
    named = [group.value for group in order if not group.is_rest]
    return [
        Line(
            name=REST if group.is_rest else group.value,
            label="Other" if group.is_rest else group.value or "none",
            query=_text(entity, _condition(asked.breakdown, group, named)),
            values=_filled(asked, scale, found[group]),
        )
        for group in order
    ]


def _filled(asked: Asked, scale: TimeScale, values: dict[int, float | None]) -> list[float | None]:
    nothing = 0.0 if asked.metric in _NOTHING_IS_ZERO else None
    found = [values.get(b) for b in range(scale.count)]
    return [nothing if value is None else value for value in found]


def _condition(field: str, group: Group, named: Sequence[str]) -> Filter:
    """Return the condition of a group's rows; all rows where no query says it."""
    if not group.is_rest:
        if not group.value:
            return Condition(field=field, operator="is_empty")
        return Condition(field=field, operator="=", value=group.value)
    if field in {"tags", "model", "provider"}:
        # A row may be in several groups, among them the rest.
        return And(())
    values = [name for name in named if name]
    rest: list[Filter] = []
    if values:
        listed = msgspec.json.encode(values).decode()
        rest.append(Not(Condition(field=field, operator="in", value=listed)))
    if len(values) < len(named):
        rest.append(Condition(field=field, operator="is_not_empty"))
    return And(tuple(rest))


def _text(entity: EntityType, condition: Filter) -> str:
    try:
        return write(entity, condition)
    except ValueError:
        return ""
