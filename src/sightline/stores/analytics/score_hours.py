"""In which hours scores of some name were given, by what is added up of them (ADR 17, 18).

A condition on a score is met by nothing that has no such score, so hours are passed over in which
nothing has it. Which values there are is not known.
"""

from sightline.domain.filter import Condition, EntityType, Filter
from sightline.stores.analytics import bounds, rollup_units
from sightline.stores.analytics.columns import Entity, entry
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.filters import filter_columns, kind_of
from sightline.stores.analytics.needs import SqlNeeds, sql_joined
from sightline.stores.analytics.needs import needs_of as of_filter
from sightline.stores.analytics.relation import sort_key_conditions
from sightline.stores.analytics.rollup_units import ends
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import NEAR, Binder
from sightline.stores.analytics.whereabouts import Range, Whereabouts, merged

# Of more there is no telling quickly.
_MOST_FOUND = 4_000
# A slice of an hour is so many pieces of reading; so few are read at once.
_PIECES, _FEW = 50, 8


def needs_of(entity: EntityType, tree: Filter, binder: Binder) -> SqlNeeds | None:
    """Return what a filter needs, None where scores cannot tell.

    The filter must be right: see `check_filter`.
    """
    return of_filter(tree, lambda node: _of_condition(entity, node, binder), sql_joined)


def _of_condition(entity: EntityType, node: Condition, binder: Binder) -> SqlNeeds | None:
    if kind_of(entity, node) != "score" or node.operator == "is_empty":
        return None
    (name,) = filter_columns(entity, node)
    head, key = entry(name) or ("", name)
    is_of_spans = head == "span_feedback_scores"
    # Compared as the filter does.
    same = f"lower(name) = lower({binder.add(key)})"
    return SqlNeeds(f"countIf(of_spans = {is_of_spans:d} AND {same}) > 0", is_of_spans)


async def possible(
    analytics: Analytics, entity: Entity, scope: Scope, needs: SqlNeeds, binder: Binder
) -> Whereabouts | None:
    """Return where rows may be, None when that would be of no help."""
    place = " AND ".join(sort_key_conditions("trace", scope))
    # Added up are scores of the spans in the trace's own project.
    unsure = await bounds.unsure_hours(analytics, scope.workspace_id) if needs.is_of_spans else []
    if unsure is None:
        return None
    open_ = await rollup_units.changed(
        analytics, place, "scored_us", _MOST_FOUND, f"has({unsure}, unit)" if unsure else "0"
    )
    if open_ is None:
        return None
    # A unit of which nothing is added up has no scores. One that has changed since it was asked for
    # is in here as it was then.
    rows = await analytics.query(
        f"SELECT project_id, unit, max(slice) FROM score_sums PREWHERE {place} "
        f"AND entity = '{entity}' AND (project_id, unit, scored_us) IN ("
        f"SELECT project_id, unit, max(scored_us) FROM {NEAR}rollup_units WHERE {place} "
        f"GROUP BY project_id, unit) GROUP BY project_id, unit HAVING {needs.condition} "
        f"LIMIT {_MOST_FOUND + 1}",
        binder.params,
    )
    if len(rows) > _MOST_FOUND:
        return None
    units = [*open_, *((bytes(project), int(unit)) for project, unit, _ in rows)]
    ranges: list[Range] = [(project, *part) for project, hour in units for part in ends(hour)]
    pieces = len(open_) + sum(1 + int(last) * _PIECES for *_, last in rows)
    return Whereabouts(merged(ranges), pieces, pieces <= _FEW)
