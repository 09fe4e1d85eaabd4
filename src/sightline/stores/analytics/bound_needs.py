"""Which bounds a slice of rows must have for some row of it to meet a filter (ADR 18).

What is compared is what the filter compares (`filters.py`): durations in ms, costs in USD, sums of
a trace's spans. A number that is missing meets nothing that can be told of here.
"""

from sightline.domain.filter import Condition, EntityType, Filter
from sightline.domain.literals import number_of, time_us_of
from sightline.stores.analytics.columns import entry
from sightline.stores.analytics.filters import filter_columns, kind_of
from sightline.stores.analytics.needs import SqlNeeds, sql_joined
from sightline.stores.analytics.needs import needs_of as of_filter
from sightline.stores.analytics.sql import Binder

COST = "total_estimated_cost"
SPANS, LLM_SPANS = "span_count", "llm_span_count"
TOKENS = "usage.total_tokens"
TIMES = ("start_time", "end_time", "created_at", "last_updated_at")
"""In Unix µs."""
_OWN = frozenset(("duration", "ttft", *TIMES))
_SUMS = frozenset((COST, SPANS, LLM_SPANS))
# A filter compares twelve decimal places, of what has sixteen digits.
_PLACES, _DIGITS = 1e-11, 1e-9
# Larger ones are not rounded to decimal places.
_LARGEST = 1e200


def needs_of(entity: EntityType, tree: Filter, binder: Binder) -> SqlNeeds | None:
    """Return what a filter needs, None where bounds cannot tell.

    The filter must be right: see `check_filter`.
    """
    return of_filter(tree, lambda node: _of_condition(entity, node, binder), sql_joined)


def _of_condition(entity: EntityType, node: Condition, binder: Binder) -> SqlNeeds | None:
    kind = kind_of(entity, node)
    if kind not in {"number", "time"}:
        return None
    (name,) = filter_columns(entity, node)
    head = (entry(name) or (name,))[0]
    number = number_of(node.value) if kind == "number" else time_us_of(node.value)
    if number is None or abs(number) > _LARGEST or not (head in _OWN | _SUMS or head == "usage"):
        return None
    slack = _PLACES + abs(number) * _DIGITS
    key = binder.add(name)
    found = [f"mapContains(most, {key})"]
    if node.operator in {">", ">=", "="}:
        found.append(f"most[{key}] >= {binder.add(number - slack, 'Float64')}")
    if node.operator in {"<", "<=", "="}:
        found.append(f"least[{key}] <= {binder.add(number + slack, 'Float64')}")
    if len(found) == 1:
        return None
    return SqlNeeds(f"({' AND '.join(found)})", entity == "trace" and head not in _OWN)
