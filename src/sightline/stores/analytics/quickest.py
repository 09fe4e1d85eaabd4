"""The quickest way to the rows of a scope, of those that there are for questions about many."""

from sightline.domain.filter import EntityType
from sightline.stores.analytics import candidates, narrowing, resting
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.scope import Scope


async def quickest(analytics: Analytics, entity: EntityType, scope: Scope) -> Scope:
    """Return a scope of the same rows that says where in the order of ids they are, which they are
    if those are few, or how they are read without merging them.

    As of now: what changes while it is used may be left out. Raises `InvalidRequestError` for a
    wrong filter.
    """
    if entity != "thread":
        scope = await narrowing.placed(analytics, entity, scope)
        scope = await candidates.narrowed(analytics, entity, scope)
    return await resting.looked_up(analytics, entity, scope)
