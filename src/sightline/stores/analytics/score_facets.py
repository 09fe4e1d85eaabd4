"""How the scores of the rows in scope are spread: which there are, and how many have which value.

A score has few different values, as a rule; then they are counted one by one, which tells all of
it at once. One of very many is counted in buckets whose ends the caller chose.
"""

from collections.abc import Mapping, Sequence

import msgspec

from sightline.domain.filter import EntityType
from sightline.stores.analytics import thread_relation
from sightline.stores.analytics.columns import column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.relation import is_whole, relation
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list, id_literal
from sightline.stores.analytics.thread_columns import Lifecycle

MAX_DISTINCT = 500
# What the engine's `lower` does.
_ASCII_LOWER = str.maketrans({chr(c): chr(c + 32) for c in range(65, 91)})


class Spread(msgspec.Struct, frozen=True):
    """A score's name, how many rows have it, between which values it lies.

    `values` are (value, rows), all there are up to `MAX_DISTINCT`, None where there are more.
    """

    name: str
    count: int
    low: float
    high: float
    values: list[tuple[float, int]] | None


async def spreads(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    lifecycle: Lifecycle,
    *,
    names: Sequence[str] = (),
    limit: int,
) -> list[Spread]:
    """Return the commonest scores, or those of some names (without case)."""
    if not await _any(analytics, entity, scope):
        return []
    binder = Binder()
    values = _values(entity, scope, lifecycle, binder, names)
    rows = await analytics.query(
        "SELECT any(shown_), sum(n_) AS all_, min(v_), max(v_), count(), "
        f"groupArray({MAX_DISTINCT})((v_, n_)) "
        f"FROM (SELECT lower(name_) AS key_, any(name_) AS shown_, v_, count() AS n_ "
        f"FROM {values} "
        f"GROUP BY key_, v_) GROUP BY key_ ORDER BY all_ DESC, key_ LIMIT {int(limit)}",
        binder.params,
    )
    return [
        Spread(
            name,
            int(n),
            float(low),
            float(high),
            [(float(v), int(c)) for v, c in some] if distinct <= MAX_DISTINCT else None,
        )
        for name, n, low, high, distinct, some in rows
    ]


async def _any(analytics: Analytics, entity: EntityType, scope: Scope) -> bool:
    """Say whether anything was ever scored there: most spans are not, and there are very many."""
    where = f"workspace_id = {id_literal(scope.workspace_id)} AND entity_type = '{entity}'"
    if scope.project_ids is not None:
        where += f" AND project_id IN {id_list(scope.project_ids)}"
    return bool(await analytics.query(f"SELECT 1 FROM feedback_scores WHERE {where} LIMIT 1"))


async def bucket_counts(
    analytics: Analytics,
    entity: EntityType,
    scope: Scope,
    lifecycle: Lifecycle,
    bounds: Mapping[str, Sequence[float]],
) -> dict[str, list[int]]:
    """Return how many rows lie in each bucket of each score, by name.

    A bucket goes from one bound up to the next without it, the last one with it.
    """
    binder = Binder()
    values = _values(entity, scope, lifecycle, binder, list(bounds))
    arms = []
    for name, edges in bounds.items():
        # The upper end of the last bucket is in it, so it does not begin another.
        starts = binder.add([float(edge) for edge in edges[:-1]], "Array(Float64)")
        arms.append(
            f"lower(name_) = lower({binder.add(name)}), arrayCount(b_ -> v_ >= b_, {starts})"
        )
    rows = await analytics.query(
        f"SELECT lower(name_) AS key_, multiIf({', '.join(arms)}, 0) AS b_, count() "
        f"FROM {values} GROUP BY key_, b_",
        binder.params,
    )
    found = {name: [0] * (len(edges) - 1) for name, edges in bounds.items()}
    keys = {name.translate(_ASCII_LOWER): name for name in bounds}
    for key, bucket, n in rows:
        counts = found.get(keys.get(key, ""), [])
        if 1 <= bucket <= len(counts):
            counts[bucket - 1] += int(n)
    return found


def _values(
    entity: EntityType,
    scope: Scope,
    lifecycle: Lifecycle,
    binder: Binder,
    names: Sequence[str],
) -> str:
    """Return `(SELECT name_, v_)`, a row for each score of a row: authors' values on average."""
    where: str = f"workspace_id = {id_literal(scope.workspace_id)} AND entity_type = '{entity}'"
    if scope.project_ids is not None and (entity == "thread" or is_whole(scope)):
        where += f" AND project_id IN {id_list(scope.project_ids)}"
    if entity == "thread":
        threads = thread_relation.matching(scope, ["project_id", "id"], binder, lifecycle)
        where += (
            " AND (project_id, entity_id) IN "
            f"(SELECT {column('project_id')}, {column('id')} FROM {threads})"
        )
    elif not is_whole(scope):
        seen = msgspec.structs.replace(scope, hidden_sources=())
        if scope.hidden_sources and is_whole(seen):
            # What is hidden is little, as a rule.
            if scope.project_ids is not None:
                where += f" AND project_id IN {id_list(scope.project_ids)}"
            hidden = msgspec.structs.replace(seen, sources=scope.hidden_sources)
            where += " AND entity_id NOT IN "
            where += f"(SELECT concat(id, '') FROM {relation(entity, hidden, ['id'], binder)})"
        else:
            where += " AND entity_id IN "
            where += f"(SELECT concat(id, '') FROM {relation(entity, scope, ['id'], binder)})"
    if names:
        keys = ", ".join(f"lower({binder.add(name)})" for name in names)
        where += f" AND lower(name) IN ({keys})"
    # Rounded as a filter rounds, so that a bucket holds what its query finds.
    return (
        "(SELECT any(name) AS name_, round(avg(value), 9) AS v_ FROM feedback_scores FINAL "
        f"WHERE {where} GROUP BY project_id, entity_id, lower(name))"
    )
