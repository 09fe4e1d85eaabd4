"""A page in the order of a column, without merging all rows of a project.

What a merged row says in a column, some row of the entity says as it was written. So the first
rows as they are written name all entities that can stand before a value, which is where the page
is cut; those are merged and put in order. What has just the value of the cut follows newest first.
"""

import struct
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.ids import Id
from sightline.domain.filter import EVERYTHING, Sort
from sightline.stores.analytics import candidates, narrowing, pages, resting
from sightline.stores.analytics.columns import Entity, column, entry
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.pages import Also, Key
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_literal

# So many rows more than asked for, as some are of the same entity, or not in scope.
_SPARE = 100
_GROWTH = 8
_MOST = 16_000
_TIMES = frozenset(("start_time", "end_time", "created_at", "last_updated_at"))
_NUMBERS = frozenset(("ttft", "total_estimated_cost", candidates.DURATION))
_IDS = frozenset(("id", "trace_id", "parent_span_id"))
_TEXTS = frozenset(
    "name type model provider source environment created_by last_updated_by thread_id "
    "visibility_mode error_type error_info input output".split()
)
_LISTS = frozenset(("tags",))
# What each row says, also one that says nothing of the column itself.
_IN_EACH = frozenset(("id", "trace_id", "created_by", "created_at", "last_updated_at"))


class _Cut(msgspec.Struct, frozen=True):
    """All that stands before a value, and the value itself; None when that is all there is."""

    before: list[tuple[Id, Id]]
    value: Any = None


async def find(
    analytics: Analytics,
    entity: Entity,
    scope: Scope,
    *,
    sorting: Sequence[Sort],
    limit: int,
    offset: int = 0,
    now_us: int,
) -> list[Key]:
    """Return what `pages.find_in_order` returns."""
    scope = await narrowing.placed(analytics, entity, scope)
    if scope.filter != EVERYTHING:
        scope = await candidates.narrowed(analytics, entity, scope)
    if await _is_worth_it(analytics, entity, scope, sorting):
        query = _Query(entity, scope, sorting[0], limit, offset, now_us)
        found = await query.page(analytics)
        if found is not None:
            return found
    scope = await resting.looked_up(analytics, entity, scope)
    return await pages.find_in_order(
        analytics, entity, scope, sorting=sorting, limit=limit, offset=offset
    )


async def _is_worth_it(
    analytics: Analytics, entity: Entity, scope: Scope, sorting: Sequence[Sort]
) -> bool:
    if len(sorting) != 1 or not _is_alone(entity, sorting[0].field):
        return False
    # Where a filter leaves many, most of what stands first is not in scope.
    if scope.filter != EVERYTHING or scope.search.strip():
        return False
    if scope.ids is not None or scope.trace_id is not None:
        return False
    return not await candidates.is_small(analytics, entity, scope)


def _is_alone(entity: Entity, name: str) -> bool:
    if name in _TIMES | _TEXTS | _LISTS | _IDS | {"ttft", candidates.DURATION}:
        return True
    is_number = name == "total_estimated_cost" or (entry(name) or ("",))[0] == "usage"
    return entity == "span" and is_number


