"""The store as a ClickHouse server over HTTP, and as a cluster of two shards.

All of the stores' tests run there with `TEST_STORES=outside` and `TEST_STORES=sharded`; here is
what only a server can do to us, and what sharding may break first.
"""

import asyncio
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from sightline.core.clock import FakeClock
from sightline.core.errors import ConfigurationError, InternalError, StoreUnavailableError
from sightline.core.ids import new_id
from sightline.domain.filter import Sort
from sightline.services.workspace.deletion import Deletion
from sightline.stores.analytics.engine import Analytics
from sightline.stores.analytics.options import AnalyticsOptions
from sightline.stores.analytics.sizes import sizes
from tests import outside
from tests.stores.query_world import DAY, Library, every, where

ODD = "a'b\"c\\d\te\nf{g:String}%_é\U0001f600\x00h"


@pytest.fixture(scope="module")
def server() -> Iterator[outside.ClickHouse]:
    server = outside.ClickHouse()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def store(server: outside.ClickHouse) -> Iterator[Analytics]:
    store = Analytics.open(AnalyticsOptions(dsn=server.database("made_by_itself")))
    yield store
    store.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Analytics]:
    shards = outside.ClickHouse(2)
    store = Analytics.open(AnalyticsOptions(dsn=shards.database(), cluster=shards.cluster))
    yield store
    store.close()
    shards.remove()


class NoAttachments:
    async def delete_for_entities(self, *_: Any) -> None:
        """There are none."""


async def test_values_come_through_as_they_are(store: Analytics) -> None:
    for text in (ODD, "ü" * 100_000):
        rows = await store.query("SELECT {p:String}, has({l:Array(String)}, {p:String})", {
            "p": text, "l": ["", text],
        })  # fmt: skip
        assert rows == [(text, 1)]
    library = Library(store)
    id = await library.trace(name=ODD, input=f'"{"x" * 3_000_000}"', tags=("a", ODD))
    sql = "SELECT id, name, tags, length(input), end_time FROM traces WHERE name = {n:String}"
    assert await store.query(sql, {"n": ODD}) == [(id, ODD, ["a", ODD], 3_000_002, None)]
    assert await store.query_columns(sql, {"n": "nobody"}) in ([], [[], [], [], [], []])
    assert await store.read_bytes("SELECT {n:String}", {"n": ODD}, format="RawBLOB") == ODD.encode()
    chunks: list[bytes] = []
    many = "SELECT number, toString(number) AS text FROM numbers(300000)"
    await store.spool(many, format="Parquet", write=chunks.append)
    assert b"".join(chunks)[:4] == b"PAR1" == b"".join(chunks)[-4:]


async def test_many_ask_at_once(store: Analytics) -> None:
    asked = [store.query(f"SELECT {n}, sum(number) FROM numbers(100000)") for n in range(40)]
    assert [rows[0][0] for rows in await asyncio.gather(*asked)] == list(range(40))


async def test_what_the_server_says_becomes_our_error(server: outside.ClickHouse) -> None:
    dsn = server.database("made_by_itself")
    store = Analytics.open(AnalyticsOptions(dsn=dsn, query_timeout_s=1))
    try:
        with pytest.raises(InternalError, match="could not do this"):
            await store.query("SELECT nothing FROM numbers(1)")
        with pytest.raises(StoreUnavailableError, match="busy") as busy:
            await store.query("SELECT sleepEachRow(0.1) FROM numbers(28)")
        assert busy.value.retry_after_s
        with pytest.raises((StoreUnavailableError, InternalError)):
            # It fails after much of the answer is made.
            await store.spool(
                "SELECT throwIf(number = 900000) FROM numbers(1000000)",
                format="Parquet",
                write=lambda _: pytest.fail("half an answer"),
            )
    finally:
        store.close()


@pytest.mark.parametrize(
    ("dsn", "says"),
    [
        ("http://sightline:wr0ng-pa55@127.0.0.1:{port}/any", "Authentication failed"),
        ("http://sightline:wr0ng-pa55@127.0.0.1:1/any", "Cannot open"),
        ("clickhouse://sightline:wr0ng-pa55@127.0.0.1/any", "not an address"),
        ("http://sightline:wr0ng-pa55@127.0.0.1:port/any", "Cannot open"),
    ],
)
def test_a_store_that_cannot_be_opened_says_why_and_no_password(
    server: outside.ClickHouse, dsn: str, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says) as refused:
        Analytics.open(AnalyticsOptions(dsn=dsn.replace("{port}", str(server.port))))
    assert refused.value.hint
    assert "wr0ng" not in str(refused.value) + str(refused.value.hint)


