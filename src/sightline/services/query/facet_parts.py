"""What facets are made of: the slice in its bounds, and the shapes of the answer."""

import asyncio
from typing import Literal

import msgspec

from sightline.domain.filter import And, Condition, EntityType, Filter, Not, all_of
from sightline.services.query.field_names import Named
from sightline.stores.analytics import facets as rows
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.narrowing import simplified
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.thread_columns import Lifecycle


class FacetValue(msgspec.Struct, frozen=True):
    """A value or a bucket; `query` is the text of the language that selects it."""

    value: str
    label: str
    count: int
    query: str


class Facet(msgspec.Struct, frozen=True, kw_only=True):
    """A field with its values; `missing` rows have none. `is_sampled`: of the newest rows alone."""

    field: str
    label: str
    kind: Literal["values", "buckets"]
    values: list[FacetValue]
    missing: int
    is_sampled: bool = False


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Of which rows facets are asked for."""

    entity: EntityType
    scope: Scope
    lifecycle: Lifecycle


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """The rows asked for, and their newest: as many as can be counted, or of whose payloads so
    many can be read. None is all of them."""

    entity: EntityType
    scope: Scope
    lifecycle: Lifecycle
    newest: Scope | None
    newest_payloads: Scope | None

    def rows(self, filter: Filter, *, is_wide: bool = False) -> tuple[bool, Scope]:
        """Return whether only the newest rows are looked at, and those that meet a filter."""
        is_wide = is_wide or rows.reads_payloads(self.entity, filter)
        newest = self.newest_payloads if is_wide else self.newest
        scope = msgspec.structs.replace(newest or self.scope, filter=filter)
        return newest is not None, scope


async def bounded(analytics: Analytics, asked: Asked) -> Slice:
    entity = asked.entity
    scope = await simplified(analytics, entity, asked.scope)
    newest, newest_payloads = await asyncio.gather(
        rows.newest(analytics, entity, scope, rows.MAX_ROWS[entity]),
        rows.newest(analytics, entity, scope, rows.MAX_PAYLOADS),
    )
    return Slice(
        entity=entity,
        scope=scope,
        lifecycle=asked.lifecycle,
        newest=newest,
        newest_payloads=newest_payloads,
    )


def without(tree: Filter, name: Named) -> Filter:
    """Return the filter without the conditions that all rows must meet and that are of a field."""
    flat = all_of(tree)
    children = flat.children if isinstance(flat, And) else (flat,)
    return all_of(*(child for child in children if not _is_about(child, name)))


def _is_about(tree: Filter, name: Named) -> bool:
    if isinstance(tree, Not):
        return _is_about(tree.child, name)
    if not isinstance(tree, Condition):
        return bool(tree.children) and all(_is_about(child, name) for child in tree.children)
    if tree.field != name.field.target:
        return False
    if name.kind == "score":
        # Without a name it stands for all of them; names are compared without case.
        return not name.key or tree.key.lower() == name.key.lower()
    return tree.key == name.key