class _Query(msgspec.Struct, frozen=True):
    entity: Entity
    scope: Scope
    sort: Sort
    limit: int
    offset: int
    now_us: int

    @property
    def _need(self) -> int:
        return self.limit + self.offset

    @property
    def _is_rest_unsaid(self) -> bool:
        """Say whether entities without a value follow those that have one."""
        return self.sort.field in _NUMBERS | {"end_time"} or entry(self.sort.field) is not None

    async def page(self, analytics: Analytics) -> list[Key] | None:
        """Return the page; None where this is not the way."""
        looked = 2 * self._need + _SPARE
        while looked <= _MOST:
            cut = await self._cut(analytics, looked)
            if cut is None:
                return None
            first = await self._before(analytics, cut)
            if len(first) >= self._need:
                return first[self.offset :]
            if cut.value is None and not self._is_rest_unsaid:
                return first[self.offset :]
            if cut.value is None:
                return await self._then(analytics, first, self._is_unsaid())
            ties = await self._ties(analytics, cut)
            if ties is None:
                found = await self._then(analytics, first, self._is_value(cut.value))
                # Where too few of so many are in scope, what stands after them is not known.
                return found if len(found) == self.limit else None
            first = await self._before(analytics, _Cut([*cut.before, *ties], cut.value), "=")
            if len(first) >= self._need:
                return first[self.offset :]
            looked *= _GROWTH
        return None

    async def _cut(self, analytics: Analytics, looked: int) -> _Cut | None:
        """Return what may stand before the value of the `looked`th row, None of too many."""
        binder = Binder()
        way = "DESC" if self.sort.descending else "ASC"
        rows = await analytics.query(
            f"SELECT t_, i_, x_ FROM ({self._values(binder)}) WHERE isNotNull(x_) "
            f"ORDER BY x_ {way} LIMIT {looked} {candidates.SETTINGS}",
            binder.params,
        )
        found = [(bytes(t), bytes(i)) for t, i, _ in rows]
        value = None
        if len(rows) == looked:
            value = rows[-1][2]
            found = [key for key, row in zip(found, rows, strict=True) if row[2] != value]
        lone = await self._lone(analytics)
        if lone is None:
            return None
        return _Cut([*found, *lone], value)

    async def _before(self, analytics: Analytics, cut: _Cut, or_at: str = "") -> list[Key]:
        """Return the first of what is needed of that which stands before the cut (`=`: or at it),
        in order."""
        if not cut.before:
            return []
        also = Also((self.sort.field,), lambda binder: f"isNotNull({self._compared})")
        if cut.value is not None:
            sign = f"{'>' if self.sort.descending else '<'}{or_at}"
            value = cut.value
            also = Also(
                (self.sort.field,),
                lambda binder: (
                    f"{self._compared} {sign} {_literal(self.sort.field, value, binder)}"
                ),
            )
        return await pages.find_in_order(
            analytics,
            self.entity,
            candidates.named(self.scope, cut.before),
            sorting=(self.sort,),
            limit=self._need,
            also=also,
        )

    async def _then(self, analytics: Analytics, first: list[Key], also: Also) -> list[Key]:
        """Return the page of which some stand first, and then the newest that meet a condition."""
        shown = first[self.offset :]
        more = await pages.find_newest(
            analytics,
            self.entity,
            self.scope,
            limit=self.limit - len(shown),
            offset=max(0, self.offset - len(first)),
            also=also,
            now_us=self.now_us,
        )
        return [*shown, *more]

    async def _ties(self, analytics: Analytics, cut: _Cut) -> list[tuple[Id, Id]] | None:
        """Return what may have the value of the cut, None of so many that the newest of them are
        found soon."""
        binder = Binder()
        rows = await analytics.query(
            f"SELECT DISTINCT t_, i_ FROM ({self._values(binder)}) "
            f"WHERE x_ = {_literal(self.sort.field, cut.value, binder)} "
            f"LIMIT {candidates.MOST + 1} {candidates.SETTINGS}",
            binder.params,
        )
        return None if len(rows) > candidates.MOST else [(bytes(t), bytes(i)) for t, i in rows]

    async def _lone(self, analytics: Analytics) -> list[tuple[Id, Id]] | None:
        """Return entities of which no row says a start; None of too many.

        What says nothing of a column either has the least value there is, as have many rows that
        others complete: so those are left out where the least come first, and these looked at.
        """
        if not self._leaves_out or self.scope.from_us is not None:
            return []
        anytime = msgspec.structs.replace(self.scope, from_us=None, to_us=None)
        rows = candidates.written(self.entity, anytime)
        unsaid = f"SELECT id {rows} AND start_time_v.v = 0"
        said = f"SELECT id {rows} AND start_time_v.v != 0 AND id IN ({unsaid})"
        found = await analytics.query(
            f"SELECT DISTINCT {candidates.key_of(self.entity)} {rows} AND start_time_v.v = 0 "
            f"AND id NOT IN ({said}) LIMIT {candidates.MOST + 1} {candidates.SETTINGS}"
        )
        if len(found) > candidates.MOST:
            return None
        return [(bytes(t), bytes(i)) for t, i in found]

    @property
    def _leaves_out(self) -> bool:
        name = self.sort.field
        has_least = name in _TEXTS | _LISTS | {"start_time", "parent_span_id"}
        return not self.sort.descending and has_least and name not in _IN_EACH

    def _values(self, binder: Binder) -> str:
        """Return `t_`, `i_` and `x_`, what is compared, of rows as they are written."""
        name, compared = self.sort.field, self._compared
        if name == candidates.DURATION:
            each = candidates.durations(self.entity, self.scope)
            return f"SELECT t_, i_, duration AS x_ FROM ({' UNION ALL '.join(each)})"
        value = candidates.named_column(self.entity, name, binder)
        rows = candidates.written(self.entity, self.scope)
        if self._leaves_out:
            rows += " AND start_time_v.v != 0"
        return (
            f"SELECT t_, i_, {compared} AS x_ FROM "
            f"(SELECT {candidates.key_of(self.entity)}, {value} {rows})"
        )

    @property
    def _compared(self) -> str:
        name = self.sort.field
        if name in _TIMES:
            return f"toUnixTimestamp64Micro({column(name)})"
        return pages.sort_value(name)

    def _is_value(self, value: Any) -> Also:
        name = self.sort.field
        return Also((name,), lambda binder: f"{self._compared} = {_literal(name, value, binder)}")

    def _is_unsaid(self) -> Also:
        return Also((self.sort.field,), lambda binder: f"isNull({column(self.sort.field)})")


def _literal(name: str, value: Any, binder: Binder) -> str:
    """Return the SQL of a value that was read, exactly that."""
    if name in _IDS:
        return id_literal(value)
    if isinstance(value, float):
        (bits,) = struct.unpack("<Q", struct.pack("<d", value))
        return f"reinterpretAsFloat64(toUInt64({bits}))"
    if isinstance(value, Decimal):
        return f"toDecimal64('{value:f}', 12)"
    if isinstance(value, int):
        return f"toInt64({value})"
    if isinstance(value, list | tuple):
        return binder.add(list(value), "Array(String)")
    return binder.add(value)
