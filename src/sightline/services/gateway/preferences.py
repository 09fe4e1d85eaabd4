"""What a request's `provider` object asks of routing (OpenRouter's provider preferences)."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

import msgspec

from sightline.core.errors import InvalidRequestError

Sort = Literal["price", "throughput", "latency"]

_SORTS: tuple[Sort, ...] = ("price", "throughput", "latency")
_QUANTILES = {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p99": 0.99}
_PRICES = ("prompt", "completion", "request", "image", "audio")
_MILLION = Decimal(1_000_000)


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """Names of providers in lower case; prices in USD per token, `request` per call.

    `throughput` and `latency` are wishes, `(quantile, limit)` each: endpoints that miss them come
    last. Tokens per second, and seconds.
    """

    order: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    allow_fallbacks: bool = True
    require_parameters: bool = False
    denies_data: bool = False
    zdr: bool = False
    quantizations: frozenset[str] = frozenset()
    sort: Sort | None = None
    sorts_across_models: bool = False
    throughput: tuple[tuple[float, float], ...] = ()
    latency: tuple[tuple[float, float], ...] = ()
    max_price: Mapping[str, Decimal] = {}


NO_PREFERENCES = Preferences()


def read(value: Any) -> Preferences:
    """Return the preferences of a request. Raises `InvalidRequestError` that names the field."""
    if not value:
        return NO_PREFERENCES
    if not isinstance(value, dict):
        raise _wrong("provider", "must be an object")
    if value.get("enforce_distillable_text"):
        raise _wrong(
            "provider.enforce_distillable_text",
            "cannot be kept: it is not known which models' texts may be distilled",
        )
    collection = value.get("data_collection")
    if collection not in (None, "allow", "deny"):
        raise _wrong("provider.data_collection", "must be `allow` or `deny`")
    sort, partition = _sort(value.get("sort"))
    return Preferences(
        order=_names(value, "order"),
        only=frozenset(_names(value, "only")),
        ignore=frozenset(_names(value, "ignore")),
        allow_fallbacks=_flag(value, "allow_fallbacks", default=True),
        require_parameters=_flag(value, "require_parameters"),
        denies_data=collection == "deny",
        zdr=_flag(value, "zdr"),
        quantizations=frozenset(_names(value, "quantizations")),
        sort=sort,
        sorts_across_models=partition == "none",
        throughput=_wishes(value, "preferred_min_throughput"),
        latency=_wishes(value, "preferred_max_latency"),
        max_price=_max_price(value.get("max_price")),
    )


def _names(value: Mapping[str, Any], field: str) -> tuple[str, ...]:
    names = value.get(field)
    if names is None:
        return ()
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _wrong(f"provider.{field}", "must be a list of names")
    return tuple(name.strip().lower() for name in names)


def _flag(value: Mapping[str, Any], field: str, *, default: bool = False) -> bool:
    said = value.get(field)
    if said is None:
        return default
    if not isinstance(said, bool):
        raise _wrong(f"provider.{field}", "must be true or false")
    return said


def _sort(value: Any) -> tuple[Sort | None, str]:
    partition = "model"
    if isinstance(value, dict):
        partition = value.get("partition") or "model"
        value = value.get("by")
        if partition not in ("model", "none"):
            raise _wrong("provider.sort.partition", "must be `model` or `none`")
    if value is None:
        return None, partition
    for sort in _SORTS:
        if value == sort:
            return sort, partition
    raise _wrong("provider.sort", f"must be one of {', '.join(_SORTS)}")


def _wishes(value: Mapping[str, Any], field: str) -> tuple[tuple[float, float], ...]:
    said = value.get(field)
    if said is None:
        return ()
    if _is_number(said):
        return ((0.5, float(said)),)
    if isinstance(said, dict) and said and said.keys() <= _QUANTILES.keys():
        limits = [(q, said[name]) for name, q in _QUANTILES.items() if said.get(name) is not None]
        if all(_is_number(limit) for _, limit in limits):
            return tuple((quantile, float(limit)) for quantile, limit in limits)
    raise _wrong(f"provider.{field}", "must be a number, or an object of p50, p75, p90, p99")


def _max_price(value: Any) -> dict[str, Decimal]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong("provider.max_price", "must be an object")
    limits: dict[str, Decimal] = {}
    for name in _PRICES:
        if (said := value.get(name)) is None:
            continue
        try:
            limit = Decimal(str(said))
        except InvalidOperation:
            limit = Decimal(-1)
        if not limit.is_finite() or limit < 0:
            raise _wrong(f"provider.max_price.{name}", "must be a number of USD, not below 0")
        # Tokens are priced by the million here, as OpenRouter's callers say them.
        limits[name] = limit / _MILLION if name in ("prompt", "completion") else limit
    return limits


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _wrong(field: str, what: str) -> InvalidRequestError:
    return InvalidRequestError(f"`{field}` {what}", fields=[f"{field} {what}"])
