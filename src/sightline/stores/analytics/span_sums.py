"""What the spans of a project's traces add up to by the time at which the traces began, without
joining them to their traces.

Ids of traces begin with the time at which they were made, which is the time at which nearly all
of them began, to the bucket. So a span's trace id says its bucket, and bounds what is read. Traces
of which that is not true are found first and counted apart; where there are many, this is not the
way.
"""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from sightline.core.ids import Id
from sightline.stores.analytics.buckets import bucket_of
from sightline.stores.analytics.columns import column, usage_of
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.merged import merged
from sightline.stores.analytics.metrics import Buckets
from sightline.stores.analytics.relation import is_whole, sort_key_conditions
from sightline.stores.analytics.scope import Scope
from sightline.stores.analytics.sql import Binder, id_list, id_literal

_MOST_STRAYS = 1_000
_LAST_MS = (1 << 48) - 1

Value = Decimal | int | None
Sums = dict[tuple[int, str], list[Value]]
"""The sum of each column by bucket, counted from 0, and group."""


async def span_sums(
    analytics: Analytics,
    scope: Scope,
    buckets: Buckets | None,
    columns: Sequence[str],
    by: str = "",
) -> Sums | None:
    """Return sums over the spans of traces in scope, by bucket and by a column of the spans.

    Columns are `total_estimated_cost` and `usage.<key>`. All is one bucket without `buckets`. None
    when the scope has other conditions than a time range in one project, or ids say another time
    than the traces do.
    """
    anywhere = msgspec.structs.replace(scope, from_us=None, to_us=None)
    if (
        not is_whole(msgspec.structs.replace(anywhere, within=None))
        or scope.ids is not None
        or scope.trace_id is not None
    ):
        return None
    if scope.project_ids is None or len(scope.project_ids) != 1:
        return None
    query = _Query(scope, anywhere, buckets, tuple(columns), by)
    strays = await query.strays(analytics)
    if len(strays) > _MOST_STRAYS:
        return None
    inside = {id: bucket for id, bucket in strays.items() if bucket >= 0}
    found, apart = await asyncio.gather(
        query.straight(analytics, list(strays)), query.of_traces(analytics, list(inside))
    )
    for (id, group), values in apart.items():
        known = found.setdefault((inside[id], group), [None] * len(values))
        found[inside[id], group] = [_add(a, b) for a, b in zip(known, values, strict=True)]
    return found


class _Query(msgspec.Struct, frozen=True):
    scope: Scope
    anywhere: Scope
    buckets: Buckets | None
    columns: tuple[str, ...]
    by: str

    async def strays(self, analytics: Analytics) -> dict[Id, int]:
        """Return the traces whose id says another bucket than their start, and the start's; -1 is
        outside of the range."""
        if is_whole(self.scope) and self.buckets is None:
            return {}
        by_start = self._place("toUnixTimestamp64Micro(start_time)")
        rows = await analytics.query(
            f"SELECT id, {by_start} AS b_ FROM {merged('trace', self.anywhere)} "
            f"WHERE {' AND '.join(sort_key_conditions('trace', self.anywhere))} "
            f"AND b_ != {self._place(_id_us('id'))} LIMIT {_MOST_STRAYS + 1}"
        )
        return {row[0]: int(row[1]) for row in rows}

    async def straight(self, analytics: Analytics, but: Sequence[Id]) -> Sums:
        """Return the sums by what the trace ids say, without some traces."""
        where = self._within()
        if but:
            where.append(f"trace_id NOT IN {id_list(but)}")
        bucket = "0"
        if self.buckets is not None:
            bucket = self._bucket(_id_us("trace_id"))
        return await self._sums(analytics, f"toInt64({bucket})", where)

    async def of_traces(
        self, analytics: Analytics, ids: Sequence[Id]
    ) -> dict[tuple[Id, str], list[Value]]:
        """Return the sums of single traces."""
        if not ids:
            return {}
        return await self._sums(analytics, "trace_id", [f"trace_id IN {id_list(ids)}"])

    async def _sums(
        self, analytics: Analytics, key: str, where: Sequence[str]
    ) -> dict[tuple[Any, str], list[Value]]:
        binder = Binder()
        group = column(self.by) if self.by else "''"
        sums = ", ".join(f"sum({_span_column(name, binder)})" for name in self.columns)
        where = [*sort_key_conditions("span", self.anywhere), *where]
        rows = await analytics.query(
            f"SELECT {key} AS key_, {group} AS g_, {sums} FROM {merged('span', self.anywhere)} "
            f"WHERE {' AND '.join(where)} GROUP BY key_, g_",
            binder.params,
        )
        return {
            (key, group): list(values)
            for key, group, *values in rows
            if any(value is not None for value in values)
        }

    def _within(self) -> list[str]:
        """Return the conditions on trace ids that their time is in the range."""
        where = []
        for sign, at_us in ((">=", self.scope.from_us), ("<", self.scope.to_us)):
            if at_us is not None:
                ms = min(max(-(-at_us // 1000), 0), _LAST_MS)
                where.append(f"trace_id {sign} {id_literal(ms.to_bytes(6, 'big') + bytes(10))}")
        return where

    def _place(self, at_us: str) -> str:
        """Return the bucket of a time, -1 outside of the range."""
        ends = []
        if self.scope.from_us is not None:
            ends.append(f"{at_us} >= {int(self.scope.from_us)}")
        if self.scope.to_us is not None:
            ends.append(f"{at_us} < {int(self.scope.to_us)}")
        bucket = "0" if self.buckets is None else self._bucket(at_us)
        return f"if({' AND '.join(ends) or '1'}, toInt64({bucket}), toInt64(-1))"

    def _bucket(self, at_us: str) -> str:
        if self.buckets is None:
            return "0"
        return bucket_of(at_us, self.buckets)


def _id_us(name: str) -> str:
    """Return the time in an id, which is its first 48 bits in ms."""
    return f"(toInt64(reinterpretAsUInt64(reverse(substring({name}, 1, 6)))) * 1000)"


def _span_column(name: str, binder: Binder) -> str:
    head, _, key = name.partition(".")
    return usage_of(key, binder) if head == "usage" else column(head)


def _add(a: Value, b: Value) -> Value:
    if a is None or b is None:
        return b if a is None else a
    return a + b
