"""What is worked out of units of rows, on a cluster: it lies on shards, as rows do."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sightline.core.clock import to_us
from sightline.core.errors import StoreUnavailableError
from sightline.services.workspace.deletion import Deletion
from sightline.stores.analytics import migrate, rollup_units, rollups, words
from sightline.stores.analytics.clients import connect, database_of
from sightline.stores.analytics.cluster import Cluster
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.analytics.rollup_units import Done, Unit, unit_of
from sightline.stores.analytics.sql import id_literal
from tests import outside
from tests.stores.figures_world import HOUR, NoAttachments, kept_world
from tests.stores.test_words import TEXTS, Texts

NAMES = ("rollup_units", "rollups", "words")
DONE: tuple[Done, ...] = ("computed_us", "worded_us")
ENGINES = (
    "SELECT name, engine FROM system.tables WHERE database = currentDatabase() "
    "AND match(name, '^(rollup|words)') ORDER BY name"
)
SHARDED = [
    (f"{name}{part}", f"{engine}MergeTree" if part else "Distributed")
    for name, engine in zip(NAMES, ("Aggregating", "Replacing", "Replacing"), strict=True)
    for part in ("", "_local")
]


class Summed(Texts):
    """Texts whose hours are added up, too."""

    works = DONE


@pytest.fixture(scope="module")
def shards() -> Iterator[outside.ClickHouse]:
    shards = outside.ClickHouse(2)
    yield shards
    shards.remove()


@pytest.fixture
def options(shards: outside.ClickHouse) -> AnalyticsOptions:
    return AnalyticsOptions(dsn=shards.database(), cluster=shards.cluster)


@pytest.fixture
def cluster(options: AnalyticsOptions) -> Iterator[Analytics]:
    store = Analytics.open(options)
    yield store
    store.close()


async def kestrel_in(texts: Texts) -> None:
    """Assert that a word is found and that each trace counts, by what was worked out."""
    assert await texts.found("trace", "kestrel") == ({texts.ids[0]}, 1)
    summed = await rollups.by_project(texts.world.analytics, "trace", texts.scope, ["own"], worth=0)
    assert summed is not None
    counts = {place: sums.count for place, sums in summed.items()}
    assert counts == {texts.world.project: len(TEXTS)}


async def test_a_node_that_lags_answers_as_the_others(
    shards: outside.ClickHouse, cluster: Analytics, tmp_path: Path
) -> None:
    lags = shards.folder / "node-lags"
    async with kept_world(cluster, tmp_path, Summed) as texts:
        await texts.fill()
        await texts.rest()
        await kestrel_in(texts)
        lags.touch()
        try:
            await kestrel_in(texts)
        finally:
            lags.unlink()


async def test_a_unit_lies_where_it_is_looked_up(cluster: Analytics, tmp_path: Path) -> None:
    async with kept_world(cluster, tmp_path, Summed) as texts:
        await texts.fill()
        await texts.rest()
        shards = set()
        for id in texts.ids:
            project = id_literal(texts.world.project)
            where = f"project_id = {project} AND unit = {unit_of(id)}"
            for name in NAMES:
                rows = await cluster.query(
                    f"SELECT DISTINCT sipHash64(project_id, unit) % 2 FROM {name} WHERE {where}"
                )
                assert len(rows) == 1, name
                shards.add(int(rows[0][0]))
        assert shards == {0, 1}


async def test_words_are_cleared_once_a_replica_is_back(
    shards: outside.ClickHouse, cluster: Analytics, tmp_path: Path
) -> None:
    is_down = shards.folder / "replica-down"
    async with kept_world(cluster, tmp_path, Summed) as texts:
        await texts.fill()
        await texts.rest()
        deletion = Deletion(cluster, NoAttachments(), texts.clock)
        await deletion.delete_traces(texts.world.workspace_id, texts.ids[:1])
        await texts.rest()
        later_us = texts.clock.now_us() + 2 * HOUR
        is_down.touch()
        try:
            with pytest.raises(StoreUnavailableError):
                await words.clear(cluster, later_us)
        finally:
            is_down.unlink()
        assert await words.clear(cluster, later_us) == 1
        assert await words.clear(cluster, later_us) == 0


async def test_what_is_forgotten_is_gone_on_each_shard(cluster: Analytics, tmp_path: Path) -> None:
    async with kept_world(cluster, tmp_path, Summed) as texts:
        await texts.fill()
        await texts.rest()
        await rollup_units.forget(cluster)
        for name in NAMES:
            assert await cluster.query(f"SELECT count() FROM {name}") == [(0,)]
        await texts.rest()
        await kestrel_in(texts)


async def test_a_cluster_of_an_older_version_is_brought_to_its_shards(
    options: AnalyticsOptions, cluster: Analytics, tmp_path: Path
) -> None:
    _make_whole(options)
    async with kept_world(cluster, tmp_path, Summed) as texts:
        await texts.fill()
        await texts.rest()
        units = [
            Unit(texts.world.workspace_id, texts.world.project, unit_of(id)) for id in texts.ids
        ]
        texts.clock.advance((to_us(datetime.now(UTC)) - texts.clock.now_us()) / 1e6)
        # A process of that version that is at work, and notes it when the tables are others.
        at_us = await rollup_units.tick(cluster, texts.clock.now_us())
        Analytics.open(options).close()
        assert await cluster.query(ENGINES) == SHARDED
        for done in DONE:
            await rollup_units.note(cluster, units, at_us, done)
        assert (await texts.found("trace", "kestrel"))[0] == {texts.ids[0]}
        assert await rollups.by_project(cluster, "trace", texts.scope, ["own"], worth=1) is None
        for done in DONE:
            assert await rollup_units.due(cluster, at_us, 100, done) == []
            due = await rollup_units.due(cluster, at_us + HOUR, 100, done)
            assert sorted(due) == sorted(units)
        texts.clock.advance(3600)
        await texts.rest()
        await kestrel_in(texts)


def test_a_start_goes_on_where_the_one_before_ended(
    options: AnalyticsOptions, cluster: Analytics
) -> None:
    client = connect(options)
    where = Cluster(options.cluster, database_of(options.dsn))
    mark = f"workspace_id = {id_literal(b'w' * 16)} AND project_id = {id_literal(b'p' * 16)}"
    most = 0
    is_done = False
    while not is_done:
        most += 1
        _make_whole(options)
        client.command(
            "INSERT INTO rollup_units (workspace_id, project_id, unit, changed_us) VALUES "
            f"({id_literal(b'w' * 16)}, {id_literal(b'p' * 16)}, 480000, {most})"
        )
        left = most

        def command(sql: str) -> Any:
            nonlocal left
            if not left:
                raise ConnectionError
            left -= 1
            return client.command(sql)

        def rows(sql: str) -> list[Any]:
            return list(client.query(sql).result_rows)

        try:
            migrate.migrate(command, rows, where)
            is_done = True
        except ConnectionError:
            migrate.migrate(client.command, rows, where)
        assert rows(ENGINES) == SHARDED
        assert rows(f"SELECT DISTINCT unit FROM rollup_units WHERE {mark}") == [(480_000,)]
    assert most > 10
    client.close_connections()


def _make_whole(options: AnalyticsOptions) -> None:
    """Make the tables anew as an older version had them: whole on every node."""
    client = connect(options)
    for name in NAMES:
        client.command(f"DROP TABLE {name}")
        client.command(f"DROP TABLE {name}_local")
    of_units = re.compile(rf"(CREATE TABLE IF NOT EXISTS|ALTER TABLE) ({'|'.join(NAMES)}) ")
    for migration in migrate.load():
        for statement in filter(of_units.match, migrate.render(migration.sql)):
            client.command(statement)
    client.close_connections()
