"""How much the analytics store holds, from the engine's own books: no table is read."""

import msgspec

from sightline.stores.analytics.engine import Analytics


class Sizes(msgspec.Struct, frozen=True):
    """`rows` counts stored messages by table: more than the entities until they are merged."""

    version: str
    bytes: int
    parts: int
    rows: dict[str, int]


async def sizes(analytics: Analytics) -> Sizes:
    """Return the engine's version, bytes on disk, parts and rows; on a cluster, of all shards.

    Copies that replicas hold do not count.
    """
    parts = "system.parts"
    if analytics.cluster is not None:
        parts = f"cluster('{analytics.cluster.name}', system.parts)"
    rows = await analytics.query(
        "SELECT replaceOne(table, '_local', '') AS name, sum(bytes_on_disk), count(), sum(rows), "
        f"any(version()) FROM {parts} WHERE database = currentDatabase() AND active "
        "AND table != 'schema_migrations' GROUP BY name ORDER BY name"
    )
    version = rows[0][4] if rows else (await analytics.query("SELECT version()"))[0][0]
    return Sizes(
        version,
        sum(int(r[1]) for r in rows),
        sum(int(r[2]) for r in rows),
        {r[0]: int(r[3]) for r in rows},
    )
