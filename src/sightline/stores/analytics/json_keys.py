"""Which paths the metadata of a project's newest rows have."""

from sightline.stores.analytics.columns import Entity, column
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.facets import newest
from sightline.stores.analytics.relation import relation
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder

_ROWS = 1_000
# Longer keys are data rather than names.
_MAX_LENGTH = 100
_MAP = "Map(String, String)"


async def metadata_paths(
    analytics: Analytics, entity: Entity, scope: Scope, *, limit: int
) -> list[str]:
    """Return the commonest paths, two keys deep at most, the commonest first."""
    scope = await newest(analytics, entity, scope, _ROWS) or scope
    binder = Binder()
    keys = f"JSONExtract({column('metadata')}, '{_MAP}')"
    inner = f"mapKeys(JSONExtract(v_, '{_MAP}'))"
    rows = await analytics.query(
        "SELECT p_, count() AS n_ FROM (SELECT arrayJoin(arrayFlatten(arrayMap((k_, v_) -> "
        f"if(startsWith(v_, '{{'), arrayMap(i_ -> concat(k_, '.', i_), {inner}), [k_]), "
        f"mapKeys({keys}), mapValues({keys})))) AS p_ "
        f"FROM {relation(entity, scope, ['metadata'], binder)}) "
        f"WHERE p_ != '' AND length(p_) <= {_MAX_LENGTH} "
        f"GROUP BY p_ ORDER BY n_ DESC, p_ LIMIT {int(limit)}",
        binder.params,
    )
    return [row[0] for row in rows]