def test_a_cluster_needs_a_server(tmp_path: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"analytics\.cluster"):
        Analytics.open(AnalyticsOptions(dsn=f"chdb://{tmp_path}", cluster="main"))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_while_it_is_gone_one_may_come_again_and_then_all_is_there(
    server: outside.ClickHouse, store: Analytics, how: signal.Signals
) -> None:
    library = Library(store)
    ids = [await library.trace() for _ in range(5)]
    server.stop(how)
    try:
        for attempt in (store.query("SELECT 1"), library.trace(), store.delete("traces", "1")):
            with pytest.raises(StoreUnavailableError, match="cannot be reached") as gone:
                await attempt
            assert gone.value.retry_after_s
    finally:
        server.start()
    ids.append(await library.trace())
    where_ = f"workspace_id = unhex('{library.workspace_id.hex()}')"
    rows = await store.query(f"SELECT id FROM traces FINAL WHERE {where_}")
    assert {row[0] for row in rows} == set(ids)
    await store.delete("traces", where_)
    assert await store.query(f"SELECT id FROM traces FINAL WHERE {where_}") == []


async def test_shards_share_the_rows_and_each_has_a_trace_whole(cluster: Analytics) -> None:
    library = Library(cluster)
    traces = [await library.trace(ago=n) for n in range(24)]
    for id in traces:
        await library.span(id, usage={"total_tokens": 1})
        await library.score("trace", id, "good", "1")
        await library.check(id, new_id(), "TOPIC", "passed")
        await library.comment("trace", id, "so")
    places: list[dict[Any, Any]] = []
    tables = {"traces": "id", "spans": "trace_id", "feedback_scores": "entity_id",
              "guardrails": "entity_id", "comments": "entity_id"}  # fmt: skip
    for table, trace in tables.items():
        rows = await cluster.query(
            f"SELECT concat({trace}, ''), shardNum() FROM {table} FINAL "
            f"WHERE workspace_id = unhex('{library.workspace_id.hex()}')"
        )
        places.append({row[0]: row[1] for row in rows})
        assert len(rows) == len(traces)
    assert all(place == places[0] for place in places)
    assert set(places[0].values()) == {1, 2}
    assert (await sizes(cluster)).rows["traces"] >= len(traces)


async def test_what_is_found_across_shards(cluster: Analytics) -> None:
    library = Library(cluster)
    threads = ["t1", "t2", ""]
    for n in range(12):
        id = await library.trace(ago=n, name=f"n{n:02}", thread_id=threads[n % 3])
        first = await library.span(id, cost=f"{n}", type="llm", usage={"total_tokens": n})
        await library.span(id, name=f"s{n}", type="tool", parent_span_id=first)
        await library.score("trace", id, "good", str(n))
        await library.score("span", first, "deep", str(-n))
    tests = {
        where("usage.total_tokens", ">", "9"): {"n10", "n11"},
        where("total_estimated_cost", "<", "2"): {"n00", "n01"},
        where("feedback_scores", ">=", "11", key="good"): {"n11"},
        where("span_feedback_scores", "<=", "-11", key="deep"): {"n11"},
        every(where("thread_id", "=", "t1"), where("usage.total_tokens", ">", "5")): {
            "n06",
            "n09",
        },
    }
    for tree, names in tests.items():
        assert await library.matching("trace", tree) == names
        assert await library.matching("trace", tree, from_us=1) == names
    assert await library.names("trace", Sort("total_estimated_cost", descending=True)) == [
        f"n{n:02}" for n in range(11, -1, -1)
    ]
    deletion = Deletion(cluster, NoAttachments(), FakeClock())
    await deletion.delete_threads(library.workspace_id, library.project_id, ["t1", "t2"])
    assert await library.names("trace", Sort("name", descending=False)) == [
        "n02",
        "n05",
        "n08",
        "n11",
    ]
    assert await library.matching("span", where("type", "=", "tool")) == {
        "s2",
        "s5",
        "s8",
        "s11",
    }
    await deletion.delete_projects(library.workspace_id, [library.project_id])
    for table in ("traces", "spans", "feedback_scores"):
        mine = f"WHERE workspace_id = unhex('{library.workspace_id.hex()}')"
        assert await cluster.query(f"SELECT count() FROM {table} FINAL {mine}") == [(0,)]


async def test_pages_go_on_across_shards(cluster: Analytics) -> None:
    library = Library(cluster)
    for n in range(30):
        await library.trace(ago=n * DAY, name=f"n{n:02}")
    for page in range(1, 5):
        got = await library.names("trace", page=page, size=7)
        assert got == [f"n{n:02}" for n in range(30)][7 * page - 7 : 7 * page]
