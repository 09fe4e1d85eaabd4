"""What was spent through the gateway, by key and UTC day. Money is kept in billionths of a USD.

Calls without a gateway key are counted under the id `NIL`, so that a workspace's sum is whole.
"""

from collections.abc import Collection, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

import msgspec
from sqlalchemy import Connection, case, delete, func, select, update

from sightline.core.ids import NIL, Id
from sightline.stores.catalog.pages import MAX_IDS
from sightline.stores.catalog.tables import gateway_keys, gateway_spend, gateway_spend_batches
from sightline.stores.catalog.upserts import insert_or_skip, upsert_adding

NANO = Decimal(10) ** 9
_DAY_US = 86_400_000_000
_SUMS = ("usage_nano_usd", "byok_usage_nano_usd", "calls")
_MONDAY = 4  # 1970-01-05 was the first one


class Spend(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One call's cost, at the time when it ended."""

    workspace_id: Id
    key_id: Id = NIL
    cost_nano_usd: int
    is_byok: bool = False
    at_us: int


class Spent(msgspec.Struct, kw_only=True):
    """What a key has spent: in all and in the UTC day, week (from Monday) and month of `day`."""

    day: int
    total: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    byok_total: int = 0
    byok_daily: int = 0
    byok_weekly: int = 0
    byok_monthly: int = 0


def to_nano(usd: Decimal) -> int:
    return int((usd * NANO).to_integral_value(ROUND_HALF_EVEN))


def to_usd(nano: int) -> Decimal:
    return Decimal(nano) / NANO


def day_of(at_us: int) -> int:
    """Return the UTC day, counted from 1970-01-01."""
    return at_us // _DAY_US


def week_start(day: int) -> int:
    """Return the Monday of the day's week."""
    return day - (day - _MONDAY) % 7


def month_start(day: int) -> int:
    """Return the first of the day's month."""
    # Civil calendar from a count of days; March begins the year, so that a leap day ends it.
    shifted = day + 719_468
    of_era = shifted % 146_097
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    return day - (of_year - (153 * month + 2) // 5)


def record(connection: Connection, batch_key: str, calls: Sequence[Spend], *, now_us: int) -> bool:
    """Count a batch of calls; False when a batch of this key was counted before."""
    row = {"batch_key": batch_key, "created_at_us": now_us}
    if insert_or_skip(connection, gateway_spend_batches, [row]) == 0:
        return False
    sums: dict[tuple[Id, Id, int], list[int]] = {}
    for call in calls:
        entry = sums.setdefault((call.workspace_id, call.key_id, day_of(call.at_us)), [0, 0, 0])
        entry[1 if call.is_byok else 0] += call.cost_nano_usd
        entry[2] += 1
    rows = [
        {
            "workspace_id": workspace,
            "key_id": key,
            "day": day,
            **dict(zip(_SUMS, sum_, strict=True)),
        }
        # In one order everywhere, so that two transactions never wait for each other.
        for (workspace, key, day), sum_ in sorted(sums.items())
    ]
    upsert_adding(connection, gateway_spend, rows, add=_SUMS)
    _add_totals(connection, sums, now_us)
    return True


def _add_totals(
    connection: Connection, sums: dict[tuple[Id, Id, int], list[int]], now_us: int
) -> None:
    totals: dict[Id, list[int]] = {}
    for (_, key, _), (usage, byok, _) in sums.items():
        entry = totals.setdefault(key, [0, 0])
        entry[0] += usage
        entry[1] += byok
    totals.pop(NIL, None)
    for key, (usage, byok) in sorted(totals.items()):
        connection.execute(
            update(gateway_keys)
            .where(gateway_keys.c.id == key)
            .values(
                usage_nano_usd=gateway_keys.c.usage_nano_usd + usage,
                byok_usage_nano_usd=gateway_keys.c.byok_usage_nano_usd + byok,
                last_used_at_us=now_us,
            )
        )


def spent(connection: Connection, key_ids: Collection[Id], *, today: int) -> dict[Id, Spent]:
    """Return what each key has spent; a key that is not there is left out."""
    wanted = list(key_ids)
    week, month = week_start(today), month_start(today)
    found: dict[Id, Spent] = {}
    t = gateway_spend.c
    for start in range(0, len(wanted), MAX_IDS):
        some = wanted[start : start + MAX_IDS]
        totals = select(
            gateway_keys.c.id, gateway_keys.c.usage_nano_usd, gateway_keys.c.byok_usage_nano_usd
        ).where(gateway_keys.c.id.in_(some))
        for row in connection.execute(totals):
            found[row.id] = Spent(day=today, total=row[1], byok_total=row[2])
        periods = (
            select(
                t.key_id,
                *(
                    func.sum(case((t.day >= since, column), else_=0)).label(f"{prefix}{name}")
                    for prefix, column in (("", t.usage_nano_usd), ("byok_", t.byok_usage_nano_usd))
                    for name, since in (("daily", today), ("weekly", week), ("monthly", month))
                ),
            )
            .where(t.key_id.in_(some), t.day >= min(week, month))
            .group_by(t.key_id)
        )
        for row in connection.execute(periods):
            if row.key_id in found:
                for name, value in row._mapping.items():
                    if name != "key_id":
                        setattr(found[row.key_id], name, int(value))
    return found


def workspace_total(connection: Connection, workspace_id: Id) -> int:
    """Return all that a workspace has spent, with and without keys, in billionths of a USD."""
    query = select(
        func.coalesce(
            func.sum(gateway_spend.c.usage_nano_usd + gateway_spend.c.byok_usage_nano_usd), 0
        )
    ).where(gateway_spend.c.workspace_id == workspace_id)
    return int(connection.execute(query).scalar_one())


def purge_batches(connection: Connection, *, before_us: int) -> int:
    """Forget keys of batches that nobody replays any more; return how many."""
    old = delete(gateway_spend_batches).where(gateway_spend_batches.c.created_at_us < before_us)
    return connection.execute(old).rowcount
